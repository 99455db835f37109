#pragma once

#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/errc.hpp>
#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace procedura::protocol {

/// Names one exchange within its session. Never reused.
using ExchangeKey = std::uint64_t;

/// What a caller wants done.
struct Submission {
  std::string cmd;                              ///< the module
  std::vector<std::string> args;                ///< the module's own arguments, without its name
  Mode mode = Mode::sync;                       ///< one result, or a job that is followed
  ArgsStyle style = ArgsStyle::module_first;    ///< how `args` goes on the wire (REQ-4)
  Deadlines deadlines = Deadlines::for_sync();  ///< how long it waits for what
};

/// How an exchange ended.
struct Outcome {
  errc code = errc::ok;  ///< `ok`: `reply` is a `finished`
  /// The terminal frame. For errors of our own it is one that we made, in the shape of the agent's: `code`, `message`, and
  /// `job_id` where one is known (the job may still run).
  Reply reply;
  std::optional<std::string> job_id;  ///< what the agent called the job, if it did
  std::uint16_t close_code = 0;       ///< with `connection_lost`: of the peer's Close frame; 0 if none came
};

/// Why a connection ended.
struct CloseInfo {
  errc cause = errc::connection_lost;  ///< what the exchanges that were live end with
  std::uint16_t close_code = 0;        ///< of the peer's Close frame; 0: none came
  std::string detail;                  ///< for people: the reason in the Close frame, or the system's error text (untrusted)
};

namespace action {
/// Write this as one text message.
struct Send {
  std::string text;  ///< JSON
  ExchangeKey key;   ///< of the exchange whose request it is
};
/// A frame of a live exchange that does not end it.
struct Deliver {
  ExchangeKey key;  ///< which
  Reply reply;      ///< the frame
};
/// The exchange is over; nothing about it follows.
struct Finish {
  ExchangeKey key;  ///< which
  Outcome outcome;  ///< how
};
/// A frame that belongs to no request.
struct Untargeted {
  Reply reply;  ///< the frame
};
/// Call `timer` at this time. Replaces the earlier one.
struct ArmTimer {
  TimePoint at;  ///< when
};
}  // namespace action

/// What the session wants done.
using ClientAction = std::variant<action::Send, action::Deliver, action::Finish, action::Untargeted, action::ArmTimer>;
/// In the order in which it is to be done.
using ClientActions = std::vector<ClientAction>;

/// Frames that led to nothing, by reason. They are counted and never fatal (CON-4, END-1, RES-1).
struct ClientCounters {
  std::uint64_t frames = 0;          ///< all messages that came
  std::uint64_t late = 0;            ///< for an exchange that is over (END-1): dropped
  std::uint64_t foreign = 0;         ///< with an `id` or `job_id` that never was ours: to the listener
  std::uint64_t untargeted = 0;      ///< with neither: to the listener
  std::uint64_t malformed = 0;       ///< no JSON object, or without a readable `status` (CON-4)
  std::uint64_t binary = 0;          ///< CON-4
  std::uint64_t unknown_status = 0;  ///< RES-1
  std::uint64_t no_result = 0;       ///< `finished` without `result`, taken as null
  std::uint64_t out_of_order = 0;    ///< a second ack or started, a started for a sync request: delivered all the same
};

/// The client's side of one connection: any number of concurrent exchanges (CON-7), as a value.
///
/// What happened goes in, each with `now`; what to do comes out, appended to `out` in the order in which it is to be done.
/// Pure: it knows no socket, clock or thread, so that every decision can be tested without one. Not thread-safe.
///
/// Correlation (ASY-2, ASY-3): a frame belongs to the live exchange of its `id`, or else to that of its `job_id`. A `started`
/// with neither known goes to the oldest async request that has had no frame. A request that was given up before its first
/// frame keeps its place in that order, or it would pass its `started` on to its neighbour.
class ClientSession {
 public:
  /// How a session behaves.
  struct Options {
    Limits limits;                       ///< of what is taken and sent (CON-3, CON-9)
    std::uint32_t first_id = 0;          ///< ids are 8 hex digits counting from here (REQ-2); random in production
    std::size_t remembered_jobs = 1024;  ///< job ids of ended exchanges that are still known to be late
    /// Bytes of requests that may wait to leave; a request that comes when so many wait ends with `send_queue_full`.
    std::size_t max_waiting = std::size_t{64} * 1024 * 1024;
  };

  /// Not open yet: what is submitted waits.
  explicit ClientSession(Options options);
  ClientSession();
  ~ClientSession();
  ClientSession(ClientSession&&) noexcept;
  ClientSession& operator=(ClientSession&&) noexcept;

  /// Starts an exchange. Sent at once if the connection is open, else when it opens. A request that cannot go on the wire ends
  /// with `invalid_request`; after `closed`, with what that said. `backlog`: bytes that were handed out and have not left yet.
  ExchangeKey submit(TimePoint now, Submission submission, ClientActions& out, std::size_t backlog = 0);
  /// The handshake is done: what waited is sent.
  void opened(TimePoint now, ClientActions& out);
  /// All that was handed out to be sent so far has left: ack deadlines count anew from here.
  void written(TimePoint now, ClientActions& out);
  /// A text message has come.
  void text(TimePoint now, std::string message, ClientActions& out);
  /// A binary message has come: counted, and ignored (CON-4).
  void binary(TimePoint now, ClientActions& out);
  /// The time of the last `ArmTimer` has come.
  void timer(TimePoint now, ClientActions& out);
  /// The caller gives up; an exchange that is over already is left alone. `why` is `cancelled` or `slow_consumer`.
  void cancel(TimePoint now, ExchangeKey key, ClientActions& out, errc why = errc::cancelled);
  /// The connection is over, or was never made: every exchange ends. Later inputs do nothing.
  void closed(TimePoint now, const CloseInfo& info, ClientActions& out);

  /// How many exchanges are live.
  std::size_t live() const noexcept;
  /// Whether this one is.
  bool live(ExchangeKey key) const noexcept;
  /// The wire id of a live exchange; empty if it is over.
  std::string_view id_of(ExchangeKey key) const noexcept;
  /// Since the session began.
  const ClientCounters& counters() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::protocol
