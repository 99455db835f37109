#include "relay.hpp"

#include <procedura/conformance/tap.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace procedura::conformance {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using tap::Orders;
using tap::Side;
using Clock = std::chrono::steady_clock;

// What waits to be written to one side. Beyond it nothing is read from the other.
constexpr std::size_t most_waiting = std::size_t{256} * 1024;
// Of one client at the same time. Each takes three descriptors of this process, and other cases need theirs.
constexpr std::size_t most_links = 64;

/// What its links need of a tap.
struct Switchboard {
  virtual ~Switchboard() = default;
  virtual void tell_others(unsigned from, Side to, const std::string& bytes) = 0;
  virtual void gone(unsigned connection) = 0;
};

/// One client and its connection to the agent. Does what its relay says.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(asio::io_context& context, tcp::socket client, Switchboard& board, unsigned ordinal, const tap::Sabotage& sabotage,
       const std::function<void(tap::Record)>& record)
      : board_{board},
        ordinal_{ordinal},
        context_{context},
        ends_{End{std::move(client)}, End{tcp::socket{context}}},
        relay_{ordinal, sabotage, record, Clock::now()} {}

  void start(const tcp::endpoint& agent) {
    error_code ignored;
    end(Side::client).socket.set_option(tcp::no_delay{true}, ignored);
    end(Side::agent).socket.async_connect(agent, [self = shared_from_this()](error_code error) {
      if (error) {
        self->relay_.ended(Side::agent, "no connection: " + error.message(), Clock::now());
        return self->shut(true);
      }
      error_code unimportant;
      self->end(Side::agent).socket.set_option(tcp::no_delay{true}, unimportant);
      self->read(Side::client);
      self->read(Side::agent);
    });
  }

  void send(Side to, const std::string& bytes) {
    if (!bytes.empty() && !over_) {
      end(to).waiting += bytes;
      write(to);
    }
  }

  bool upgraded() const { return relay_.upgraded(); }

  void shut(bool reset) {
    if (over_) {
      return;
    }
    over_ = true;
    for (End& each : ends_) {
      error_code ignored;
      if (reset) {
        each.socket.set_option(asio::socket_base::linger{true, 0}, ignored);
      } else {
        each.socket.shutdown(tcp::socket::shutdown_send, ignored);
      }
      each.socket.close(ignored);
    }
    board_.gone(ordinal_);
  }

 private:
  struct End {
    explicit End(tcp::socket s) : socket{std::move(s)} {}
    tcp::socket socket;
    std::array<char, 64 * 1024> buffer{};
    bool paused = false;     // not read from, until the other side has taken what waits
    bool finished = false;   // it has said its last
    std::string waiting{};   // for it
    std::string writing{};   // to it
    bool shut_send = false;  // we have said our last to it
  };

  End& end(Side side) { return ends_[side == Side::client ? 0 : 1]; }

  void read(Side from) {
    End& source = end(from);
    source.socket.async_read_some(
        asio::buffer(source.buffer),
        [self = shared_from_this(), from](error_code error, std::size_t size) { self->came(from, error, size); });
  }

  void came(Side from, error_code error, std::size_t size) {
    if (over_ || ending_ != Orders::End::none) {
      return;
    }
    if (error) {
      end(from).finished = true;
      const bool fin = error == asio::error::eof;
      obey(relay_.ended(from, fin ? "FIN" : error == asio::error::connection_reset ? "RST" : error.message(), Clock::now()));
      return fin ? settle() : shut(true);
    }
    obey(relay_.take(from, {end(from).buffer.data(), size}, Clock::now()));
    if (over_ || ending_ != Orders::End::none) {
      return;
    }
    if (end(other(from)).waiting.size() > most_waiting) {
      end(from).paused = true;
    } else {
      read(from);
    }
  }

  void obey(Orders orders) {
    for (Orders::Later& later : orders.later) {
      auto timer = std::make_shared<asio::steady_timer>(context_, later.after);
      timer->async_wait([self = shared_from_this(), timer, later](error_code error) {
        if (!error) {
          self->send(later.to, later.bytes);
        }
      });
    }
    for (const Side side : {Side::client, Side::agent}) {
      if (!orders.to_others(side).empty()) {
        board_.tell_others(ordinal_, side, orders.to_others(side));
      }
      send(side, orders.to(side));
    }
    if (orders.end != Orders::End::none) {
      ending_ = orders.end;
      settle();
    }
  }

  void write(Side to) {
    End& sink = end(to);
    if (!sink.writing.empty() || sink.waiting.empty()) {
      return settle();
    }
    sink.writing.swap(sink.waiting);
    asio::async_write(sink.socket, asio::buffer(sink.writing),
                      [self = shared_from_this(), to](error_code error, std::size_t) { self->wrote(to, error); });
  }

  void wrote(Side to, error_code error) {
    End& sink = end(to);
    sink.writing.clear();
    if (over_) {
      return;
    }
    if (error) {
      // Who does not read any more may still have something to say, and its end is read, not guessed.
      sink.waiting.clear();
      sink.shut_send = true;
    }
    if (End& source = end(other(to)); source.paused && sink.waiting.size() <= most_waiting) {
      source.paused = false;
      read(other(to));
    }
    write(to);
  }

  /// Passes ends on, once what goes before them has left.
  void settle() {
    if (over_) {
      return;
    }
    if (ending_ != Orders::End::none) {
      if (idle(Side::client) && idle(Side::agent)) {
        shut(ending_ == Orders::End::reset);
      }
      return;
    }
    for (const Side from : {Side::client, Side::agent}) {
      End& sink = end(other(from));
      if (end(from).finished && idle(other(from)) && !sink.shut_send) {
        sink.shut_send = true;
        error_code ignored;
        sink.socket.shutdown(tcp::socket::shutdown_send, ignored);
      }
    }
    if (ends_[0].finished && ends_[1].finished && idle(Side::client) && idle(Side::agent)) {
      shut(false);
    }
  }

  bool idle(Side side) { return end(side).waiting.empty() && end(side).writing.empty(); }

  Switchboard& board_;
  unsigned ordinal_;
  asio::io_context& context_;
  std::array<End, 2> ends_;
  tap::Relay relay_;
  Orders::End ending_ = Orders::End::none;
  bool over_ = false;
};

}  // namespace

