#pragma once

#include "engine/moment.hpp"
#include "net/alarms.hpp"
#include "net/clockwork.hpp"
#include "net/frame_header.hpp"
#include "net/pacer.hpp"
#include "net/tls.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::net {

namespace asio = boost::asio;
using boost::system::error_code;

/// What a wire needs of its server, which outlives it.
class WireHost {
 public:
  virtual const Clockwork& clock() const = 0;
  virtual Alarms& alarms() = 0;
  /// Until when the whole agent stands still, if it does.
  virtual std::optional<TimePoint> stalled_until() const = 0;
  /// A frame of the journal has been handed to the kernel.
  virtual void left(std::uint64_t seq, TimePoint actual) = 0;
  /// Output has come to wait for being handed to the kernel, or waits no more.
  virtual void unsettled(bool waits) = 0;
  virtual std::size_t pause_at() const = 0;

 protected:
  ~WireHost() = default;
};

/// The one layer between a connection and TCP or TLS: a queue for what Beast writes and for the frames that we append to it as
/// they are, so that they leave in order, together, and one write at a time; and what the network does wrong on purpose.
///
/// All on one executor. Kept alive by its owner and by the operations that are pending on it.
class Wire final : public std::enable_shared_from_this<Wire> {
 public:
  /// Whom a wire tells.
  class Owner {
   public:
    virtual void on_progress() = 0;  ///< bytes have left
    virtual void on_end() = 0;       ///< the TCP connection is over; once, as the last thing

   protected:
    ~Owner() = default;
  };
  /// How a TCP connection is ended.
  enum class Ending : std::uint8_t {
    none,
    goodbye,  ///< FIN (TLS: close_notify before it), then what still comes is thrown away until the peer hangs up
    drop,     ///< the same, without a close_notify
    wait,     ///< no FIN: until the peer hangs up
    reset,    ///< RST
  };
  using Done = asio::any_completion_handler<void(error_code, std::size_t)>;

  Wire(Socket socket, WireHost& host, TlsIdentity* tls);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() = default;

  /// Nobody is told any more once it is null.
  void belongs_to(Owner* owner) noexcept { owner_ = owner; }
  Executor executor() noexcept { return socket_.get_executor(); }
  Socket& socket() noexcept { return socket_; }
  TlsStream* tls() noexcept { return tls_.get(); }
  WireHost& host() noexcept { return host_; }

  // --- output

  /// Bytes that have not left.
  std::size_t queued() const noexcept { return waiting_.size() - taken_ + leaving_.size() - left_; }
  /// Append whole frames here, then call `appended`, and `flush` when that is all for now.
  std::string& queue() noexcept { return waiting_; }
  /// `seq`: what has been appended is this frame of the journal (0: none). `pause`: it leaves byte by byte.
  void appended(std::uint64_t seq = 0, Duration pause = {});
  void flush();
  /// Forgets what has not begun to leave.
  void discard() noexcept;

  // --- what Beast writes

  /// Puts what Beast writes into the queue, and calls `done` when there is room for more. Its Close frames are thrown away: its
  /// owner says goodbye, and knows why.
  void take(std::string_view written, Done done);
  /// From now on pings are not answered: Beast's pongs are thrown away.
  void withhold_pongs() noexcept { no_pongs_ = true; }

  // --- faults

  void latency(Duration value) { pacer().latency(value); }
  void bandwidth(std::uint64_t bytes_per_second) { pacer().bandwidth(bytes_per_second); }
  /// From now on nothing is to be read or appended. A read that is pending ends with `operation_aborted`; what is queued
  /// leaves. A peer that hangs up is noticed within a second.
  void go_half_open();
  bool half_open() const noexcept { return half_open_; }

  // --- the end

  /// Ends the connection when all that is queued has left. What is read from it by others ends with `operation_aborted`.
  void end(Ending how);
  /// Whatever state it is in by then, it is over.
  void abort_after(Duration limit) { limit_.set(host_.clock().now() + limit); }
  void no_limit() noexcept { limit_.cancel(); }
  void abort();
  bool ending() const noexcept { return ending_ != Ending::none || over_; }

 private:
  struct Mark {
    std::uint64_t position;  // of the last byte, among all that ever were queued
    std::uint64_t seq;
  };

  Pacer& pacer();
  void post_flush(std::size_t seen);
  void begin_write();
  bool choose_batch();
  void take_batch(std::size_t bytes);
  void tell_left(TimePoint now);
  void write();
  void written(error_code ec, std::size_t size);
  void make_room();
  void forget_output() noexcept;
  void end_now();
  void drain();
  void look_for_hang_up();
  void over();

  WireHost& host_;
  Owner* owner_ = nullptr;
  Socket socket_;
  std::unique_ptr<TlsStream> tls_;
  std::string waiting_;           // to leave next, from `taken_` on
  std::size_t taken_ = 0;         // of `waiting_`, moved to `leaving_`
  std::string leaving_;           // being written
  std::size_t left_ = 0;          // of `leaving_`, gone
  std::uint64_t position_ = 0;    // bytes that were ever taken
  std::uint64_t noted_ = 0;       // position up to which `appended` was told
  std::vector<Mark> marks_;       // frames that wait
  std::size_t told_ = 0;          // of `marks_`
  std::unique_ptr<Pacer> pacer_;  // only while a fault asks for it
  std::unique_ptr<Done> waits_for_room_;
  std::size_t room_for_ = 0;  // bytes that it wrote
  Alarm may_leave_;
  Alarm limit_;
  Ending ending_ = Ending::none;
  bool half_open_ = false;
  bool no_pongs_ = false;
  bool posted_ = false;
  bool writing_ = false;
  bool broken_ = false;  // nothing can leave any more
  bool ended_ = false;   // FIN or what stands for it is done; from then on `leaving_` is read into
  bool over_ = false;
};

}  // namespace procedura::mock::net
