#pragma once

#include <procedura/conformance/client_profile.hpp>
#include <procedura/conformance/runner.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance {

/// The suite's own environment.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Starts the program of each command and kills it at once: what cannot be started at all is a mistake in the profile, and is
/// told before anything else. What starts is a client, whatever it does then.
std::vector<ProfileProblem> not_startable(const ClientProfile& profile, const Environment& env);

/// Runs the cases against one client program. Whatever the program does, this returns, at the latest shortly after `max_time`,
/// with a result for every check of every selected case.
RunReport run_client_suite(const Registry& registry, const ClientProfile& profile, const Environment& env,
                           const RunOptions& options, const Progress& progress = {});

}  // namespace procedura::conformance
