#pragma once

#include <procedura/conformance/client_profile.hpp>
#include <procedura/conformance/outcome.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/registry.hpp>
#include <procedura/conformance/tap/sabotage.hpp>
#include <procedura/mock/mock_agent.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The proof that the suite is good: agents that break one rule each, and the checks that must turn red for it.
///
/// A broken agent is the mock with the reference scenario, made wrong in one of two ways, or in both:
///
/// - `overlay`: a scenario that is laid over conformance/scenarios/reference-agent.json, as by one more `--script`. A stub of
/// the
///   same name replaces it; `faults` and `auth.break` (mockserver/docs) are for what goes wrong without a stub.
///
///       {.name = "no-ack", .clause = "SYN-1", .checks = {"sync/lifecycle:ack-first"},
///        .breaks = "sends no ack before the result",
///        .overlay = stub("quick", R"("match":{"cmd":"worldstate_snapshot"},"accept":false,"reply":[{"finished":{}}])")}
///
/// - `sabotage`: a few lines that alter what passes between the suite and the mock; conformance/mutants/sabotages.hpp has words
///   for the common ones. It is made anew for each run, so it may remember things.
///
///       {.name = "forgets-the-id", .clause = "REQ-2", .checks = {"request/id:long"},
///        .breaks = "cuts ids to 64 bytes",
///        .sabotage = [] { return on_reply("", [](Reply& reply) { reply.replace(reply.id, reply.id.substr(0, 64)); }); }}
///
/// The proof that the rule was broken is in the journal: of an overlay, that its stub answered or its fault fired; of a
/// sabotage, what it says with `fired` (the words of sabotages.hpp say it themselves).
namespace procedura::conformance {

/// An agent that breaks one rule.
struct BrokenAgent {
  std::string_view name;                 ///< its own: lower case, digits and dashes
  std::string_view clause;               ///< that it breaks: "SYN-1"
  std::vector<std::string_view> checks;  ///< that must turn red, by full id; each of that clause
  std::string_view breaks;               ///< what it does wrong, for people; its subject is "it"
  std::string overlay{};                 ///< a scenario over the reference agent's; empty: none
  std::function<tap::Sabotage()> sabotage{};
  std::function<void(mock::MockAgent::Options&)> options{};
  std::function<void(Profile&)> profile{};  ///< what this agent's author would have to write differently
  /// What its checks come to. Nothing: what they are bound to, FAIL for a MUST and WARN for a SHOULD.
  std::optional<Outcome> outcome{};
};

/// All broken agents, by area.
const std::vector<BrokenAgent>& broken_agents();

/// A client that breaks one rule: the one of tests/interop/broken_client, which keeps all of them otherwise. It is told the
/// rule by the environment variable BROKEN_CLIENT_RULE, and writes a line into the file that BROKEN_CLIENT_PROOF names each
/// time it breaks it.
struct BrokenClient {
  std::string_view name;                 ///< also what BROKEN_CLIENT_RULE is set to
  std::string_view clause;               ///< that it breaks
  std::vector<std::string_view> checks;  ///< of the client direction, that must turn red; each of that clause
  std::string_view breaks;               ///< what it does wrong, for people; its subject is "it"
  std::function<void(ClientProfile&)> profile{};
  std::optional<Outcome> outcome{};  ///< as for agents
};

/// All broken clients, by area.
const std::vector<BrokenClient>& broken_clients();

/// The reference agent's profile and scenario are found in `folder` (conformance/ of the sources).
struct Reference {
  Profile profile;
  std::string scenario;
};
/// Throws std::runtime_error if they are not there.
Reference reference_agent(const std::string& folder);

/// The profile of a client, from its file. Throws as well.
ClientProfile reference_client(const std::string& file);

/// What is wrong with a catalogue, one sentence each; empty when nothing is. Names are unique, clauses exist, each check exists
/// and is of the clause that is broken; every check of `registry` that can turn red is named by a broken agent, or says why not
/// (`CheckSpec::unproven`), and not both. Names are unique within a catalogue.
std::vector<std::string> lint(const std::vector<BrokenAgent>& agents, const Registry& registry);
std::vector<std::string> lint(const std::vector<BrokenClient>& clients, const Registry& registry);

}  // namespace procedura::conformance
