#pragma once

#include "engine/handshake.hpp"
#include "engine/outputs.hpp"
#include "engine/ruleset.hpp"

#include <procedura/protocol/agent_session.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

namespace procedura::mock::engine {

class Partition;

/// A client, from its handshake to its end.
struct Connection {
  Connection(ConnectionId its_id, const protocol::Limits& limits) : id{its_id}, session{limits} {}

  ConnectionId id;
  std::shared_ptr<Partition> partition;  // the one it came to, also after that was reset
  std::uint64_t ordinal = 0;             // in its partition, from 1
  TimePoint since{};
  protocol::AgentSession session;
  std::string token;  // looked at with each request (AUT-9)
  Via via = Via::none;
  bool slowed = false;   // by a fault (latency, bandwidth, dribble): the lateness of what it is sent is no measure of ours
  bool closing = false;  // told to close: nothing is sent or taken any more
  std::unordered_set<std::uint64_t> instances;
  StubCounts runs;  // of each stub on this connection: their part in the draws
  std::uint64_t jobs = 0;
  std::uint64_t logins = 0;
  std::uint64_t own_frames = 0;  // that no script made: their part in the draws
  std::size_t charged = 0;       // bytes that its instances hold while they wait
  Variables variables;
};

}  // namespace procedura::mock::engine
