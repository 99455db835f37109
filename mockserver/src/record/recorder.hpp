#pragma once

#include "record/secrets.hpp"

#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace procedura::mock::record {

using protocol::Duration;
using protocol::TimePoint;

struct RecorderOptions {
  std::string upstream = {};             ///< what the scenario says about where it comes from
  std::vector<std::string> redact = {};  ///< members and options whose values are never written, beside those of AUT-7
  std::size_t max_bytes = std::size_t{256} * 1024 * 1024;  ///< of messages that are kept; what comes after is not recorded
};

/// What an upgrade offered, and what the agent selected of it.
struct Handshake {
  std::vector<std::string> tokens;  ///< of `Sec-WebSocket-Protocol` and `Authorization`: to be kept out, and for nothing else
  bool offered = false;             ///< there was a subprotocol among them
  bool selected = false;            ///< the agent selected it
  std::string target = {};          ///< path and query, for the same as the tokens
};

/// One message of the agent, as it belongs to a request.
struct RecordedFrame {
  enum class Kind : std::uint8_t { text, binary } kind = Kind::text;
  Duration at{};     ///< since the request
  std::string text;  ///< as it came
};

/// A Close of the agent's, or its end without one.
struct RecordedEnd {
  Duration at{};           ///< since the request
  std::uint16_t code = 0;  ///< as in RFC 6455; 1006: there was no Close frame
  std::string reason;
};

/// One request and what came of it.
struct Exchange {
  std::uint64_t connection = 0;
  protocol::Request request;  ///< without the module's name (REQ-4)
  std::string job_id;         ///< as the agent told it; empty: it told none
  TimePoint begun{};
  std::vector<RecordedFrame> frames;
  std::uint64_t activity = 0;      ///< when it had a frame of its own last, among all; 0: never
  bool over = false;               ///< it has had its terminal frame
  std::optional<RecordedEnd> end;  ///< the connection's, by the agent, while this request was live
};

/// What was seen, and what of it cannot be in a scenario. Told to people.
struct RecorderCounts {
  std::uint64_t connections = 0;
  std::uint64_t refused = 0;         ///< upgrades that the agent refused
  std::uint64_t requests = 0;        ///< recorded ones
  std::uint64_t frames = 0;          ///< of the agent, recorded ones
  std::uint64_t no_requests = 0;     ///< messages of clients that are no request, or repeat a live id; and the answers to them
  std::uint64_t before_request = 0;  ///< messages of the agent on a connection without any request
  std::uint64_t early = 0;           ///< those before the first request of their connection: they now follow it
  std::uint64_t idle_closes = 0;     ///< connections that the agent ended while no request was live
  std::uint64_t unrecorded = 0;      ///< messages that came when memory was full
};

/// Watches sessions between clients and an agent, and makes a scenario of them. Pure: no socket, clock or file. Nothing leaves
/// it but through `scenario`, and there no token, credential or configured value is left. Not thread-safe.
///
/// A frame belongs to the live request of its `id`, or else of its `job_id`; a `started` that bears neither of a known one to
/// the oldest async request without a frame (ASY-2); a late one to the request that had its id last. What belongs to no request
/// (untargeted, foreign, binary, no JSON) goes with the request it came during: the live one that had a frame last, else the
/// latest one. It is played after the same frame, whatever else goes on.
class Recorder {
 public:
  using ConnectionId = std::uint64_t;  ///< from 1, in the order of `opened`

  explicit Recorder(RecorderOptions options) : options_{std::move(options)}, outside_{options_.redact} {}

  ConnectionId opened(const Handshake& handshake);
  /// The agent refused an upgrade.
  void refused(const Handshake& handshake);
  void client_text(TimePoint now, ConnectionId connection, std::string_view text);
  void client_binary(ConnectionId connection, std::string_view bytes);
  void agent_text(TimePoint now, ConnectionId connection, std::string_view text);
  void agent_binary(TimePoint now, ConnectionId connection, std::string_view bytes);
  /// The agent ended the connection; `code` as in RFC 6455.
  void agent_closed(TimePoint now, ConnectionId connection, std::uint16_t code, std::string_view reason);
  /// The client ended it: what was live stays without an end.
  void client_closed(ConnectionId connection);

  /// Memory is full: messages are not kept any more, but still looked at for secrets.
  bool full() const noexcept { return full_; }
  const RecorderCounts& counts() const noexcept { return counts_; }

  /// All of it as a scenario file: redacted, with comments, for `mock-agent --script`.
  std::string scenario() const;

 private:
  using Index = std::size_t;  // of `exchanges_`
  struct Connection {
    std::unordered_map<std::string, Index> by_id;    // the latest exchange of that id
    std::unordered_map<std::string, Index> by_job;   // likewise
    std::deque<Index> waiting;                       // async requests without a frame, oldest first
    std::set<std::pair<std::uint64_t, Index>> live;  // by when they had a frame last: 0 is never
    std::optional<Index> latest;
    std::vector<RecordedFrame> early;  // from before the first request
    std::size_t refusals_due = 0;      // messages that were no request, and have not been answered
  };

  bool keep(std::size_t bytes);
  void learn_outside(std::string_view message);
  std::optional<Index> owner_of(const Connection& connection, const protocol::Reply& reply) const;
  void add(TimePoint now, Connection& connection, Index index, const protocol::Reply& reply);
  void add_unowned(TimePoint now, Connection& connection, RecordedFrame::Kind kind, std::string_view message);

  RecorderOptions options_;
  RecorderCounts counts_;
  std::map<ConnectionId, Connection> connections_;
  std::vector<Exchange> exchanges_;  // in the order of their requests
  Secrets outside_;                  // of handshakes, and of what is not kept
  std::size_t bytes_ = 0;
  std::uint64_t activity_ = 0;
  std::uint64_t offered_ = 0;
  std::uint64_t selected_ = 0;
  bool full_ = false;
};

}  // namespace procedura::mock::record
