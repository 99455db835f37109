#include "net/wire.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>

#include <algorithm>
#include <poll.h>
#include <utility>

namespace procedura::mock::net {
namespace {

// More than this is not gathered for: it leaves at once.
constexpr std::size_t gathered = std::size_t{64} * 1024;
// A buffer that once was huge gives its memory back.
constexpr std::size_t kept_capacity = std::size_t{1024} * 1024;
// A half-open connection reads nothing, so it has to be asked whether its peer is there.
constexpr std::chrono::seconds hang_up_interval{1};

// For the end of a connection to be read that cannot be written to any more.
constexpr std::chrono::seconds broken_limit{1};

constexpr unsigned char first_byte(Opcode opcode) {
  return static_cast<unsigned char>(opcode) | final_frame;
}

}  // namespace

Wire::Wire(Socket socket, WireHost& host, TlsIdentity* tls)
    : host_{host},
      socket_{std::move(socket)},
      may_leave_{host.alarms(), [this] { begin_write(); }},
      limit_{host.alarms(), [this] { half_open_ && !ending() ? look_for_hang_up() : abort(); }} {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  if (tls) tls_ = tls->over(socket_);
}

Pacer& Wire::pacer() {
  if (!pacer_) {
    pacer_ = std::make_unique<Pacer>();
    pacer_->add(host_.clock().now(), waiting_.size() - taken_);
  }
  return *pacer_;
}

void Wire::appended(std::uint64_t seq, Duration pause) {
  const std::uint64_t end = position_ + waiting_.size() - taken_;
  if (seq != 0) marks_.push_back({end, seq});
  if (pause > Duration{} && !pacer_) {
    pacer_ = std::make_unique<Pacer>();
    pacer_->add(host_.clock().now(), noted_ - position_);
  }
  if (pacer_) pacer_->add(host_.clock().now(), end - noted_, pause);
  noted_ = end;
}

void Wire::discard() noexcept {
  const std::size_t kept = pacer_ ? pacer_->discard() : 0;
  waiting_.resize(taken_ + kept);
  noted_ = position_ + kept;
  while (marks_.size() > told_ && marks_.back().position > noted_) marks_.pop_back();
}

void Wire::flush() {
  if (posted_ || writing_ || over_) return;
  posted_ = true;
  host_.unsettled(true);
  post_flush(0);
}

// Other handlers that are ready, such as the next message of the same segment, run first: what they append leaves in the same
// write. Once nothing has come in one round, it is time.
void Wire::post_flush(std::size_t seen) {
  asio::post(executor(), [self = shared_from_this(), seen] {
    const std::size_t size = self->waiting_.size();
    if (size != seen && size < gathered) return self->post_flush(size);
    self->posted_ = false;
    self->host_.unsettled(false);
    self->begin_write();
  });
}

void Wire::begin_write() {
  if (writing_ || posted_ || over_) return;
  if (broken_) {
    forget_output();
    if (owner_) owner_->on_progress();
  }
  if (waiting_.size() == taken_) {
    if (ending_ != Ending::none) end_now();
    return;
  }
  if (choose_batch()) write();
}

// False: nothing may leave yet.
bool Wire::choose_batch() {
  const auto stalled_until = host_.stalled_until();
  if (!pacer_ && !stalled_until) {
    take_batch(waiting_.size() - taken_);
    if (!marks_.empty()) tell_left(host_.clock().now());
    return true;
  }
  const auto now = host_.clock().now();
  Pacer::Leave leave{waiting_.size() - taken_, std::nullopt};
  if (pacer_) {
    leave = pacer_->leave(now, stalled_until);
    if (pacer_->idle()) pacer_.reset();
  } else if (now < *stalled_until) {
    leave = {0, stalled_until};
  }
  if (leave.bytes == 0) {
    if (leave.ask_again) may_leave_.set(*leave.ask_again);
    return false;
  }
  take_batch(leave.bytes);
  tell_left(now);
  return true;
}

void Wire::take_batch(std::size_t bytes) {
  left_ = 0;
  position_ += bytes;
  if (taken_ == 0 && bytes == waiting_.size()) return std::swap(waiting_, leaving_);
  leaving_.assign(waiting_, taken_, bytes);
  taken_ += bytes;
  // What has gone from the front is given up now and then, not with each byte.
  if (taken_ < waiting_.size() / 2) return;
  waiting_.erase(0, std::exchange(taken_, 0));
}

void Wire::tell_left(TimePoint now) {
  while (told_ < marks_.size() && marks_[told_].position <= position_) host_.left(marks_[told_++].seq, now);
  // Where something always waits they are given up now and then, as the bytes are.
  if (told_ < marks_.size() && told_ < marks_.size() / 2) return;
  marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(told_));
  told_ = 0;
}

