#include "evidence.hpp"
#include "wrap.hpp"

#include <procedura/conformance/render.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

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
  Text(const RunReport& report, const TextStyle& style) : report_{report}, style_{style} {}

  std::string run() {
    header();
    for (const CaseResult& result : report_.cases) {
      line(result);
    }
    for (const RootCause& cause : root_causes(report_)) {
      out_ += "\n";
      describe(cause);
    }
    known_failures();
    footer();
    return std::move(out_);
  }

 private:
  std::string painted(Outcome outcome, std::string_view text) const {
    return style_.colour ? fmt::format("{}{}\x1b[0m", colour_of(outcome), text) : std::string{text};
  }

  /// Prose: wrapped, with what follows the first line moved in.
  void prose(const std::string& text, std::size_t hang) { out_ += wrapped(text, style_.columns, hang) + "\n"; }

  void header() {
    for (const std::string& line : headline(report_)) {
      prose(line, 4);
    }
    out_ += "\n";
    for (const std::string& line : identity(report_)) {
      prose(line, 2);
    }
    out_ += "\n";
  }

  /// What a case came to is what is worst in it.
  static Outcome worst(const CaseResult& result) {
    for (const Outcome outcome : {Outcome::harness, Outcome::fail, Outcome::unexpected_pass, Outcome::untestable, Outcome::warn,
                                  Outcome::expected_failure, Outcome::pass, Outcome::info}) {
      if (result.any(outcome)) {
        return outcome;
      }
    }
    return Outcome::not_applicable;
  }

  void line(const CaseResult& result) {
    const Outcome outcome = worst(result);
    const std::string took =
        result.ran ? fmt::format("  ({:.2f} s)", std::chrono::duration<double>(result.took).count()) : std::string{};
    const std::string text = fmt::format("{:<10}  {:<30}  {}{}", to_string(outcome), result.spec->id, result.spec->title, took);
    // Painted after it was wrapped: a colour has no width.
    out_ += painted(outcome, to_string(outcome)) + wrapped(text, style_.columns, 12).substr(to_string(outcome).size()) + "\n";
    for (const CheckResult& check : result.checks) {
      if (style_.verbose || (check.outcome == Outcome::info && !check.came.empty())) {
        out_ += fmt::format("            {} {}{}{}\n", painted(check.outcome, to_string(check.outcome)), check.check->slug,
                            check.came.empty() ? "" : ": ", printable(check.came));
      }
    }
  }

  void describe(const RootCause& cause) {
    if (!cause.hits.empty()) {
      const CaseResult& shown = *cause.hits.front().result;
      verdicts(cause, shown);
      evidence(shown);
      elsewhere(cause, shown);
    }
    blocked(cause);
  }

  /// The checks of one case that this cause has turned red.
  void verdicts(const RootCause& cause, const CaseResult& shown) {
    for (const auto& [result, check] : cause.hits) {
      if (result != &shown) {
        continue;
      }
      out_ += fmt::format("{}  {}\n", painted(check->outcome, verdict_line(*check)), full_id(*result->spec, *check->check));
      field("clause", check->check->of().sentence);
      field("allowed", check->check->allowed);
      field(check->bare() == Outcome::untestable ? "because" : "came", printable(check->came));
      if (check->excuse) {
        field("known", excuse_line(*check->excuse));
      }
    }
  }

  void field(std::string_view name, std::string_view text) { prose(fmt::format("  {:<7}  {}", name, text), 11); }

  /// Once for each case, however many causes meet in it.
  void evidence(const CaseResult& shown) {
    if (!told_.insert(&shown).second) {
      out_ += fmt::format("  what was said in {} is above\n", shown.spec->id);
      return;
    }
    paragraph("what was said", transcript_lines(shown.transcript));
    out_ += "  again    " + printable(shown.rerun) + "\n";
    paragraph("by hand, in bash (put in what <redacted> hides)", by_hand(report_, shown));
  }

  void paragraph(std::string_view title, const std::vector<std::string>& lines) {
    if (!lines.empty()) {
      out_ += fmt::format("  {}\n", title);
    }
    for (const std::string& line : lines) {
      out_ += "    " + line + "\n";
    }
  }

  void elsewhere(const RootCause& cause, const CaseResult& shown) {
    std::vector<std::string> lines;
    for (const auto& [result, check] : cause.hits) {
      if (result != &shown) {
        lines.push_back(painted(check->outcome, verdict_line(*check)) + "  " + full_id(*result->spec, *check->check));
      }
    }
    paragraph(fmt::format("the same in {} more", lines.size()), lines);
  }

  void blocked(const RootCause& cause) {
    if (cause.blocked.empty()) {
      return;
    }
    std::vector<std::string_view> ids;
    for (const CaseResult* result : cause.blocked) {
      ids.push_back(result->spec->id);
    }
    const std::string cases = fmt::format("{} case{}", ids.size(), ids.size() == 1 ? "" : "s");
    if (cause.hits.empty()) {
      out_ += fmt::format("{} {}: {}\n", painted(Outcome::untestable, "UNTESTABLE"), cases, printable(cause.why));
    } else {
      out_ += fmt::format("  {} not judged because of it\n", cases);
    }
    const std::string indent = cause.hits.empty() ? "  " : "    ";
    prose(indent + fmt::format("{}", fmt::join(ids, ", ")), indent.size());
  }

  /// What the baseline covers, and what has become of its entries.
  void known_failures() {
    std::string lines;
    for (const CaseResult& result : report_.cases) {
      for (const CheckResult& check : result.checks) {
        if (check.outcome == Outcome::expected_failure) {
          lines += wrapped(fmt::format("  {}, would be {}: {}", full_id(*result.spec, *check.check), to_string(check.bare()),
                                       excuse_line(*check.excuse)),
                           style_.columns, 4) +
                   "\n";
        }
      }
    }
    if (!lines.empty()) {
      out_ += "\n" + painted(Outcome::expected_failure, "XFAIL") + ", as the baseline says\n" + lines;
    }
    lines.clear();
    for (const BaselineUse& use : report_.baseline) {
      if (const std::string news = news_of(use); !news.empty()) {
        lines += wrapped("  " + news, style_.columns, 4) + "\n";
      }
    }
    if (!lines.empty()) {
      out_ += "\n" + painted(Outcome::unexpected_pass, "the baseline no longer holds") + "\n" + lines;
    }
  }

  void footer() {
    out_ += "\n";
    prose(fmt::format("{} in {:.1f} s", totals(report_), std::chrono::duration<double>(report_.took).count()), 2);
    if (const std::string reason = exit_reason(report_); !reason.empty()) {
      out_ += painted(Outcome::fail, printable(reason)) + "\n";
    }
  }

  const RunReport& report_;
  const TextStyle& style_;
  std::set<const CaseResult*> told_;
  std::string out_;
};

}  // namespace

std::string render_text(const RunReport& report, const TextStyle& style) {
  return Text{report, style}.run();
}

}  // namespace procedura::conformance
