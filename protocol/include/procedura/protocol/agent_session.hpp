#pragma once

#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace procedura::protocol {

/// A message that is refused, and the error frame that says so.
struct Refusal {
  std::string_view code;  ///< BAD_FRAME, BAD_REQUEST or DUPLICATE_ID
  std::string message;    ///< for people
  std::string frame;      ///< ready to send: targeted only if the id is a string and not live (REQ-5, REQ-7)
  std::string id = {};    ///< of the message, if it could be read
};

/// What has come on one connection.
struct AgentCounters {
  std::uint64_t frames = 0;         ///< messages, text and binary
  std::uint64_t accepted = 0;       ///< requests that went live
  std::uint64_t bad_frames = 0;     ///< CON-4, CON-9
  std::uint64_t bad_requests = 0;   ///< REQ-5
  std::uint64_t duplicate_ids = 0;  ///< REQ-7
};

/// What sending a frame of a given status to a request means for its lifecycle (SYN-1, ASY-1, END-1, ORD-1).
enum class ReplyOrder : std::uint8_t {
  in_order,
  not_live,        ///< there is no such request, or it has had its terminal frame
  repeated_start,  ///< a second ack or started
  wrong_start,     ///< ack for an async, started for a sync request
  before_start,    ///< running or finished with no ack or started before it
};

/// What is out of order, for people; empty for `in_order`.
std::string_view describe(ReplyOrder order) noexcept;

/// The agent's side of one connection: which messages are requests, which ids are live, where each exchange stands. As pure as
/// its counterpart `ClientSession`; authentication and modules are looked at behind it (REQ-8). Not thread-safe.
class AgentSession {
 public:
  /// `limits`: of what it takes (CON-3, CON-9).
  explicit AgentSession(Limits limits = {}) : limits_{limits} {}

  /// Takes a text message. A `Request` is live from now on; a `Refusal` changed nothing.
  std::variant<Request, Refusal> text(std::string_view message);
  /// Takes a binary message, which is never a request (CON-4).
  Refusal binary();

  /// Says that a frame of `status` goes to the live request `id`, and whether that is in order. A terminal status ends it: its
  /// id may be used again. What is out of order is only told, since a mock may be scripted to do so.
  ReplyOrder reply(std::string_view id, Status status);
  /// Ends a request without a frame.
  void forget(std::string_view id);

  bool live(std::string_view id) const;  ///< the request has no terminal frame yet
  /// How many requests are live.
  std::size_t live_count() const noexcept { return live_.size(); }
  /// Since the connection began.
  const AgentCounters& counters() const noexcept { return counters_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  struct Exchange {
    Mode mode = Mode::sync;
    bool begun = false;  ///< ack or started was sent
  };

  Limits limits_;
  AgentCounters counters_;
  std::unordered_map<std::string, Exchange, Hash, std::equal_to<>> live_;
};

}  // namespace procedura::protocol