void Wire::write() {
  writing_ = true;
  const auto rest = asio::buffer(std::string_view{leaving_}.substr(left_));
  auto done = [self = shared_from_this()](error_code ec, std::size_t size) { self->written(ec, size); };
  if (tls_) return tls_->async_write_some(rest, std::move(done));
  socket_.async_write_some(rest, std::move(done));
}

void Wire::written(error_code ec, std::size_t size) {
  writing_ = false;
  if (over_) return;
  left_ += size;
  // A connection that became half-open cancels its reads, and on a socket that is all that is pending.
  const bool resumed = ec == asio::error::operation_aborted && half_open_ && !tls_;
  if (ec && !resumed) {
    // What it sent before it went, perhaps a Close, is still to be read; that also finds out that it is gone.
    broken_ = true;
    limit_.set(host_.clock().now() + broken_limit);
  }
  if (!broken_ && left_ < leaving_.size()) {
    write();
  } else {
    left_ = 0;
    leaving_.clear();
    if (leaving_.capacity() > kept_capacity) leaving_.shrink_to_fit();
    // What waits gathers once more: else each write would take along only what came while the last one was on its way.
    if (!broken_ && waiting_.size() > taken_) {
      flush();
    } else {
      begin_write();
    }
  }
  make_room();
  if (owner_) owner_->on_progress();
}

void Wire::take(std::string_view written, Done done) {
  const auto first = static_cast<unsigned char>(written.empty() ? 0 : written.front());
  // Beast writes control frames whole, and nothing else that begins like one.
  const bool thrown_away = ended_ || first == first_byte(Opcode::close) || (no_pongs_ && first == first_byte(Opcode::pong));
  if (!thrown_away) {
    waiting_ += written;
    appended();
    flush();
  }
  // Held by pointer: the move assignment of Boost 1.81's any_completion_handler never comes back.
  waits_for_room_ = std::make_unique<Done>(std::move(done));
  room_for_ = written.size();
  make_room();
}

void Wire::make_room() {
  if (!waits_for_room_ || (!over_ && !broken_ && queued() > host_.pause_at())) return;
  const auto done = std::move(waits_for_room_);
  const auto ec = over_ ? error_code{asio::error::broken_pipe} : error_code{};
  asio::post(executor(), asio::append(std::move(*done), ec, over_ ? std::size_t{0} : room_for_));
}

void Wire::go_half_open() {
  if (half_open_ || ending()) return;
  half_open_ = true;
  error_code ignored;
  socket_.cancel(ignored);
  abort_after(hang_up_interval);
}

// It is not read from, so its end does not show by itself.
void Wire::look_for_hang_up() {
  pollfd polled{socket_.native_handle(), POLLRDHUP, 0};
  if (::poll(&polled, 1, 0) > 0) return abort();
  abort_after(hang_up_interval);
}

void Wire::end(Ending how) {
  if (ending()) return;
  ending_ = how;
  begin_write();
}

void Wire::end_now() {
  if (std::exchange(ended_, true)) return;
  error_code ignored;
  switch (ending_) {
    case Ending::reset:
      return abort();
    case Ending::goodbye:
      if (tls_) {
        return tls_->async_shutdown([self = shared_from_this()](error_code) {
          error_code no_matter;
          if (!self->over_) self->socket_.shutdown(Socket::shutdown_send, no_matter);
          self->drain();
        });
      }
      [[fallthrough]];
    case Ending::drop:
      socket_.cancel(ignored);
      socket_.shutdown(Socket::shutdown_send, ignored);
      break;
    case Ending::wait:
    case Ending::none:
      break;
  }
  drain();
}

// To close a socket with unread bytes in it resets the connection, and what was sent last may be lost with it.
void Wire::drain() {
  if (over_) return;
  leaving_.resize(4096);
  socket_.async_read_some(asio::buffer(leaving_),
                          [self = shared_from_this()](error_code ec, std::size_t) { ec ? self->abort() : self->drain(); });
}

void Wire::abort() {
  if (over_) return;
  error_code ignored;
  if (ending_ == Ending::reset) socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket_.close(ignored);
  over();
}

void Wire::forget_output() noexcept {
  noted_ = position_;
  waiting_.clear();
  taken_ = 0;
  marks_.clear();
  told_ = 0;
  pacer_.reset();
}

void Wire::over() {
  over_ = true;
  may_leave_.cancel();
  limit_.cancel();
  forget_output();
  make_room();
  asio::post(executor(), [self = shared_from_this()] {
    if (self->owner_) self->owner_->on_end();
  });
}

}  // namespace procedura::mock::net
