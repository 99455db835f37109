#pragma once

#include "engine/accounts.hpp"
#include "engine/builtins.hpp"
#include "engine/handshake.hpp"
#include "engine/journal.hpp"
#include "engine/judge.hpp"
#include "engine/metrics.hpp"
#include "engine/moment.hpp"
#include "engine/outputs.hpp"
#include "engine/player.hpp"
#include "scenario/stub_index.hpp"

#include <procedura/protocol/agent_session.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace procedura::mock::engine {

struct EngineOptions {
  std::optional<std::uint64_t> seed;  ///< instead of the scenario's
  double time_scale = 1;              ///< of the scenario's delays, and nothing else
  OriginRules origins;
  protocol::Limits limits;  ///< of what is read; the size of a message is watched by who reads it
  Journal::Bounds journal;
  std::size_t steps_per_turn = 4096;                      ///< that one input may set going before other inputs have their turn
  std::size_t bytes_per_turn = std::size_t{1024} * 1024;  ///< of output, after which the others have theirs, and it can leave
  std::size_t max_live = 100'000;                         ///< requests of one connection that have not ended; more are refused
};

/// The agent that a scenario describes, as a value: what peers do goes in, each with the time; what to do comes out. It knows
/// no socket, clock or thread. One instance per matched request, each with its own place in its script, so that any number of
/// them interleave on one connection. Not thread-safe.
class Engine {
 public:
  Engine(std::shared_ptr<const Scenario> scenario, EngineOptions options, const Moment& start);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  /// Whether a connection is let in. Changes nothing.
  DoorDecision upgrade(const Moment& moment, const Upgrade& upgrade) const;
  /// A connection was let in, and its handshake is done.
  ConnectionId opened(const Moment& moment, const door::Accept& accepted, Outputs& out);
  void text(const Moment& moment, ConnectionId from, std::string_view message, Outputs& out);
  void binary(const Moment& moment, ConnectionId from, std::size_t size, Outputs& out);
  /// The time that `due` told has come.
  void timer(const Moment& moment, Outputs& out);
  /// A connection is over, whoever ended it; `code` as in RFC 6455, 1006 if there was no Close frame.
  void closed(const Moment& moment, ConnectionId connection, std::uint16_t code);
  /// The agent ends: every connection is closed with 1001, and what is closed from now on is not judged.
  void going_down(const Moment& moment, Outputs& out);

  /// When to call `timer`. Look at it after each input. In the past: as soon as other inputs have had their turn.
  std::optional<TimePoint> due() const noexcept;

  Verdict verdict() const { return judge_.verdict(); }
  std::vector<JournalEntry> journal() const { return journal_.entries(secrets_); }
  const Scenario& scenario() const noexcept { return *scenario_; }
  std::size_t instances() const noexcept { return instances_.size(); }

 private:
  struct Connection {
    Connection(ConnectionId its_id, const protocol::Limits& limits) : id{its_id}, session{limits} {}

    ConnectionId id;
    protocol::AgentSession session;
    std::string token;  // looked at with each request (AUT-9)
    Via via = Via::none;
    bool closing = false;  // told to close: nothing is sent or taken any more
    std::unordered_set<std::uint64_t> instances;
    std::unordered_map<const Stub*, std::uint64_t> runs;  // of each stub on this connection: their part in the draws
  };
  // Timers due at the same time fire by instance, then step: an instance has one timer, for the step it has come to.
  struct Timer {
    TimePoint due;
    std::uint64_t instance;
    auto operator<=>(const Timer&) const = default;
  };

  // One input being worked on.
  struct Turn {
    Moment moment;
    Outputs& out;
    std::size_t budget;  // steps that may still be played
  };
  class Sink;

  void request(Turn& turn, Connection& from, protocol::Request request);
  void unmatched(Turn& turn, Connection& from, const ReceivedRequest& request);
  void built_in(Turn& turn, Builtin builtin, Connection& from, const ReceivedRequest& request);
  void login(Turn& turn, Connection& from, const ReceivedRequest& request);
  void finish(Turn& turn, Connection& to, const ReceivedRequest& request, std::string_view result);
  void refuse(Turn& turn, Connection& to, std::string_view id, std::string_view code, std::string_view message);

  void start(Turn& turn, Connection& from, const Stub& stub, ReceivedRequest request);
  std::optional<TimePoint> play(Turn& turn, Instance& instance);
  void played_frame(Turn& turn, const Instance& instance, const Step& step, std::size_t offset,
                    std::optional<protocol::Status> status, std::string_view code);
  void track(Connection& to, std::string_view id, protocol::Status status, const Instance& instance, const Step& step);

  void send(Turn& turn, Connection& to, std::size_t offset, const Origin& origin = {});
  void close(Turn& turn, Connection& connection, std::uint16_t code, std::string_view reason);
  void drop_instances(Connection& connection);

  Connection* find(ConnectionId id);
  const Session* session_of(const Connection& connection) const;
  std::string new_job() { return "job-" + std::to_string(++jobs_); }
  std::uint64_t live_jobs() const;

  std::shared_ptr<const Scenario> scenario_;
  EngineOptions options_;
  std::uint64_t seed_;
  TimePoint start_;
  protocol::Redactor secrets_;
  Accounts accounts_;
  StubIndex stubs_;
  Judge judge_;
  Journal journal_;
  Player player_;
  Metrics metrics_;
  bool down_ = false;
  ConnectionId connections_made_ = 0;
  std::uint64_t instances_made_ = 0;
  std::uint64_t jobs_ = 0;
  std::unordered_map<ConnectionId, Connection> connections_;
  std::unordered_map<std::uint64_t, Instance> instances_;  // those that wait
  std::set<Timer> timers_;
};

}  // namespace procedura::mock::engine
