#pragma once

#include "net/server.hpp"
#include "scenario/model.hpp"

#include <chrono>

namespace procedura::mock::net {

/// What a scenario asks for takes the place of the defaults.
inline void apply(const LimitSettings& limits, ServerOptions& options) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  if (limits.message) options.max_message = *limits.message;
  if (limits.pause_at) options.pause_at = *limits.pause_at;
  if (limits.give_up_at) options.give_up_at = *limits.give_up_at;
  if (limits.connections) options.max_connections = *limits.connections;
  if (limits.upgrade) options.upgrade_limit = ceil<milliseconds>(*limits.upgrade);
  if (limits.close) options.close_limit = ceil<milliseconds>(*limits.close);
}

}  // namespace procedura::mock::net
