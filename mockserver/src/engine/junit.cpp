#include "engine/junit.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace procedura::mock::engine {
namespace {

enum class Where : std::uint8_t { attribute, text };

/// XML 1.0 section 2.2: most control characters cannot be in a document, not even as a reference.
std::string xml(std::string_view text, Where in = Where::attribute) {
  std::string out;
  const std::string shown = protocol::printable(text, true);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
      case '\t':
        // As they are, they would become spaces in an attribute.
        out += in == Where::text ? std::string{c} : c == '\n' ? "&#10;" : "&#9;";
        break;
      case '\xEF':
        if (shown.compare(i, 3, "\xEF\xBF\xBE") == 0 || shown.compare(i, 3, "\xEF\xBF\xBF") == 0) {
          out += shown[i + 2] == '\xBE' ? "\\ufffe" : "\\uffff";
          i += 2;
          break;
        }
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

struct Case {
  std::string name;
  std::string attributes;
  std::string type;  // of its failure; empty: it passed
  std::string message;
  std::string detail;
};

/// `file:line:col`, from behind: a file's name may have colons in it.
std::string place(std::string_view where) {
  const auto column = where.rfind(':');
  if (column == std::string_view::npos || column == 0) return {};
  const auto line = where.rfind(':', column - 1);
  if (line == std::string_view::npos) return {};
  return fmt::format(" file=\"{}\" line=\"{}\"", xml(where.substr(0, line)), xml(where.substr(line + 1, column - line - 1)));
}

std::string seconds(std::int64_t nanoseconds) {
  return fmt::format("{:.3f}", static_cast<double>(nanoseconds) / 1e9);
}

std::string lines(const std::vector<std::string>& texts, std::uint64_t more) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : "\n") + text;
  if (more > 0) all += fmt::format("\n... and {} more", more);
  return all;
}

Case rule(std::string name, std::string type, const std::vector<std::string>& texts, std::uint64_t more) {
  if (texts.empty()) return {std::move(name), "", "", "", ""};
  const auto first = texts.front().substr(0, texts.front().find('\n'));
  return {std::move(name), "", std::move(type), first, lines(texts, more)};
}

std::vector<Case> cases_of(const Verdict& verdict) {
  std::vector<Case> cases;
  for (const auto& one : verdict.expectations) {
    const std::string attributes =
        place(one.where) + fmt::format(" time=\"{}\"", seconds(one.met ? one.met_after_ns.value_or(0) : 0));
    if (one.met) {
      cases.push_back({one.name, attributes, "", "", ""});
    } else {
      cases.push_back({one.name, attributes, "unmet", one.detail.substr(0, one.detail.find('\n')),
                       fmt::format("{}\n{}", one.where, one.detail)});
    }
  }
  cases.push_back(rule("nothing unexpected", "failure", verdict.failures, verdict.more_failures));
  if (verdict.strict) cases.push_back(rule("clients kept the protocol", "broken", verdict.broken, verdict.more_broken));
  if (verdict.deadline_passed) {
    const bool met = verdict.all_expectations_met();
    cases.push_back(
        {"done by the deadline", "", met ? "" : "deadline", "the deadline passed before the expectations were met", ""});
  }
  return cases;
}

void append_case(std::string& out, const Case& one, std::string_view class_name) {
  fmt::format_to(std::back_inserter(out), "    <testcase classname=\"{}\" name=\"{}\"{}", xml(class_name), xml(one.name),
                 one.attributes);
  if (one.type.empty()) {
    out += "/>\n";
    return;
  }
  fmt::format_to(std::back_inserter(out), ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
                 one.type, xml(one.message), xml(one.detail, Where::text));
}

}  // namespace

std::string junit_xml(std::span<const std::pair<std::string, Verdict>> partitions, const JunitRun& run) {
  std::string suites;
  std::size_t tests = 0;
  std::size_t failures = 0;
  const std::string took = seconds(run.took.count());
  for (const auto& [partition, verdict] : partitions) {
    const auto cases = cases_of(verdict);
    const auto failed =
        static_cast<std::size_t>(std::count_if(cases.begin(), cases.end(), [](const Case& one) { return !one.type.empty(); }));
    tests += cases.size();
    failures += failed;
    fmt::format_to(std::back_inserter(suites),
                   "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{}\">\n"
                   "    <properties>\n      <property name=\"repeat\" value=\"{}\"/>\n    </properties>\n",
                   xml(partition), cases.size(), failed, took, xml(run.repeat));
    for (const auto& one : cases) append_case(suites, one, run.name);
    fmt::format_to(std::back_inserter(suites), "    <system-out>{}</system-out>\n  </testsuite>\n",
                   xml(verdict.report(), Where::text));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{}\">\n{}</testsuites>\n",
      xml(run.name), tests, failures, took, suites);
}

}  // namespace procedura::mock::engine
