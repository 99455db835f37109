#include "evidence.hpp"
#include "markup.hpp"

#include <procedura/conformance/render.hpp>

#include <fmt/format.h>

#include <map>

namespace procedura::conformance {
namespace {

double seconds(protocol::Duration time) {
  return std::chrono::duration<double>(time).count();
}

std::string evidence(const CaseResult& result, const CheckResult& check) {
  std::string out = fmt::format("clause: {} {}\nallowed: {}\ncame: {}\n", check.check->clause, check.check->of().sentence,
                                check.check->allowed, check.came);
  if (check.excuse) {
    out += excuse_line(*check.excuse) + "\n";
  }
  out += "\n";
  for (const std::string& line : transcript_lines(result.transcript)) {
    out += line + "\n";
  }
  return out + "\nagain: " + result.rerun + "\n";
}

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;

  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
  }
  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", tests, failures, errors, skipped);
  }
};

struct Area {
  Counts counts;
  double time = 0;
  std::string cases;
};

void add_check(Area& area, const CaseResult& result, const CheckResult& check, bool strict) {
  area.counts.tests += 1;
  // A case is timed as a whole: its first check carries that, or the sum would be too big.
  const double time = &check == result.checks.data() ? seconds(result.took) : 0;
  area.cases +=
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", result.spec->id, check.check->slug, time);
  const std::string excuse = check.excuse ? " [" + excuse_line(*check.excuse) + "]" : "";
  const std::string message = markup_attribute(verdict_line(check) + ": " + check.came + excuse);
  if (check.outcome == Outcome::harness) {
    area.counts.errors += 1;
    area.cases += fmt::format(">\n      <error message=\"{}\">{}</error>\n    </testcase>\n", message,
                              markup_attribute(evidence(result, check)));
  } else if (weighs(check.outcome, check.check->binding(), strict)) {
    area.counts.failures += 1;
    area.cases += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", message,
                              markup_attribute(evidence(result, check)));
  } else if (check.outcome == Outcome::not_applicable || check.outcome == Outcome::untestable ||
             check.outcome == Outcome::expected_failure) {
    area.counts.skipped += 1;
    area.cases += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", message);
  } else if (check.outcome != Outcome::pass) {
    area.cases += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", message);
  } else {
    area.cases += "/>\n";
  }
}

/// What makes the run fail without being a check, so that a server which reads this file alone is no greener than the exit
/// code.
Area of_the_run(const RunReport& report) {
  Area area;
  const auto add = [&area](std::string_view kind, std::string_view name, const std::string& message) {
    area.counts.tests += 1;
    (kind == "error" ? area.counts.errors : area.counts.failures) += 1;
    area.cases += fmt::format(
        "    <testcase classname=\"run\" name=\"{0}\" time=\"0.000\">\n      <{1} message=\"{2}\"/>\n    </testcase>\n",
        markup_attribute(name), kind, markup_attribute(message));
  };
  for (const BaselineUse& use : report.baseline) {
    if (const std::string news = news_of(use); !news.empty()) {
      add("failure", "baseline " + use.entry.pattern, news);
    }
  }
  for (const std::string& discrepancy : report.discrepancies) {
    add("error", "complete", discrepancy);
  }
  if (report.discrepancies.empty()) {
    if (const std::string reason = exit_reason(report); !reason.empty() && report.count(Outcome::harness) == 0) {
      add("failure", "complete", reason);
    }
  }
  return area;
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", markup_attribute(name), markup_attribute(value));
}

}  // namespace

std::string render_junit(const RunReport& report) {
  std::map<std::string_view, Area> areas;
  for (const CaseResult& result : report.cases) {
    Area& area = areas[result.spec->id.substr(0, result.spec->id.find('/'))];
    area.time += seconds(result.took);
    for (const CheckResult& check : result.checks) {
      add_check(area, result, check, report.strict);
    }
  }
  std::string judged;
  for (const std::string& line : headline(report)) {
    judged += line + "\n";
  }
  std::string properties = "    <properties>\n" + property("agent", report.agent) + property("url", report.url) +
                           property("seed", std::to_string(report.seed)) + property("suite", report.version) +
                           property("registry", report.registry_hash) + property("profile", report.profile_hash) +
                           property("judged", judged);
  for (const auto& [name, value] : report.told) {
    properties += property("told." + name, value);
  }
  properties += "    </properties>\n";
  Counts all;
  std::string body;
  const auto add_suite = [&](std::string_view name, const Area& area) {
    all.add(area.counts);
    body +=
        fmt::format("  <testsuite name=\"{}\" {}{} time=\"{:.3f}\">\n{}{}  </testsuite>\n", name, area.counts.attributes(),
                    report.started.empty() ? "" : " timestamp=\"" + report.started + "\"", area.time, properties, area.cases);
  };
  for (const auto& [name, area] : areas) {
    add_suite(name, area);
  }
  if (const Area run = of_the_run(report); run.counts.tests != 0) {
    add_suite("run", run);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"procedura-conformance\" {} time=\"{:.3f}\">\n{}"
      "</testsuites>\n",
      all.attributes(), seconds(report.took), body);
}

}  // namespace procedura::conformance
