// Accepts connections, waits for the engine's timers and for signals, and hands out what the engine wants done.
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

#include <csignal>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace procedura::mock::net {

namespace asio = boost::asio;
using boost::system::error_code;
using engine::ConnectionId;
using engine::Moment;

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace

class Server::Impl final : public SessionHost {
 public:
  Impl(engine::Engine& agent, ServerOptions options, Log log)
      : agent_{agent}, options_{std::move(options)}, log_{std::move(log)} {}

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
      return Listening{address.is_v6() ? "[" + address.to_string() + "]" : address.to_string(), at.port()};
    }
    return ec;
  }

  void run() {
    // Sessions catch what they cause; this is for what is nobody's.
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& bug) {
        log_(fmt::format("a bug in mock-agent: {}", protocol::printable(bug.what())));
      }
    }
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
      give(this_moment(), outputs_);
      carry_out();
      worked_off();
    });
  }

  const ServerOptions& options() const override { return options_; }
  engine::Engine& agent() override { return agent_; }

  void input(Session& from, const std::function<void(const Moment&, engine::Outputs&)>& give) override {
    try {
      give(this_moment(), outputs_);
      carry_out();
    } catch (const std::exception& bug) {
      outputs_.clear();
      log_(fmt::format("a bug in mock-agent: a session failed: {}", protocol::printable(bug.what())));
      from.close(1011, "the agent failed");
    }
    worked_off();
  }

  void opened(Session& session, ConnectionId id) override { open_.emplace(id, &session); }

  void gone(Session& session, ConnectionId id) override {
    open_.erase(id);
    all_.erase(&session);
  }

 private:
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
        say_why_not(ec);
        return accept_later();
      }
      const auto session = make_plain_session(std::move(socket), *this);
      all_.insert(session.get());
      session->start();
      accept();
    });
  }

  // It is tried ten times a second; nobody wants to read that, and who does not read must not block us.
  void say_why_not(error_code ec) {
    const auto now = std::chrono::steady_clock::now();
    if (now < quiet_until_) return;
    quiet_until_ = now + std::chrono::seconds{10};
    log_(fmt::format("cannot accept connections for now: {}", ec.message()));
  }

  // Out of files or memory: what is open goes on, and may make room.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](error_code ec) {
      if (!ec && !down_) accept();
    });
  }

  void carry_out() {
    for (const auto& output : outputs_.list()) {
      const auto to = open_.find(output.connection);
      if (to == open_.end()) continue;
      if (output.kind == engine::Output::Kind::text) {
        to->second->send(outputs_.payload(output));
      } else {
        to->second->close(output.code, outputs_.payload(output));
      }
    }
    outputs_.clear();
  }

  // A timer that fires too early finds nothing to do and is set anew; so it is only moved when it would fire too late.
  void arm() {
    const auto due = agent_.due();
    if (down_ || !due || (armed_ && *armed_ <= *due)) return;
    armed_ = *due;
    timer_.expires_at(*due);
    timer_.async_wait([this](error_code ec) {
      if (!ec) on_timer();
    });
  }

  void on_timer() {
    armed_.reset();
    if (down_) return;
    try {
      agent_.timer(this_moment(), outputs_);
      carry_out();
    } catch (const std::exception& bug) {
      outputs_.clear();
      log_(fmt::format("a bug in mock-agent: {}", protocol::printable(bug.what())));
    }
    worked_off();
  }

  void worked_off() {
    arm();
    if (options_.after_input) options_.after_input();
  }

  void go_down() {
    if (std::exchange(down_, true)) return;
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    pause_.cancel();
    if (signals_) signals_->clear(ignored);  // the next one ends us at once
    agent_.going_down(this_moment(), outputs_);
    carry_out();
    for (Session* session : all_) session->abort_unless_open();
  }

  engine::Engine& agent_;
  ServerOptions options_;
  Log log_;
  engine::Outputs outputs_;
  std::unordered_map<ConnectionId, Session*> open_;  // sessions whose handshake is done
  std::unordered_set<Session*> all_;
  bool down_ = false;
  std::chrono::steady_clock::time_point quiet_until_{};
  asio::io_context io_{1};  // behind what sessions use as they end: it destroys those that are left
  Acceptor acceptor_{io_.get_executor()};
  Timer timer_{io_.get_executor()};
  Timer pause_{io_.get_executor()};
  std::optional<asio::basic_signal_set<Executor>> signals_;
  std::optional<std::chrono::steady_clock::time_point> armed_;
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
void Server::post_input(std::function<void(const Moment&, engine::Outputs&)> give) {
  impl_->post_input(std::move(give));
}

Moment this_moment() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::steady_clock::now(), std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()};
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
