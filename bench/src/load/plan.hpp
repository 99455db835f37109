#pragma once

#include "judge/slo.hpp"
#include "load/schedule.hpp"
#include "measure/units.hpp"

#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace procedura::bench {

/// Jobs come when they are due, whether or not earlier ones have ended.
struct OpenLoop {
  /// One job in eleven days, and one in a microsecond: between them, all times of a schedule fit.
  static constexpr double lowest_rate = 1e-6;
  static constexpr double highest_rate = 1e6;

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
  Nanos ramp{0};                              ///< before the warm-up: the rate grows from nothing to the whole, evenly
  Nanos warm_up = std::chrono::seconds{5};    ///< jobs due in it run, and are not counted
  Nanos cut_off = std::chrono::seconds{10};   ///< how long jobs in flight are waited for at the end
  std::uint64_t seed = 1;
  Shard shard = {};  ///< which part of the load this process makes; rate, concurrency and connections are of the whole
};

/// When connections are made.
enum class Churn : std::uint8_t {
  none,     ///< before the run, and they stay
  connect,  ///< each job makes its own, and leaves; connecting is part of its latencies
};

/// How `wss://` is checked.
struct TlsPlan {
  std::optional<std::string> ca;  ///< a PEM file, or a folder of them; nothing: the system's
  bool insecure = false;          ///< check nothing
};

/// The files that a run writes.
struct Outputs {
  std::optional<std::string> json;  ///< "-" is standard output
  std::optional<std::string> html;
  std::optional<std::string> hdr;  ///< .hlog; with .hgrm as its extension the percentiles of the response
  std::optional<std::string>
      jobs;  ///< a line of JSON for each measured job, with its request id and times on the machine's clock
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
  std::optional<Nanos> max_send_lag;  ///< nothing: the greater of 200 us and 10 % of the median response
  Churn churn = Churn::none;
  TlsPlan tls;
  bool floor = true;  ///< measures the floor first
  Outputs out;
  std::optional<std::string> token_file;      ///< session token for the handshake
  std::optional<std::string> credential_env;  ///< name of the environment variable with a credential to log in with
};

}  // namespace procedura::bench
