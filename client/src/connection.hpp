#pragma once

#include "back_pressure.hpp"
#include "keep_alive_requests.hpp"
#include "loop_end.hpp"
#include "session_clock.hpp"

#include <procedura/error.hpp>
#include <procedura/event.hpp>
#include <procedura/options.hpp>
#include <procedura/protocol/client_session.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace procedura::detail {

class Connection;

/// Where the frames of one exchange go. Called on the agent's strand.
class ExchangeSink {
 public:
  virtual ~ExchangeSink() = default;
  /// The request leaves, as a message of so many bytes. Called only where `Options::on_request_end` is set.
  virtual void on_sent(const std::shared_ptr<Connection>& /*over*/, std::string_view /*id*/, std::size_t /*bytes*/) {}
  /// A frame that does not end the exchange. False: the consumer is too slow, and the exchange is given up.
  virtual bool on_event(Event event) = 0;
  /// The last call: the `finished` frame, or how it failed.
  virtual void on_finish(Result<RunResult> result) = 0;
  /// Instead of `on_finish`: the event loop is gone. Whoever waits is destroyed, and not called.
  virtual void forget() {}
};

/// One who waits for a connection to open. Called on the agent's strand.
class OpenWaiter {
 public:
  virtual ~OpenWaiter() = default;
  /// It waits no more: it was cancelled, or has waited too long.
  virtual bool over() const = 0;
  /// Also of a connection that is open already.
  virtual void on_open(Connection& connection) = 0;
  virtual void fail(Failure failure) = 0;
};

class PingOp;

/// Whom a connection belongs to. Called on the agent's strand.
class ConnectionOwner {
 public:
  virtual void on_untargeted(const Event& event) = 0;
  virtual void on_connection_open(Connection& connection) = 0;
  /// It could not be opened, and came as far as `reached` says. It can be opened anew, or be told to `fail`.
  virtual void on_connection_failed(Connection& connection, Failure failure, HandshakeInfo reached) = 0;
  /// The last call. `ended` requests of the user were live, and have ended.
  virtual void on_connection_end(Connection& connection, const TransportEnd& end, std::size_t ended) = 0;
  virtual protocol::Submission keep_alive_request() const = 0;

 protected:
  ~ConnectionOwner() = default;
};

/// One connection, and before it is open the place where requests wait for it: carries out what the session machine says, and
/// decides nothing. Lives on the agent's strand.
class Connection final : public std::enable_shared_from_this<Connection>, private TransportHandler {
 public:
  using Key = protocol::ExchangeKey;

  Connection(boost::asio::any_io_executor strand, const Options& options, std::uint32_t first_id,
             std::weak_ptr<ConnectionOwner> owner);

  /// What is never shown of what the peer says about a failure, or at the end (AUT-7).
  protocol::Redactor& secrets() noexcept { return redact_; }

  /// Lets go of all that waits if the event loop is destroyed before this is over. Call it once.
  void watch_loop() { loop_end_.watch(weak_from_this()); }
  void loop_ended();

  /// Again after an attempt that failed.
  void open(TransportOptions options);
  /// It will not be opened any more: all that waits for it ends so.
  void fail(Failure failure);
  /// Tells it when this is open or over; at once if it is.
  void when_open(std::shared_ptr<OpenWaiter> waiter);

  /// A request that cannot be sent ends before this returns. The key names nothing else, ever.
  Key submit(protocol::Submission submission, std::shared_ptr<ExchangeSink> sink);
  void cancel(Key key, errc why = errc::cancelled);
  /// Ends a request that has waited too long for the connection to open; one that was sent is left alone.
  void refuse(Key key, Failure failure);
  /// Only when it is open, or over: then it fails.
  void ping(std::shared_ptr<PingOp> op);
  /// Lets live exchanges end, and those who wait for its opening have it, and then closes.
  void retire();
  /// Ends live exchanges with `cancelled` and closes with 1000.
  void close();
  bool is_open() const noexcept { return is_open_; }
  /// Nothing is read, because of a stream whose events are not taken.
  bool is_paused() const noexcept { return clock_.stopped(); }
  /// Of an open connection, or of one that was.
  const std::optional<HandshakeInfo>& handshake() const noexcept { return handshake_; }
  bool over() const noexcept { return end_.has_value(); }
  /// Of a connection that is over.
  Failure failure() const;
  /// The user's requests.
  std::size_t live() const noexcept { return session_.live() - (keeping_alive_ && session_.live(*keeping_alive_) ? 1 : 0); }
  const protocol::ClientCounters& counters() const noexcept { return session_.counters(); }

  // Back-pressure: what streams hold for their consumers.
  Admission admit(const Held& stream, std::size_t frame_bytes) const;
  void hold(std::size_t bytes);
  void let_go(std::size_t bytes);
  void pause_for(Key key);
  /// Reading goes on if it paused for this stream, which holds so little now.
  void caught_up(Key key, const Held& stream);

 private:
  void on_open(HandshakeInfo info) override;
  void on_text(std::string message) override;
  void on_binary(std::string message) override;
  void on_pong(std::string_view payload) override;
  void on_written() override;
  void on_end(TransportEnd end) override;

  protocol::TimePoint now() const;
  void perform(protocol::ClientActions actions);
  void announce(const protocol::action::Send& send);
  void finish(Key key, protocol::Outcome outcome);
  void arm(protocol::TimePoint at);
  void look_after_keep_alive();
  void ask_keep_alive();
  void answered_keep_alive(const Result<RunResult>& result);
  void closed(TransportEnd end);
  void tell_waiting();
  void close_if_done();
  void resume();

  class KeepAliveSink;
  boost::asio::any_io_executor strand_;
  StreamBounds bounds_;
  protocol::ClientSession session_;
  std::weak_ptr<ConnectionOwner> owner_;
  protocol::Redactor redact_;
  Transport transport_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer pause_timer_;
  boost::asio::steady_timer keep_alive_timer_;
  LoopEnd<Connection> loop_end_;
  SessionClock clock_;
  Key paused_for_ = 0;                        // while the clock stands still
  std::optional<protocol::TimePoint> armed_;  // in the session's time
  std::unordered_map<Key, std::shared_ptr<ExchangeSink>> sinks_;
  std::vector<std::shared_ptr<OpenWaiter>> waiting_;
  std::unordered_map<std::string, std::shared_ptr<PingOp>> pings_;  // by payload
  std::uint64_t pinged_ = 0;
  std::optional<TransportEnd> end_;
  Held held_;
  bool is_open_ = false;
  std::optional<HandshakeInfo> handshake_;
  KeepAliveRequests keep_alive_;
  Duration pong_timeout_;
  std::optional<Key> keeping_alive_;  // the request under way
  bool retired_ = false;
  bool observed_;  // sinks are told when their request leaves
};

/// How a connection failed, as a failure of what waited for it.
Failure failure_of(const TransportEnd& end);

}  // namespace procedura::detail
