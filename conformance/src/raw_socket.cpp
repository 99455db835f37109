#include "raw_socket.hpp"

#include "tls_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <memory>

namespace procedura::conformance {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using error_code = boost::system::error_code;

constexpr std::chrono::seconds to_be_written{1};  // before a RST, which would take back what has not left

/// What the handlers of a socket need. They hold it, so that its owner may go at any time.
struct Flow {
  explicit Flow(asio::io_context& context) : resolver{context}, socket{context} {}

  asio::ip::tcp::resolver resolver;
  asio::ip::tcp::socket socket;
  std::array<char, 16 * 1024> chunk{};
  std::string arrived;
  std::string waiting;  // to be written
  std::string leaving;
  std::string fault;
  bool connected = false;
  bool reading = false;
  bool writing = false;
  bool ended = false;
};
using FlowPtr = std::shared_ptr<Flow>;

void end(const FlowPtr& flow, const error_code& error) {
  flow->ended = true;
  flow->fault = error.message();
}

void connect(const FlowPtr& flow, const Endpoint& endpoint) {
  const auto tried = [flow](const error_code& error, const asio::ip::tcp::endpoint&) {
    if (error) {
      end(flow, error);
    } else {
      flow->connected = true;
    }
  };
  flow->resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                               [flow, tried](const error_code& error, const asio::ip::tcp::resolver::results_type& found) {
                                 if (error) {
                                   end(flow, error);
                                 } else {
                                   asio::async_connect(flow->socket, found, tried);
                                 }
                               });
}

void read(const FlowPtr& flow) {
  if (flow->reading || flow->ended) {
    return;
  }
  flow->reading = true;
  flow->socket.async_read_some(asio::buffer(flow->chunk), [flow](const error_code& error, std::size_t got) {
    flow->reading = false;
    flow->arrived.append(flow->chunk.data(), got);
    if (error) {
      end(flow, error);
    }
  });
}

void write(const FlowPtr& flow) {
  if (flow->writing || flow->ended || flow->waiting.empty()) {
    return;
  }
  flow->writing = true;
  flow->leaving = std::exchange(flow->waiting, {});
  asio::async_write(flow->socket, asio::buffer(flow->leaving), [flow](const error_code&, std::size_t) {
    flow->writing = false;
    write(flow);  // a fault shows in the reading, after what the agent still had to say
  });
}

class RawSocket final : public RawWire {
 public:
  explicit RawSocket(asio::io_context& context) : context_{context}, flow_{std::make_shared<Flow>(context)} {}
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket() override {
    flow_->resolver.cancel();
    error_code ignored;
    flow_->socket.close(ignored);
  }

  /// Empty where it worked; else why not.
  std::string open(const Endpoint& endpoint, TimePoint until) {
    connect(flow_, endpoint);
    pump(until, [this] { return flow_->connected || flow_->ended; });
    return flow_->connected ? "" : flow_->ended ? flow_->fault : "no connection in time";
  }

  std::string secure(std::unique_ptr<TlsClientSide> tls, TimePoint until) {
    tls_ = std::move(tls);
    tls_->received({});
    while (!tls_->secured() && !tls_->over() && !flow_->ended && Clock::now() < until) {
      exchange(until);
    }
    pass_on();  // an alert of ours, too
    return tls_->secured() ? ""
           : tls_->over()  ? tls_->problem()
           : flow_->ended  ? "the agent hung up during the TLS handshake"
                           : "the TLS handshake did not end in time";
  }

  TlsSight sight() const { return tls_->sight(); }

  void write(std::string bytes) override {
    if (tls_) {
      tls_->send(bytes);
      pass_on();
    } else {
      flow_->waiting += bytes;
      conformance::write(flow_);
    }
  }

  std::string read(TimePoint until) override {
    std::string plain = take();
    while (plain.empty() && !ended() && Clock::now() < until) {
      exchange(until);
      plain = take();
    }
    return plain;
  }

  bool ended() const override { return flow_->arrived.empty() && (flow_->ended || (tls_ && tls_->over())); }

  void reset() override {
    pump(Clock::now() + to_be_written, [this] { return !flow_->writing || flow_->ended; });
    error_code ignored;
    flow_->socket.set_option(asio::socket_base::linger{true, 0}, ignored);
    flow_->socket.close(ignored);
    flow_->arrived.clear();
    flow_->ended = true;
  }

 private:
  template <class Done>
  void pump(TimePoint until, Done done) {
    while (!done() && Clock::now() < until) {
      context_.run_one_until(until);
    }
  }

  void pass_on() {
    flow_->waiting += tls_->take_output();
    conformance::write(flow_);
  }

  /// Sends what there is, and waits for something to come.
  void exchange(TimePoint until) {
    if (tls_) {
      pass_on();
    }
    conformance::read(flow_);
    pump(until, [this] { return !flow_->arrived.empty() || flow_->ended; });
    if (tls_) {
      tls_->received(std::exchange(flow_->arrived, {}));
      pass_on();
    }
  }

  std::string take() { return tls_ ? tls_->take_plain() : std::exchange(flow_->arrived, {}); }

  asio::io_context& context_;
  FlowPtr flow_;
  std::unique_ptr<TlsClientSide> tls_;
};

}  // namespace

RawDialed dial_raw_socket(asio::io_context& context, const Endpoint& endpoint, const std::string& ca, Depth depth,
                          TimePoint until) {
  auto socket = std::make_unique<RawSocket>(context);
  if (std::string problem = socket->open(endpoint, until); !problem.empty()) {
    return {nullptr, std::move(problem), {}};
  }
  if (depth == Depth::below_tls || (depth == Depth::below_websocket && !endpoint.secure)) {
    return {std::move(socket), {}, {}};
  }
  auto tls = std::make_unique<TlsClientSide>(endpoint.host, ca, depth == Depth::old_tls);
  if (std::string problem = socket->secure(std::move(tls), until); !problem.empty()) {
    return {nullptr, std::move(problem), {}};
  }
  TlsSight sight = socket->sight();
  return {std::move(socket), {}, std::move(sight)};
}

}  // namespace procedura::conformance
