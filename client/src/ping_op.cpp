#include "ping_op.hpp"

#include "peer_answer.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace procedura::detail {

using Clock = std::chrono::steady_clock;

PingOp::PingOp(Completer<Duration> done, Duration limit, const boost::asio::any_io_executor& strand)
    : done_{std::move(done)}, limit_{limit}, timer_{strand} {}

void PingOp::on_open(Connection& connection) {
  over_ = connection.weak_from_this();
  connection.ping(shared_from_this());
}

void PingOp::sent() {
  sent_ = Clock::now();
  timer_.expires_after(std::chrono::duration_cast<Clock::duration>(limit_));
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (!ec && self) self->too_late();
  });
}

void PingOp::too_late() {
  std::string message = "no pong came within " + seconds(limit_);
  const auto over = over_.lock();
  if (over && over->is_paused()) message += ": nothing is read while a stream waits for its events to be taken";
  end(Failure::of(errc::ack_timeout, std::move(message)));
}

void PingOp::pong() {
  end(Duration{Clock::now() - sent_});
}

void PingOp::fail(Failure failure) {
  end(std::move(failure));
}

void PingOp::cancel() {
  end(Failure::of(errc::cancelled, "gave up waiting for the pong"));
}

void PingOp::end(Result<Duration> result) {
  timer_.cancel();
  done_(std::move(result));
}

}  // namespace procedura::detail
