#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace procedura::conformance {

/// RFC 2119.
enum class Level : std::uint8_t { must, should, may };

/// Where a clause comes from. It decides how much a violation weighs: a foreign agent is bound by what is published.
enum class Source : char {
  documented = 'D',  ///< in the published SDK's documentation: as written
  rfc = 'R',         ///< in an RFC: as written
  observed = 'O',    ///< not documented, but the published clients rely on it: at most a SHOULD
  ours = 'X',        ///< decided by this project where the documentation is silent: not at all, unless the profile declares it
};

/// Who is judged: what a case, a profile or a report is about.
enum class Subject : std::uint8_t { agent, client };

/// Whose behaviour the words of a clause can be held against.
enum class Party : std::uint8_t { agent, client, both };

/// One sentence of the wire protocol. The views are literals.
struct Clause {
  std::string_view id;  ///< "SYN-1"
  Level level;
  std::string_view sources;  ///< letters of `Source`; several where parts of the clause differ
  Party party;
  std::string_view sentence;

  bool has(Source source) const noexcept { return sources.find(static_cast<char>(source)) != std::string_view::npos; }
  bool binds(Subject subject) const noexcept {
    return party == Party::both || (party == Party::agent) == (subject == Subject::agent);
  }
  /// Nothing but our own decision: applies only where it is declared.
  bool only_ours() const noexcept { return sources == "X"; }
};

/// All clauses, in the order of the protocol's page.
std::span<const Clause> clauses() noexcept;

/// Null if there is none of that id.
const Clause* find_clause(std::string_view id) noexcept;

std::string_view to_string(Level level) noexcept;      ///< "MUST"
std::string_view to_string(Source source) noexcept;    ///< "documented"
std::string_view to_string(Subject subject) noexcept;  ///< "agent"

}  // namespace procedura::conformance