class Tap::Impl final : private Switchboard {
 public:
  Impl(std::uint16_t agent_port, tap::Sabotage sabotage)
      : agent_{asio::ip::address_v4::loopback(), agent_port},
        sabotage_{std::move(sabotage)},
        record_{[this](tap::Record record) { note(std::move(record)); }},
        acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}},
        port_{acceptor_.local_endpoint().port()} {
    accept();
    thread_ = std::jthread{[this] { context_.run(); }};
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() override { stop(); }

  void stop() {
    const std::lock_guard lock{stopping_};
    if (!thread_.joinable()) {
      return;
    }
    asio::post(context_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      const auto links = links_;
      for (const auto& [ordinal, link] : links) {
        link->shut(true);
      }
      context_.stop();
    });
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

  std::vector<tap::Record> records() const {
    const std::lock_guard lock{mutex_};
    return recorder_.all();
  }

  bool wait_until(const std::function<bool(const std::vector<tap::Record>&)>& satisfied,
                  std::chrono::milliseconds timeout) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, [&] { return satisfied(recorder_.all()); });
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket client) {
      if (!acceptor_.is_open()) {
        return;
      }
      if (!error) {
        const unsigned ordinal = ++connections_;
        if (links_.size() >= most_links) {
          turn_away(std::move(client), ordinal);
          return accept();
        }
        Switchboard& board = *this;
        const auto link = std::make_shared<Link>(context_, std::move(client), board, ordinal, sabotage_, record_);
        links_.emplace(ordinal, link);
        link->start(agent_);
      }
      accept();
    });
  }

  void turn_away(tcp::socket client, unsigned ordinal) {
    const tap::Sabotage none;
    tap::Relay relay{ordinal, none, record_, Clock::now()};
    relay.ended(Side::agent, "reset: " + std::to_string(most_links) + " other connections are open", Clock::now());
    error_code ignored;
    client.set_option(asio::socket_base::linger{true, 0}, ignored);
    client.close(ignored);
  }

  void note(tap::Record record) {
    {
      const std::lock_guard lock{mutex_};
      recorder_.add(std::move(record));
    }
    changed_.notify_all();
  }

  void tell_others(unsigned from, Side to, const std::string& bytes) override {
    const auto links = links_;
    for (const auto& [ordinal, link] : links) {
      if (ordinal != from && link->upgraded()) {
        link->send(to, bytes);
      }
    }
  }

  void gone(unsigned connection) override { links_.erase(connection); }

  tcp::endpoint agent_;
  const tap::Sabotage sabotage_;
  const std::function<void(tap::Record)> record_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  tap::Recorder recorder_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  unsigned connections_ = 0;
  std::map<unsigned, std::shared_ptr<Link>> links_;
  std::mutex stopping_;
  std::jthread thread_;
};

Tap::Tap(std::uint16_t agent_port, tap::Sabotage sabotage) : impl_{std::make_unique<Impl>(agent_port, std::move(sabotage))} {}
Tap::~Tap() = default;

std::uint16_t Tap::port() const {
  return impl_->port();
}

std::string Tap::url() const {
  return "ws://127.0.0.1:" + std::to_string(port());
}

std::vector<tap::Record> Tap::records() const {
  return impl_->records();
}

std::vector<std::string> Tap::fired() const {
  std::vector<std::string> out;
  for (const tap::Record& record : records()) {
    if (record.kind == tap::Record::Kind::fired) {
      out.push_back(record.text);
    }
  }
  return out;
}

bool Tap::wait_until(const std::function<bool(const std::vector<tap::Record>&)>& satisfied,
                     std::chrono::milliseconds timeout) const {
  return impl_->wait_until(satisfied, timeout);
}

void Tap::stop() {
  impl_->stop();
}

}  // namespace procedura::conformance
