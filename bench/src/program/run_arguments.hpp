#pragma once

#include "load/plan.hpp"
#include "program/arguments.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

extern const std::string_view run_help;

/// What `run` is asked for.
struct RunArguments {
  Plan plan;
  bool find_capacity = false;  ///< the plan's rate is the first that is tried, its duration that of each
  std::optional<std::chrono::sys_seconds> start_at = {};  ///< when the load begins; nothing: as soon as it can
};

/// Makes the plan that of one shard. Each has to have something to do: throws `UsageError`.
void take_share(Plan& plan, Shard shard);

using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Reads what stands behind `run`: `--url URL --module M ... -- ARGS`. Opens no file, and asks the environment for nothing but
/// what `--shard auto` is.
std::variant<RunArguments, UsageError> parse_run(
    std::span<const std::string> arguments, const Environment& env = [](const std::string&) { return std::nullopt; });

}  // namespace procedura::bench
