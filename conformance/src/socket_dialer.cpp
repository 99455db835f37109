#include "raw_socket.hpp"

#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/transport.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <deque>

namespace procedura::conformance {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// What waits to be read by a case. Beyond it reading pauses, so that an agent that floods fills its own buffers and not ours.
constexpr std::size_t most_waiting = std::size_t{8} * 1024 * 1024;
// For the close handshake of a connection that its case has done with.
constexpr std::chrono::milliseconds parting{200};

/// Turns the callbacks of a transport into things that are waited for.
class SocketWire final : public Wire, private TransportHandler {
 public:
  explicit SocketWire(asio::io_context& context) : context_{context}, transport_{context.get_executor()} {}
  SocketWire(const SocketWire&) = delete;
  SocketWire& operator=(const SocketWire&) = delete;

  ~SocketWire() override {
    if (opened_ && !ended_) {
      transport_.close(1000);
      pump(Clock::now() + parting, [this] { return ended_; });
    }
  }

  /// Connects, as far as it can be by `until`. `wire` is left for the caller to fill in where it is open.
  Dialed open(TransportOptions options, TimePoint until) {
    transport_.open(std::move(options), *this);
    pump(until, [this] { return opened_ || ended_; });
    if (opened_) {
      return {nullptr, handshake_.status, std::move(handshake_.subprotocol), {}};
    }
    if (!ended_) {
      return {nullptr, 0, {}, "no answer to the handshake"};
    }
    std::string detail = end_.detail.empty() ? std::string{procedura::describe(end_.cause)} : std::move(end_.detail);
    return {nullptr, end_.http_status, {}, std::move(detail)};
  }

  bool is_open() const { return opened_; }

  std::string server() const {
    const auto is_it = [](const auto& header) { return boost::algorithm::iequals(header.first, "Server"); };
    const auto found = std::find_if(handshake_.headers.begin(), handshake_.headers.end(), is_it);
    return found == handshake_.headers.end() ? std::string{} : found->second;
  }

  void send_text(std::string message) override { transport_.send_text(std::move(message)); }
  void send_binary(std::string message) override { transport_.send_binary(std::move(message)); }
  void send_fragments(std::vector<std::string> parts) override { transport_.send_fragments(std::move(parts)); }
  void ping(std::string payload) override { transport_.ping(std::move(payload)); }
  void close(std::uint16_t code, std::string reason) override { transport_.close(code, std::move(reason)); }

  Arrival receive(TimePoint until) override {
    pump(until, [this] { return !waiting_.empty(); });
    if (waiting_.empty()) {
      return {};
    }
    Arrival arrival = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= arrival.bytes.size();
    if (paused_ && waiting_bytes_ < most_waiting / 2) {
      paused_ = false;
      transport_.resume_reading();
    }
    return arrival;
  }

 private:
  template <class Done>
  void pump(TimePoint until, Done done) {
    while (!done() && Clock::now() < until) {
      context_.run_one_until(until);
    }
  }

  void put(Arrival arrival) {
    waiting_bytes_ += arrival.bytes.size();
    waiting_.push_back(std::move(arrival));
    if (waiting_bytes_ > most_waiting && !paused_) {
      paused_ = true;
      transport_.pause_reading();
    }
  }

  void on_open(HandshakeInfo info) override {
    opened_ = true;
    handshake_ = std::move(info);
  }
  void on_text(std::string message) override { put({Arrival::Kind::text, std::move(message)}); }
  void on_binary(std::string message) override { put({Arrival::Kind::binary, std::move(message)}); }
  void on_pong(std::string_view payload) override { put({Arrival::Kind::pong, std::string{payload}}); }
  void on_end(TransportEnd end) override {
    ended_ = true;
    waiting_.push_back({Arrival::Kind::closed, end.detail.empty() ? std::string{procedura::describe(end.cause)} : end.detail,
                        end.close_code, end.cause == errc::ok});
    waiting_bytes_ += waiting_.back().bytes.size();
    end_ = std::move(end);
  }

