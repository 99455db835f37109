// Accepts connections, keeps them, waits for signals, and hands out what the engine wants done.
#include "net/server.hpp"

#include "net/session.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace procedura::mock::net {

namespace asio = boost::asio;
using boost::system::error_code;
using engine::ConnectionId;
using engine::Moment;

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Of those that are too many, so many are told so at once.
constexpr std::size_t max_crowd = 64;
// Followers are woken so often at most: each time costs them a write.
constexpr std::chrono::milliseconds news_interval{50};
// Lines about clients: nobody reads more, and who does not read must not block us.
constexpr std::chrono::seconds quiet_time{10};

}  // namespace

class Server::Impl final : public SessionHost, public Timed {
 public:
  Impl(engine::Engine& agent, ServerOptions options, Log log)
      : agent_{agent}, options_{std::move(options)}, log_{std::move(log)}, news_{alarms_, [this] { tell_news(); }} {}
  ~Impl() {
    // They hold sockets, which have to be gone before the io_context; it destroys what is pending on them.
    sessions_.clear();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // --- for those who run it

  boost::system::result<Listening> listen() {
    error_code ec;
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver{io_.get_executor()};
    const auto found = resolver.resolve(options_.host, std::to_string(options_.port), asio::ip::resolver_base::passive, ec);
    if (ec) return ec;
    for (const auto& entry : found) {
      if (!bind(entry.endpoint(), ec)) continue;
      const auto at = acceptor_.local_endpoint(ec);
      if (ec) return ec;
      const auto address = at.address();
      accept();
      return Listening{address.is_v6() ? "[" + address.to_string() + "]" : address.to_string(), at.port(),
                       options_.tls != nullptr};
    }
    return ec;
  }

  void run() {
    clock_.arm();  // a deadline waits for nobody's input
    serve();
    // Who waits for a task that came too late must not wait for ever.
    const std::lock_guard lock{ending_};
    ended_ = true;
    io_.restart();
    io_.poll();
  }

  void stop() {
    asio::post(io_, [this] { go_down(); });
  }

  void stop_on_signals() {
    signals_.emplace(io_.get_executor(), SIGINT, SIGTERM);
    signals_->async_wait([this](error_code ec, int) {
      if (!ec) go_down();
    });
  }

  void post(std::function<void()> task) { asio::post(io_, std::move(task)); }

  void post_input(std::function<void(const Moment&, engine::Outputs&)> give) {
    asio::post(io_, [this, give = std::move(give)] {
      guarded("an input failed", [&] { give(clock_.moment(), outputs_); });
      worked_off();
    });
  }

  void advance(Duration by) {
    if (!options_.manual_clock) return;
    const auto done = std::make_shared<std::promise<void>>();
    auto finished = done->get_future();
    {
      const std::lock_guard lock{ending_};
      if (ended_) return;
      asio::post(io_, [this, by, done] { clock_.advance(by, [done] { done->set_value(); }); });
    }
    finished.wait();
  }

  std::uint64_t bugs() const noexcept { return bugs_; }

  // --- for sessions

  const Clockwork& clock() const override { return clock_; }
  Alarms& alarms() override { return alarms_; }
  std::optional<TimePoint> stalled_until() const override {
    return agent_.stalls() ? agent_.stalled_until(clock_.now()) : std::nullopt;
  }
  void left(std::uint64_t seq, TimePoint actual) override { agent_.left(seq, actual); }
  void unsettled(bool waits) override { unsettled_ += waits ? 1 : -1; }
  std::size_t pause_at() const override { return options_.pause_at; }
  const ServerOptions& options() const override { return options_; }
  engine::Engine& agent() override { return agent_; }

  void say(std::string_view line) override {
    const auto now = std::chrono::steady_clock::now();
    if (now < quiet_until_) return;
    quiet_until_ = now + quiet_time;
    log_(line);
  }

  void report(const std::exception& bug, std::string_view what) override {
    ++bugs_;
    log_(fmt::format("a bug in mock-agent: {}: {}", what, protocol::printable(bug.what())));
  }

  void input(Session& from, const std::function<void(const Moment&, engine::Outputs&)>& give) override {
    if (!guarded("a session failed", [&] { give(clock_.moment(), outputs_); })) from.failed();
    worked_off();
  }

  void opened(Session& session, ConnectionId id) override { open_.emplace(id, &session); }

  void replace(Session& session, std::shared_ptr<Session> next) override {
    auto kept = sessions_.extract(&session);
    forget_later(std::exchange(kept.mapped().session, next));
    kept.key() = next.get();
    sessions_.insert(std::move(kept));
    next->start();
  }

  void over(Session& session, ConnectionId id) override {
    open_.erase(id);
    const auto at = sessions_.find(&session);
    if (at == sessions_.end()) return;
    --(at->second.crowded ? crowd_ : carried_);
    forget_later(std::move(at->second.session));
    sessions_.erase(at);
    if (down_) clock_.arm();
  }

  void follow(Follower& follower) override {
    followers_.insert(&follower);
    asio::post(io_, [this] { tell_news(); });
  }
  void unfollow(Follower& follower) override { followers_.erase(&follower); }

  // --- for the clock

  std::optional<TimePoint> due() const override { return down_ ? std::nullopt : agent_.due(); }
  void on_due() override {
    guarded("a timer failed", [&] { agent_.timer(clock_.moment(), outputs_); });
    worked_off();
  }
  bool settled() const override { return unsettled_ == 0; }

 private:
  struct Kept {
    std::shared_ptr<Session> session;
    bool crowded;  // one too many
  };

  void serve() {
    // Sessions catch what they cause; this is for what is nobody's.
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& bug) {
        report(bug, "something failed");
      }
    }
  }

  // Carries out what an input leads to. False: it threw.
  template <typename Give>
  bool guarded(std::string_view what, Give give) {
    try {
      give();
      carry_out();
      return true;
    } catch (const std::exception& bug) {
      outputs_.clear();
      report(bug, what);
      return false;
    }
  }

  void carry_out() {
    for (const auto& output : outputs_.list()) {
      const auto to = open_.find(output.connection);
      if (to != open_.end()) to->second->carry_out(outputs_, output);
    }
    outputs_.clear();
  }

  void worked_off() {
    clock_.arm();
    if (!followers_.empty()) have_news();
    if (options_.after_input) options_.after_input();
    // Not at once: a session is in the middle of what it does.
    if (!down_ && agent_.over()) stop();
  }

  bool bind(const asio::ip::tcp::endpoint& endpoint, error_code& ec) {
    error_code ignored;
    acceptor_.close(ignored);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address{true}, ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    return !ec;
  }

  void accept() {
    acceptor_.async_accept([this](error_code ec, Socket socket) {
      if (down_) return;
      if (ec) {
        say(fmt::format("cannot accept connections for now: {}", ec.message()));
        return accept_later();
      }
      take(std::move(socket));
      accept();
    });
  }

  void take(Socket socket) {
    const bool crowded = carried_ >= options_.max_connections;
    if (crowded) say(fmt::format("more than {} connections: further ones are turned away", options_.max_connections));
    if (crowded && crowd_ >= max_crowd) return;
    ++(crowded ? crowd_ : carried_);
    auto session = make_http_session(std::move(socket), *this, options_.tls.get(), crowded);
    Session& started = *session;
    sessions_.emplace(&started, Kept{std::move(session), crowded});
    started.start();
  }

  // Out of files or memory: it is tried ten times a second; what is open goes on, and may make room.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](error_code ec) {
      if (!ec && !down_) accept();
    });
  }

  // It may be in the middle of something.
  void forget_later(std::shared_ptr<Session> session) {
    asio::post(io_, [session = std::move(session)]() mutable { session.reset(); });
  }

  void have_news() {
    if (std::exchange(news_waits_, true)) return;
    if (!options_.manual_clock) return news_.set(clock_.now() + news_interval);
    asio::post(io_, [this] { tell_news(); });  // that clock may stand still for long
  }

  void tell_news() {
    news_waits_ = false;
    for (Follower* follower : std::vector<Follower*>{followers_.begin(), followers_.end()}) {
      if (followers_.contains(follower)) follower->on_news();
    }
  }

  void go_down() {
    if (std::exchange(down_, true)) return;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    if (signals_) {
      signals_->clear(ignored);  // the next one ends us at once
      signals_->cancel(ignored);
    }
    guarded("going down failed", [&] { agent_.going_down(clock_.moment(), outputs_); });
    for (const auto& [session, kept] : sessions_) session->going_down();
    clock_.let_go();
    clock_.arm();
  }

  engine::Engine& agent_;
  ServerOptions options_;
  Log log_;
  engine::Outputs outputs_;
  Alarms alarms_;
  Alarm news_;
  std::unordered_map<ConnectionId, Session*> open_;  // sessions whose handshake is done
  std::unordered_set<Follower*> followers_;
  bool news_waits_ = false;
  std::size_t carried_ = 0;
  std::size_t crowd_ = 0;
  int unsettled_ = 0;
  bool down_ = false;
  std::atomic<std::uint64_t> bugs_ = 0;
  std::chrono::steady_clock::time_point quiet_until_{};
  std::mutex ending_;  // of `ended_`
  bool ended_ = false;
  asio::io_context io_{1};  // behind what sessions use as they end: it destroys what is pending
  Clockwork clock_{io_.get_executor(), alarms_, *this, options_.manual_clock};
  Acceptor acceptor_{io_.get_executor()};
  Timer pause_{io_.get_executor()};
  std::optional<asio::basic_signal_set<Executor>> signals_;
  std::unordered_map<Session*, Kept> sessions_;
};

