#include "evidence.hpp"

#include <procedura/conformance/render.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace procedura::conformance {
namespace {

using protocol::printable;

std::string_view colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "\x1b[32m";
    case Outcome::fail:
    case Outcome::harness:
    case Outcome::unexpected_pass:
      return "\x1b[1;31m";
    case Outcome::warn:
    case Outcome::untestable:
      return "\x1b[33m";
    case Outcome::info:
    case Outcome::not_applicable:
    case Outcome::expected_failure:
      break;
  }
  return "\x1b[2m";
}

class Text {
 public:
  Text(const RunReport& report, bool colour, bool verbose) : report_{report}, colour_{colour}, verbose_{verbose} {}

  std::string run() {
    header();
    for (const CaseResult& result : report_.cases) {
      line(result);
    }
    for (const CaseResult& result : report_.cases) {
      evidence(result);
    }
    common_causes();
    footer();
    return std::move(out_);
  }

 private:
  std::string painted(Outcome outcome, std::string_view text) const {
    return colour_ ? fmt::format("{}{}\x1b[0m", colour_of(outcome), text) : std::string{text};
  }

  void header() {
    for (const std::string& line : headline(report_)) {
      out_ += line + "\n";
    }
    const std::string where = report_.url.empty() ? "" : " at " + printable(report_.url);
    out_ += fmt::format("\n{}{}, suite {}, seed {}\n\n", printable(report_.agent), where, report_.version, report_.seed);
  }

  /// What a case came to is what is worst in it.
  static Outcome worst(const CaseResult& result) {
    for (const Outcome outcome :
         {Outcome::harness, Outcome::fail, Outcome::untestable, Outcome::warn, Outcome::pass, Outcome::info}) {
      if (result.any(outcome)) {
        return outcome;
      }
    }
    return Outcome::not_applicable;
  }

  void line(const CaseResult& result) {
    const Outcome outcome = worst(result);
    out_ += painted(outcome, fmt::format("{:<10}", to_string(outcome))) +
            fmt::format("  {:<30}  {}", result.spec->id, result.spec->title);
    out_ += result.ran ? fmt::format("  ({:.2f} s)\n", std::chrono::duration<double>(result.took).count()) : "\n";
    for (const CheckResult& check : result.checks) {
      if (verbose_ || (check.outcome == Outcome::info && !check.came.empty())) {
        out_ += fmt::format("            {} {}{}{}\n", painted(check.outcome, to_string(check.outcome)), check.check->slug,
                            check.came.empty() ? "" : ": ", printable(check.came));
      }
    }
  }

  static bool has_evidence(const CheckResult& check) {
    return check.outcome == Outcome::fail || check.outcome == Outcome::warn || check.outcome == Outcome::harness;
  }

  void evidence(const CaseResult& result) {
    const auto shown = [&result](const CheckResult& check) {
      return has_evidence(check) || (check.outcome == Outcome::untestable && result.ran);
    };
    if (std::none_of(result.checks.begin(), result.checks.end(), shown)) {
      return;
    }
    for (const CheckResult& check : result.checks) {
      if (shown(check)) {
        out_ += "\n" + painted(check.outcome, verdict_line(check)) + "  " + full_id(*result.spec, *check.check) + "\n";
        out_ += fmt::format("  clause   {}\n", check.check->of().sentence);
        out_ += fmt::format("  allowed  {}\n", check.check->allowed);
        out_ += fmt::format("  {}  {}\n", check.outcome == Outcome::untestable ? "because" : "came   ", printable(check.came));
      }
    }
    out_ += "  what was said\n";
    for (const std::string& line : transcript_lines(result.transcript)) {
      out_ += "    " + line + "\n";
    }
    out_ += "  again    " + printable(result.rerun) + "\n";
  }

  /// One broken login is not sixty failures.
  void common_causes() {
    std::map<std::string, std::vector<std::string_view>> by_cause;
    for (const CaseResult& result : report_.cases) {
      if (!result.ran && result.any(Outcome::untestable)) {
        const auto found = std::find_if(result.checks.begin(), result.checks.end(),
                                        [](const CheckResult& check) { return check.outcome == Outcome::untestable; });
        by_cause[found->came].push_back(result.spec->id);
      }
    }
    for (const auto& [cause, cases] : by_cause) {
      out_ += fmt::format("\n{} {} case{}: {}\n  {}\n", painted(Outcome::untestable, "UNTESTABLE"), cases.size(),
                          cases.size() == 1 ? "" : "s", printable(cause), fmt::join(cases, ", "));
    }
  }

  void footer() {
    out_ += fmt::format("\n{} in {:.1f} s\n", totals(report_), std::chrono::duration<double>(report_.took).count());
    if (const std::string reason = exit_reason(report_); !reason.empty()) {
      out_ += painted(Outcome::fail, printable(reason)) + "\n";
    }
  }

  const RunReport& report_;
  bool colour_;
  bool verbose_;
  std::string out_;
};

}  // namespace

std::string render_text(const RunReport& report, bool colour, bool verbose) {
  return Text{report, colour, verbose}.run();
}

}  // namespace procedura::conformance
