#pragma once

#include "completer.hpp"
#include "connection.hpp"

#include <procedura/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace procedura::detail {

/// One `async_ping`: waits for its pong, or its time is up. On the agent's strand, but for its making.
class PingOp final : public OpenWaiter, public std::enable_shared_from_this<PingOp> {
 public:
  PingOp(Completer<Duration> done, Duration limit, const boost::asio::any_io_executor& strand);

  Completer<Duration>& completer() { return done_; }

  bool over() const override { return !done_; }
  void on_open(Connection& connection) override;
  void fail(Failure failure) override;
  /// The ping is handed over to be sent: its time runs.
  void sent();
  void pong();
  void cancel();

 private:
  void too_late();
  void end(Result<Duration> result);

  Completer<Duration> done_;
  Duration limit_;
  boost::asio::steady_timer timer_;
  protocol::TimePoint sent_;
  std::weak_ptr<Connection> over_;
};

}  // namespace procedura::detail
