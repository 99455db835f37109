#pragma once

#include <procedura/conformance/outcome.hpp>
#include <procedura/conformance/registry.hpp>
#include <procedura/conformance/transcript.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace procedura::conformance {

/// What a baseline says of a check (baseline.hpp). People wrote it.
struct Excuse {
  enum class Kind : std::uint8_t { failing, flaky } kind = Kind::failing;
  std::string pattern;  ///< the entry's own: "sync/lifecycle:ack-first", "tls/**"
  std::string reason;
  std::string issue;    ///< empty: none
  std::string expires;  ///< "2026-12-31": the last day on which it counts, in UTC
};

std::string_view to_string(Excuse::Kind kind) noexcept;  ///< "known failing", "known flaky"

struct CheckResult {
  const CheckSpec* check = nullptr;
  Outcome outcome = Outcome::untestable;
  std::string came{};              ///< sealed
  std::optional<Excuse> excuse{};  ///< of a baseline that covers this check and has not expired
  std::optional<Outcome> was{};    ///< what it would be without the baseline, where that is something else

  /// What happened on the wire, whatever the baseline makes of it.
  Outcome bare() const { return was.value_or(outcome); }
};

struct CaseResult {
  const CaseSpec* spec = nullptr;
  std::vector<CheckResult> checks;  ///< all that are declared, in that order
  bool ran = false;
  protocol::Duration took{};
  Transcript transcript;  ///< sealed; each entry with its connection and its time since the case began
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

/// What became of one entry of a baseline.
struct BaselineUse {
  enum class Kind : std::uint8_t {
    used,     ///< it was as the entry says
    stale,    ///< the expected failure did not happen: take the entry out
    expired,  ///< its day is over, and it excuses nothing
    unused,   ///< nothing that it covers was judged in this run
  } kind = Kind::unused;
  Excuse entry;
};

std::string_view to_string(BaselineUse::Kind kind) noexcept;  ///< "used", "stale", "expired", "unused"

/// Everything that a report tells. Nothing in it is secret.
struct RunReport {
  Subject subject = Subject::agent;
  std::string version;        ///< of the suite
  std::string registry_hash;  ///< 16 hex digits: two runs with the same asked the same questions
  std::string profile_hash;   ///< 16 hex digits, of what the profile means: spelling and order do not matter
  std::string started;        ///< UTC, "2026-11-23T15:04:05Z"
  std::string command;        ///< that does this run again
  std::string url;            ///< empty in the client direction
  std::string agent;          ///< or client, as the profile calls it
  /// What the subject says of itself, by name: the `Server` of its handshake, for instance. Sealed, untrusted.
  std::vector<std::pair<std::string, std::string>> told;
  std::uint64_t seed = 0;
  bool strict = false;
  bool reached = false;  ///< a TCP connection was made at least once
  bool out_of_time = false;
  bool interrupted = false;  ///< by a signal: the rest was not reached
  protocol::Duration took{};
  std::vector<CaseResult> cases;  ///< in the registry's order
  Coverage coverage;
  std::vector<BaselineUse> baseline;       ///< each entry of the baselines, in their order
  std::vector<std::string> discrepancies;  ///< between the checks that were declared and those that reported: our own fault

  std::size_t count(Outcome outcome) const;
};

/// Applicable are the clauses that bind `subject`, those of ours alone only where `offering` declares them; judged is one of
/// which at least one check came to a verdict.
Coverage coverage_of(const std::vector<CaseResult>& cases, const Registry& registry, const Offering& offering, Subject subject);

/// What is wrong where the checks that reported are not those that `selected` declares, each once and in order; a sentence
/// each.
std::vector<std::string> discrepancies_of(const std::vector<CaseResult>& cases, const std::vector<const CaseSpec*>& selected);

/// Checks that have something to say for one and the same reason. The pointers are into the report.
struct RootCause {
  struct Hit {
    const CaseResult* result = nullptr;
    const CheckResult* check = nullptr;
  };
  std::string why;                         ///< what came, in the first of them
  std::vector<Hit> hits;                   ///< what was judged; empty where nothing could be
  std::vector<const CaseResult*> blocked;  ///< cases that could not be judged because of it

  /// The worst outcome in it.
  Outcome outcome() const;
};

/// One broken login is not sixty failures: what is FAIL, WARN, HARNESS or UNTESTABLE, by its cause. The worst first,
/// then what keeps the most from being judged.
std::vector<RootCause> root_causes(const RunReport& report);

/// 0 ok; 1 something weighs, the run was cut short, or an entry of a baseline is stale or has expired; 3 nobody there, or
/// nothing that could be run; 70 the suite itself is at fault. 2 (bad usage) is decided before there is a report.
int exit_code(const RunReport& report);

/// Why the process exits with 3 or 70, or with 1 for more than its failures, for people; empty otherwise.
std::string exit_reason(const RunReport& report);

}  // namespace procedura::conformance
