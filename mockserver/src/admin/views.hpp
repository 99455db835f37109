#pragma once

#include "engine/engine.hpp"
#include "scenario/problem.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// The agent as JSON, not redacted yet (see `Answers`). Times are given in seconds before or after `moment`.
namespace procedura::mock::admin {

using Json = nlohmann::ordered_json;

/// Of one partition, or of all. No more than `most` of them.
Json connections_json(const engine::Engine& engine, const engine::Moment& moment, const std::string* partition,
                      std::size_t most);
Json jobs_json(const engine::Engine& engine, const engine::Moment& moment, const std::string* partition, std::size_t most);

Json verdict_json(const Verdict& verdict);
/// What was loaded: names and places, no password, token or reply.
Json scenario_json(const Scenario& scenario, std::uint64_t seed);
Json problems_json(const Problems& problems);
/// All that the page shows besides the journal. `verdict` is that of the partition.
Json state_json(const engine::Engine& engine, const engine::Moment& moment, const Verdict& verdict,
                const std::string* partition, std::size_t most);

}  // namespace procedura::mock::admin
