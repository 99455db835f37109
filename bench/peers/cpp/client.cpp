// The least that puts a load on an agent and measures it, in C++: on Beast, or on bare TCP (the floor), a message a line.
//
//     procedura-peer-client --url ws://127.0.0.1:8765/ (--rate R | --concurrency C) --connections N --warm-up S --duration S
//
// Single-threaded. Between jobs it sleeps until 200 us before the next is due, and asks the sockets the rest of the time, as
// procedura-bench does: what differs between the two is what they do for a job.
#include "load.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::bench::peers {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

// A timer wakes up to 170 us late (p99).
constexpr auto spin_time = std::chrono::microseconds{200};

using OnMessage = std::function<void(std::string_view)>;

void no_more(error_code ec) {
  throw std::runtime_error{"the connection is lost: " + ec.message()};
}

class WebSocketWire {
 public:
  WebSocketWire(asio::io_context& context, const tcp::endpoint& at, const std::string& target, OnMessage on_message)
      : peer_{context}, on_message_{std::move(on_message)} {
    peer_.next_layer().connect(at);
    peer_.next_layer().set_option(tcp::no_delay{true});
    peer_.handshake("127.0.0.1:" + std::to_string(at.port()), target);
    read();
  }

  void send(std::string message) {
    waiting_.push_back(std::move(message));
    if (waiting_.size() == 1) write();
  }

 private:
  void read() {
    peer_.async_read(message_, [this](error_code ec, std::size_t /*size*/) {
      if (ec) no_more(ec);
      const auto bytes = message_.cdata();
      on_message_({static_cast<const char*>(bytes.data()), bytes.size()});
      message_.clear();
      read();
    });
  }
  void write() {
    peer_.async_write(asio::buffer(waiting_.front()), [this](error_code ec, std::size_t /*size*/) {
      if (ec) no_more(ec);
      waiting_.pop_front();
      if (!waiting_.empty()) write();
    });
  }

  websocket::stream<tcp::socket> peer_;
  OnMessage on_message_;
  boost::beast::flat_buffer message_;
  std::deque<std::string> waiting_;
};

class LineWire {
 public:
  LineWire(asio::io_context& context, const tcp::endpoint& at, const std::string& /*target*/, OnMessage on_message)
      : peer_{context}, on_message_{std::move(on_message)} {
    peer_.connect(at);
    peer_.set_option(tcp::no_delay{true});
    read();
  }

  void send(const std::string& message) {
    waiting_.append(message).append("\n");
    if (leaving_.empty()) write();
  }

 private:
  void read() {
    peer_.async_read_some(asio::buffer(piece_), [this](error_code ec, std::size_t size) {
      if (ec) no_more(ec);
      unread_.append(piece_.data(), size);
      std::size_t begin = 0;
      for (std::size_t end; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
        on_message_(std::string_view{unread_}.substr(begin, end - begin));
      }
      unread_.erase(0, begin);
      read();
    });
  }
  void write() {
    leaving_.swap(waiting_);
    asio::async_write(peer_, asio::buffer(leaving_), [this](error_code ec, std::size_t /*size*/) {
      if (ec) no_more(ec);
      leaving_.clear();
      if (!waiting_.empty()) write();
    });
  }

  tcp::socket peer_;
  OnMessage on_message_;
  std::array<char, 65'536> piece_;
  std::string unread_;
  std::string waiting_;
  std::string leaving_;
};

template <class Wire>
class Generator {
 public:
  Generator(Load& load, const tcp::endpoint& at, const std::string& target) : load_{load} {
    for (std::size_t i = 0; i < load.connections(); ++i) {
      wires_.push_back(std::make_unique<Wire>(context_, at, target, [this, i](std::string_view text) {
        const auto now = Clock::now();
        if (load_.reply(text, now) && !load_.open_loop() && now < load_.end()) wires_[i]->send(load_.begin(now));
      }));
    }
  }

  void run() {
    load_.start(Clock::now());
    if (load_.open_loop()) {
      while (load_.next_due() < load_.end()) step();
    } else {
      const auto now = Clock::now();
      for (std::size_t i = 0; i < load_.concurrency(); ++i) wires_[i % wires_.size()]->send(load_.begin(now));
    }
    const auto deadline = load_.end() + std::chrono::seconds{2};
    while (load_.in_flight() > 0 && context_.run_one_until(deadline) > 0) {
    }
  }

 private:
  void step() {
    const auto now = Clock::now();
    const auto due = load_.next_due();
    if (due <= now) {
      wires_[turn_++ % wires_.size()]->send(load_.begin(due));
      context_.poll_one();
    } else if (due - now <= spin_time) {
      context_.poll_one();
    } else {
      wait_until(due - spin_time);
    }
  }

  /// ... or until something came.
  void wait_until(Clock::time_point time) {
    if (alarm_at_ != time) {
      alarm_at_ = time;
      alarm_.expires_at(time);
      alarm_.async_wait([](error_code) {});
    }
    context_.run_one();
  }

  Load& load_;
  asio::io_context context_{1};
  asio::steady_timer alarm_{context_};
  Clock::time_point alarm_at_;
  std::vector<std::unique_ptr<Wire>> wires_;
  std::size_t turn_ = 0;
};

/// `ws://127.0.0.1:PORT/TARGET` or `tcp://127.0.0.1:PORT`: as the servers here print it.
void run(const CommandLine& options) {
  const std::string url = options.text("url");
  const std::string_view host = "://127.0.0.1:";
  const std::size_t host_at = url.find(host);
  if (host_at == std::string::npos)
    throw std::runtime_error{"--url: ws://127.0.0.1:PORT/ or tcp://127.0.0.1:PORT was expected"};
  const std::string rest = url.substr(host_at + host.size());
  const std::size_t slash = rest.find('/');
  const std::string target = slash == std::string::npos ? "/" : rest.substr(slash);
  const tcp::endpoint at{asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoul(rest.substr(0, slash)))};

  Load load{options};
  if (url.substr(0, host_at) == "tcp") {
    Generator<LineWire>{load, at, target}.run();
  } else {
    Generator<WebSocketWire>{load, at, target}.run();
  }
  load.report();
}

}  // namespace
}  // namespace procedura::bench::peers

int main(int argc, char** argv) {
  try {
    procedura::bench::peers::run({argc, argv});
    return 0;
  } catch (const std::exception& trouble) {
    std::cerr << "procedura-peer-client: " << trouble.what() << '\n';
    return 1;
  }
}
