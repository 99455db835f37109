#pragma once

#include <procedura/conformance/outcome.hpp>
#include <procedura/conformance/registry.hpp>
#include <procedura/conformance/transcript.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance {

struct CheckResult {
  const CheckSpec* check = nullptr;
  Outcome outcome = Outcome::untestable;
  std::string came;  ///< sealed
};

struct CaseResult {
  const CaseSpec* spec = nullptr;
  std::vector<CheckResult> checks;  ///< all that are declared, in that order
  bool ran = false;
  protocol::Duration took{};
  Transcript transcript;  ///< sealed
  std::string rerun;      ///< one command that does this case again

  bool any(Outcome outcome) const;
};

/// Which of the applicable clauses were judged, and why the others were not.
struct Coverage {
  std::size_t applicable = 0;
  std::size_t judged = 0;
  struct Gap {
    std::string why;
    std::vector<std::string_view> clauses;
  };
  std::vector<Gap> gaps;
};

/// Everything that a report tells. Nothing in it is secret.
struct RunReport {
  Subject subject = Subject::agent;
  std::string version;  ///< of the suite
  std::string url;
  std::string agent;  ///< or client, as the profile calls it
  std::uint64_t seed = 0;
  bool strict = false;
  bool reached = false;  ///< a TCP connection was made at least once
  bool out_of_time = false;
  protocol::Duration took{};
  std::vector<CaseResult> cases;  ///< in the registry's order
  Coverage coverage;

  std::size_t count(Outcome outcome) const;
};

/// Applicable are the clauses that bind `subject`, those of ours alone only where `offering` declares them; judged is one of
/// which at least one check came to a verdict.
Coverage coverage_of(const std::vector<CaseResult>& cases, const Registry& registry, const Offering& offering, Subject subject);

/// 0 ok; 1 something weighs; 3 nobody there, or nothing that could be run; 70 the suite itself is at fault. 2 (bad usage) is
/// decided before there is a report.
int exit_code(const RunReport& report);

/// Why the process exits with 3 or 70, for people; empty otherwise.
std::string exit_reason(const RunReport& report);

}  // namespace procedura::conformance
