#pragma once

#include "schedule.hpp"
#include "slo.hpp"
#include "units.hpp"

#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace procedura::bench {

/// Jobs come when they are due, whether or not earlier ones have ended.
struct OpenLoop {
  double rate = 0;  ///< jobs per second, over all connections
  Arrival arrival = Arrival::constant;
  std::size_t max_in_flight = 10'000;  ///< a job that is due beyond it waits, and its wait is measured
};

/// A job begins when another ends. Its latencies say nothing about how long users would wait for a turn.
struct ClosedLoop {
  std::size_t concurrency = 1;
};

/// What a run does, but for where it connects: all that the pure parts need.
struct LoadPlan {
  std::variant<OpenLoop, ClosedLoop> load = ClosedLoop{};
  std::size_t connections = 1;
  Nanos duration = std::chrono::seconds{60};  ///< the measured window; it begins when the warm-up ends
  Nanos warm_up = std::chrono::seconds{5};    ///< jobs due in it run, and are not counted
  Nanos cut_off = std::chrono::seconds{10};   ///< how long jobs in flight are waited for at the end
  std::uint64_t seed = 1;
};

/// A whole `procedura-bench run`.
struct Plan {
  std::string url;
  std::string module;
  std::vector<std::string> args;
  protocol::Mode mode = protocol::Mode::sync;
  std::optional<protocol::ArgsStyle> args_style;  ///< nothing: what the login found to work, else module-first
  LoadPlan load;
  std::vector<Slo> slos;
  std::optional<Nanos> max_send_lag;          ///< nothing: the greater of 200 us and 10 % of the median response
  std::optional<std::string> out;             ///< where the JSON report goes; "-" is standard output
  std::optional<std::string> token_file;      ///< session token for the handshake
  std::optional<std::string> credential_env;  ///< name of the environment variable with a credential to log in with
};

}  // namespace procedura::bench
