#pragma once

#include <procedura/conformance/clause.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// What is reported for one check.
enum class Outcome : std::uint8_t {
  pass,
  fail,              ///< a MUST was broken
  warn,              ///< a SHOULD was broken
  info,              ///< a MAY, or a fact worth knowing: never weighs
  not_applicable,    ///< not declared by the profile
  untestable,        ///< declared, but it could not be exercised: counts at its level
  harness,           ///< our own frame or set-up was wrong
  expected_failure,  ///< XFAIL: it failed, as the baseline says that it does, or at times does
  unexpected_pass,   ///< XPASS: it did not fail, and the baseline says that it does: the baseline is stale
};

std::string_view to_string(Outcome outcome) noexcept;  ///< "PASS", "N/A", ...

/// What a check saw, before anybody weighs it.
struct Finding {
  enum class Kind : std::uint8_t { kept, broken, note, untestable, harness } kind = Kind::kept;
  std::string came;  ///< what came instead, or why it could not be exercised; for people, untrusted where the agent is quoted

  static Finding kept(std::string came = {}) { return {Kind::kept, std::move(came)}; }
  static Finding broken(std::string came) { return {Kind::broken, std::move(came)}; }
  static Finding note(std::string came) { return {Kind::note, std::move(came)}; }
  static Finding untestable(std::string why) { return {Kind::untestable, std::move(why)}; }
  static Finding harness(std::string why) { return {Kind::harness, std::move(why)}; }

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// The level that a check of this level and source has against a foreign agent: D and R as written, O at most a SHOULD, X as
/// written (it is only weighed where it is declared).
Level binding_level(Level level, Source source) noexcept;

/// What `finding` amounts to at that level.
Outcome weigh(Finding::Kind finding, Level binding) noexcept;

/// True if an outcome at that level makes the run fail. UNTESTABLE counts at its level; WARN, and what is UNTESTABLE at the
/// level of a SHOULD, only when `strict`.
bool weighs(Outcome outcome, Level binding, bool strict) noexcept;

}  // namespace procedura::conformance
