#pragma once

#include <procedura/conformance/outcome.hpp>
#include <procedura/conformance/profile.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

class Case;

/// One thing that a case judges. The views are literals.
struct CheckSpec {
  std::string_view slug;         ///< "ack-first": in full `area/slug:ack-first`
  std::string_view clause;       ///< "SYN-1"
  Source source;                 ///< which of the clause's sources this part of it stands on
  std::string_view allowed;      ///< every outcome that is right, for people
  std::optional<Level> level{};  ///< weaker than the clause's, where the clause leaves freedom; never stronger

  const Clause& of() const { return *find_clause(clause); }
  /// What it binds a foreign agent to.
  Level binding() const;
};

/// A short story with one agent: data and code side by side.
struct CaseSpec {
  std::string_view id;     ///< "sync/lifecycle"
  std::string_view title;  ///< what is done, for people
  std::vector<Need> needs;
  std::vector<std::string_view> after;  ///< checks that must have passed, or this case can say nothing
  bool session = true;                  ///< speaks as a logged-in user where the profile has one
  std::vector<CheckSpec> checks;
  void (*run)(Case&) = nullptr;
  std::chrono::seconds deadline{20};  ///< for the whole case, whatever the agent does

  const CheckSpec* find(std::string_view slug) const noexcept;
};

using Registry = std::vector<CaseSpec>;

/// All cases of the server direction, by area.
const Registry& server_cases();

/// "sync/lifecycle:ack-first"
std::string full_id(const CaseSpec& spec, const CheckSpec& check);

/// The check that a case depends on because the profile has a login: every session begins with one.
inline constexpr std::string_view session_check = "login/token:issued";

/// What is wrong with a registry, one sentence each; empty when nothing is. Ids are unique and well-formed, clauses exist and
/// can be held against an agent, sources are the clause's own, levels are not stronger, prerequisites exist, need no more of
/// the profile than their dependents, and form no circle.
std::vector<std::string> lint(const Registry& registry);

/// True if `pattern` matches a case's id: `*` stands for any text without `/`, `**` for any text. A `:check` behind it is
/// ignored, since checks of one case are run together.
bool matches(std::string_view pattern, std::string_view id) noexcept;

}  // namespace procedura::conformance
