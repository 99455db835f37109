#pragma once

#include "engine/handshake.hpp"
#include "engine/moment.hpp"
#include "engine/outputs.hpp"

#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// What somebody who looks at the agent from outside sees of it.
namespace procedura::mock::engine {

struct ConnectionLook {
  ConnectionId id = 0;
  std::string partition;
  std::uint64_t ordinal = 0;  ///< in its partition
  TimePoint since{};
  std::optional<std::string> user;
  std::optional<std::string> device;
  Via via = Via::none;
  std::size_t live = 0;  ///< requests that have not ended
};

/// An instance that waits for its next step.
struct JobLook {
  std::string partition;
  ConnectionId connection = 0;  ///< 0: it is gone, and the instance runs on detached
  std::uint64_t instance = 0;
  std::string stub;
  std::string cmd;
  std::string id;
  std::string job_id;
  protocol::Mode mode = protocol::Mode::sync;
  std::uint64_t frames = 0;  ///< sent so far
  TimePoint since{};
  std::optional<TimePoint> due;  ///< of the next step
};

}  // namespace procedura::mock::engine
