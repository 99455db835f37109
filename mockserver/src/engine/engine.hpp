#pragma once

#include "engine/common.hpp"
#include "engine/connection.hpp"
#include "engine/handshake.hpp"
#include "engine/looks.hpp"
#include "engine/outputs.hpp"
#include "engine/partition.hpp"
#include "engine/stall.hpp"

#include <procedura/mock/verdict.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace procedura::mock::engine {

/// The agent that a scenario describes, as a value: what peers do goes in, each with the time; what to do comes out. It knows
/// no socket, clock or thread. One instance per matched request, each with its own place in its script, so that any number of
/// them interleave on one connection. Connections belong to partitions, which do not see each other. Not thread-safe.
class Engine {
 public:
  Engine(std::shared_ptr<const Scenario> scenario, EngineOptions options, const Moment& start);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  // --- what peers do

  /// Whether a connection is let in, and to which partition.
  DoorDecision upgrade(const Moment& moment, const Upgrade& upgrade);
  /// A connection was let in, and its handshake is done.
  ConnectionId opened(const Moment& moment, const door::Accept& accepted, Outputs& out);
  void text(const Moment& moment, ConnectionId from, std::string_view message, Outputs& out);
  void binary(const Moment& moment, ConnectionId from, std::size_t size, Outputs& out);
  /// A client broke RFC 6455 itself, as `what` says: it is being closed for that.
  void broke(const Moment& moment, ConnectionId connection, std::string_view what);
  /// A connection is over, whoever ended it; `code` as in RFC 6455, 1006 if there was no Close frame.
  void closed(const Moment& moment, ConnectionId connection, std::uint16_t code);

  // --- time

  /// The time that `due` told has come.
  void timer(const Moment& moment, Outputs& out);
  /// When to call `timer`. Look at it after each input. In the past: as soon as other inputs have had their turn.
  std::optional<TimePoint> due() const noexcept;
  /// True if the scenario has the whole agent stand still now and then.
  bool stalls() const noexcept { return stall_.ever(); }
  /// If the agent stands still at `now`, nothing may leave until then.
  std::optional<TimePoint> stalled_until(TimePoint now) const noexcept;
  /// The bytes of a frame were handed to the system: `seq` as in its `Output`.
  void left(std::uint64_t seq, TimePoint actual);

  // --- the run

  /// True when there is nothing to wait for any more: `until_met`, or the deadline. Look at it after each input.
  bool over() const;
  bool deadline_passed() const noexcept { return deadline_passed_; }
  /// The agent ends: every connection is closed with 1001, and what is closed from now on is not judged.
  void going_down(const Moment& moment, Outputs& out);
  /// Requests from now on are answered by this scenario. No connection is dropped, no session or count forgotten.
  void adopt(const Moment& moment, std::shared_ptr<const Scenario> scenario);
  /// Ends the connections of a partition with 1001, unjudged, and forgets all it knew. False: there is none of that name.
  bool reset(const Moment& moment, std::string_view partition, Outputs& out);
  /// Sends a frame to a connection, as it is. False: it is not open.
  bool emit(const Moment& moment, ConnectionId to, std::string_view frame, Outputs& out);
  /// Closes a connection. False: it is not open.
  bool drop(const Moment& moment, ConnectionId connection, std::uint16_t code, Outputs& out);

  // --- looks

  /// Of every partition that was used, or of the default one if none was.
  Verdict verdict() const;
  /// The same, partition by partition, with their names.
  std::vector<std::pair<std::string, Verdict>> verdicts() const;
  /// Of one partition; nothing if there is none of that name.
  std::optional<Verdict> verdict(std::string_view partition) const;
  std::vector<JournalEntry> journal() const { return common_.journal.entries(common_.secrets); }
  std::vector<ConnectionLook> connections() const;
  std::vector<JobLook> jobs() const;
  std::vector<std::string> partitions() const;
  /// Of all partitions together.
  Metrics metrics() const;
  const Journal& journal_kept() const noexcept { return common_.journal; }
  const protocol::Redactor& secrets() const noexcept { return common_.secrets; }
  const Scenario& scenario() const noexcept { return rules_->scenario(); }
  std::uint64_t seed() const noexcept { return common_.seed; }
  TimePoint start() const noexcept { return common_.start; }
  std::size_t instances() const noexcept;

 private:
  std::shared_ptr<Partition> partition(std::string_view name, TimePoint now);
  Verdict verdict_of(const Partition& partition) const;
  Connection* find(ConnectionId id);
  bool is_open(ConnectionId id);
  Turn turn(const Moment& moment, Outputs& out) const { return {moment, out, common_.options.steps_per_turn, moment.now}; }
  void use(std::shared_ptr<const Scenario> scenario, TimePoint now);

  void take_text(const Moment& moment, ConnectionId from, std::string_view message, Outputs& out);
  void take_binary(const Moment& moment, ConnectionId from, std::size_t size, Outputs& out);
  void take_end(const Moment& moment, ConnectionId connection, std::uint16_t code);

  bool defers(const Moment& moment);
  void defer(const Moment& moment, DeferredInput input, Outputs& out);
  void catch_up(const Moment& moment, Outputs& out, std::size_t most);
  void note_stall(const Moment& moment, TimePoint end);

  Common common_;
  std::shared_ptr<const Ruleset> rules_;
  std::uint64_t partitions_made_ = 0;
  ConnectionId connections_made_ = 0;
  bool deadline_passed_ = false;
  StallClock stall_;
  DeferredInputs deferred_;
  std::optional<TimePoint> noted_stall_;
  std::map<std::string, std::shared_ptr<Partition>, std::less<>> partitions_;
  std::unordered_map<ConnectionId, Connection> connections_;
};

}  // namespace procedura::mock::engine
