#pragma once

#include <procedura/conformance/offering.hpp>
#include <procedura/conformance/outcome.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::conformance {

class Case;
class ClientCase;

/// The code of a case: a story with an agent, or one with a client.
using Story = std::variant<void (*)(Case&), void (*)(ClientCase&)>;

/// One thing that a case judges. The views are literals.
struct CheckSpec {
  std::string_view slug;         ///< "ack-first": in full `area/slug:ack-first`
  std::string_view clause;       ///< "SYN-1"
  Source source;                 ///< which of the clause's sources this part of it stands on
  std::string_view allowed;      ///< every outcome that is right, for people
  std::optional<Level> level{};  ///< weaker than the clause's, where the clause leaves freedom; never stronger
  /// Why no broken agent or client turns this check red; empty: at least one does (see mutants.hpp).
  std::string_view unproven{};

  const Clause& of() const { return *find_clause(clause); }
  /// What it binds a foreign agent to.
  Level binding() const;
};

/// A short story with one agent or one client: data and code side by side.
struct CaseSpec {
  std::string_view id;     ///< "sync/lifecycle"
  std::string_view title;  ///< what is done, for people
  std::vector<Need> needs;
  std::vector<std::string_view> after;  ///< checks that must have passed, or this case can say nothing
  bool session = true;                  ///< speaks as a logged-in user where the profile has one
  std::vector<CheckSpec> checks;
  Story run{};
  std::chrono::seconds deadline{20};  ///< for the whole case, whatever the agent does

  const CheckSpec* find(std::string_view slug) const noexcept;
  Subject subject() const noexcept { return run.index() == 0 ? Subject::agent : Subject::client; }
  bool has_code() const noexcept {
    return std::visit([](auto* code) { return code != nullptr; }, run);
  }
};

using Registry = std::vector<CaseSpec>;

/// All cases of the server direction, by area.
const Registry& server_cases();
/// All cases of the client direction, by area. No id is used in both directions.
const Registry& client_cases();

/// "sync/lifecycle:ack-first"
std::string full_id(const CaseSpec& spec, const CheckSpec& check);

/// The check that a case depends on because the profile has a login: every session begins with one.
inline constexpr std::string_view session_check = "login/token:issued";

/// What is wrong with a registry, one sentence each; empty when nothing is. Ids are unique and well-formed, clauses exist and
/// can be held against the subject, sources are the clause's own, levels are not stronger, prerequisites exist, need no more of
/// the profile than their dependents, and form no circle.
std::vector<std::string> lint(const Registry& registry);

/// 16 hex digits of all that a registry asks, and of the clauses that it is asked by: two runs with the same can be compared
/// check by check. Stable from build to build.
std::string hash_of(const Registry& registry);

/// True if `pattern` matches a case's id: `*` stands for any text without `/`, `**` for any text. A `:check` behind it is
/// ignored, since checks of one case are run together.
bool matches(std::string_view pattern, std::string_view id) noexcept;

}  // namespace procedura::conformance
