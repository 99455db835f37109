#pragma once

#include "load/plan.hpp"
#include "program/arguments.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace procedura::bench {

/// The options that say what runs and under which load, as they were written. All commands that make a load have them.
struct PlanWords {
  std::optional<std::string> module, mode, args_style, token_file, credential_env;
  std::optional<std::string> rate, arrival, max_in_flight, concurrency;
  std::optional<std::string> connections, duration, ramp, warm_up, cut_off, seed, churn;
  std::optional<std::string> ca;
  bool insecure = false;
  bool no_floor = false;
  std::optional<std::string> max_send_lag;
  std::vector<std::string> slos;

  void bind(Arguments& arguments);
};

/// The words before `--` are ours; those behind it are the module's, word for word.
struct SplitArguments {
  std::span<const std::string> ours;
  std::vector<std::string> of_module;
};
SplitArguments split_at_dashes(std::span<const std::string> arguments);

/// A plan without its URL and outputs. Throws `UsageError`.
Plan read_plan(const PlanWords& words, std::vector<std::string> module_arguments);

}  // namespace procedura::bench