Server::Server(engine::Engine& engine, ServerOptions options, Log log)
    : impl_{std::make_unique<Impl>(engine, std::move(options), std::move(log))} {}
Server::~Server() = default;
boost::system::result<Listening> Server::listen() {
  return impl_->listen();
}
void Server::run() {
  impl_->run();
}
void Server::stop() {
  impl_->stop();
}
void Server::stop_on_signals() {
  impl_->stop_on_signals();
}
void Server::post(std::function<void()> task) {
  impl_->post(std::move(task));
}
void Server::post_input(std::function<void(const engine::Moment&, engine::Outputs&)> give) {
  impl_->post_input(std::move(give));
}
void Server::advance(Duration by) {
  impl_->advance(by);
}
std::uint64_t Server::bugs() const noexcept {
  return impl_->bugs();
}

bool is_loopback(std::string_view host) {
  // Looked up as `listen` will do it: "127.1" and a name in /etc/hosts are addresses of loopback too.
  asio::io_context io;
  asio::ip::tcp::resolver resolver{io};
  error_code ec;
  const auto found = resolver.resolve(host, "0", asio::ip::resolver_base::passive, ec);
  return !ec && !found.empty() &&
         std::all_of(found.begin(), found.end(), [](const auto& entry) { return entry.endpoint().address().is_loopback(); });
}

}  // namespace procedura::mock::net