  asio::io_context& context_;
  bool opened_ = false;
  bool ended_ = false;
  bool paused_ = false;
  HandshakeInfo handshake_;
  TransportEnd end_;
  std::deque<Arrival> waiting_;
  std::size_t waiting_bytes_ = 0;
  Transport transport_;  // last: it must go first
};

class SocketDialer final : public Dialer {
 public:
  SocketDialer(Endpoint endpoint, std::string ca)
      : endpoint_{std::move(endpoint)}, ca_{std::move(ca)}, work_{context_.get_executor()} {
    if (endpoint_.secure) {
      TlsOptions tls;
      tls.resume = false;  // so that each handshake shows its chain
      if (!ca_.empty()) {
        tls.ca = ca_;
      }
      if (auto made = TlsContext::make(tls)) {
        tls_ = *std::move(made);
      } else {
        no_tls_ = made.error().message;
      }
    }
  }

  std::set<Need> brings() const override {
    std::set<Need> out;
    if (endpoint_.secure) {
      out.insert(Need::tls);
    }
    if (endpoint_.is_loopback()) {
      out.insert(Need::loopback);
    }
    return out;
  }

  Address address() const override {
    return {endpoint_.host_header(), endpoint_.target, (endpoint_.secure ? "https://" : "http://") + endpoint_.host_header()};
  }

  RawDialed dial_raw(Depth depth, TimePoint until) override { return dial_raw_socket(context_, endpoint_, ca_, depth, until); }

  TimePoint now() override { return Clock::now(); }

  Dialed dial(const Offer& offer, TimePoint until) override {
    if (!no_tls_.empty()) {
      return {nullptr, 0, {}, no_tls_};
    }
    TransportOptions options;
    options.endpoint = endpoint_;
    if (!offer.query.empty()) {
      options.endpoint.target += (endpoint_.target.find('?') == std::string::npos ? "?" : "&") + offer.query;
    }
    options.tls = tls_;
    options.headers = offer.headers;
    options.connect_timeout = std::max<Duration>(until - Clock::now(), std::chrono::milliseconds{1});
    options.check_subprotocol = false;  // what is selected is for the cases to judge
    options.subprotocols = offer.subprotocols;
    auto wire = std::make_unique<SocketWire>(context_);
    // The transport has the same deadline and says more about it: it goes first.
    Dialed dialed = wire->open(std::move(options), until + std::chrono::milliseconds{250});
    if (wire->is_open()) {
      server_ = wire->server();
      dialed.wire = std::move(wire);
    }
    return dialed;
  }

  std::string server() const override { return server_; }

  std::optional<std::string> unreachable(TimePoint until) override {
    asio::ip::tcp::resolver resolver{context_};
    asio::ip::tcp::socket socket{context_};
    std::optional<std::string> why;
    bool done = false;
    const auto end = [&](const boost::system::error_code& error) {
      done = true;
      // Who resets a connection has taken it: that is an agent's doing, and for its cases to judge.
      if (error && error != asio::error::connection_reset && error != asio::error::connection_aborted) {
        why = error.message();
      }
    };
    resolver.async_resolve(endpoint_.host, std::to_string(endpoint_.port),
                           [&](const boost::system::error_code& error, const asio::ip::tcp::resolver::results_type& found) {
                             if (error) {
                               end(error);
                             } else {
                               asio::async_connect(socket, found,
                                                   [&](const boost::system::error_code& failed, const auto&) { end(failed); });
                             }
                           });
    while (!done && Clock::now() < until) {
      context_.run_one_until(until);
    }
    if (!done) {
      why = "no connection in time";
      resolver.cancel();
      boost::system::error_code ignored;
      socket.close(ignored);
    }
    while (!done) {
      context_.run_one();  // the handlers refer to what lives here
    }
    return why;
  }

 private:
  Endpoint endpoint_;
  std::string ca_;
  std::shared_ptr<TlsContext> tls_;
  std::string no_tls_;  // why there is none
  std::string server_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
};

}  // namespace

std::unique_ptr<Dialer> make_socket_dialer(const Endpoint& endpoint, const std::string& ca) {
  return std::make_unique<SocketDialer>(endpoint, ca);
}

}  // namespace procedura::conformance
