#include "evidence.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>

namespace procedura::conformance {

std::vector<std::string> headline(const RunReport& report) {
  const Coverage& coverage = report.coverage;
  std::string first = fmt::format("{} of {} applicable clauses judged", coverage.judged, coverage.applicable);
  if (coverage.gaps.empty()) {
    return {first};
  }
  std::vector<std::string> lines = {fmt::format("{}; {} not, because", first, coverage.applicable - coverage.judged)};
  for (const auto& [why, clauses] : coverage.gaps) {
    lines.push_back(fmt::format("  {}: {}", protocol::printable(why), fmt::join(clauses, ", ")));
  }
  return lines;
}

std::vector<std::string> identity(const RunReport& report) {
  const std::string at = report.url.empty() ? "" : " at " + report.url;
  std::vector<std::string> lines = {fmt::format("{}{}, suite {}, seed {}", protocol::printable(report.agent),
                                                protocol::printable(at), report.version, report.seed)};
  if (!report.registry_hash.empty()) {
    lines.push_back(fmt::format("registry {}, profile {}{}", report.registry_hash, report.profile_hash,
                                report.started.empty() ? "" : ", begun " + report.started));
  }
  for (const auto& [name, value] : report.told) {
    lines.push_back(fmt::format("it calls itself {}: {}", protocol::printable(name), protocol::printable(value)));
  }
  return lines;
}

std::string excuse_line(const Excuse& excuse) {
  return protocol::printable(fmt::format("{}: {}{}, until {}", to_string(excuse.kind), excuse.reason,
                                         excuse.issue.empty() ? "" : " (" + excuse.issue + ")", excuse.expires));
}

std::string news_of(const BaselineUse& use) {
  switch (use.kind) {
    case BaselineUse::Kind::stale:
      return fmt::format("stale: {} was to fail and did not; take it out of the baseline ({})",
                         protocol::printable(use.entry.pattern), excuse_line(use.entry));
    case BaselineUse::Kind::expired:
      return fmt::format("expired: {} excuses nothing any more; mend it, renew it or take it out ({})",
                         protocol::printable(use.entry.pattern), excuse_line(use.entry));
    case BaselineUse::Kind::used:
    case BaselineUse::Kind::unused:
      break;
  }
  return {};
}

std::string verdict_line(const CheckResult& result) {
  return fmt::format("{} {} ({}, {})", to_string(result.outcome), result.check->clause, to_string(result.check->binding()),
                     to_string(result.check->source));
}

std::vector<std::string> transcript_lines(const Transcript& transcript) {
  constexpr std::size_t head = 40;
  constexpr std::size_t tail = 40;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < transcript.size(); ++i) {
    if (i == head && transcript.size() > head + tail) {
      lines.push_back(fmt::format("   ... {} more ...", transcript.size() - head - tail));
      i = transcript.size() - tail;
    }
    const Entry& entry = transcript[i];
    lines.push_back(fmt::format("#{} {:+.3f} s {} {}", entry.connection, std::chrono::duration<double>(entry.at).count(),
                                direction(entry.kind), protocol::printable(entry.text)));
  }
  return lines;
}

std::string totals(const RunReport& report) {
  constexpr std::array all = {Outcome::pass,           Outcome::fail,           Outcome::warn,    Outcome::info,
                              Outcome::untestable,     Outcome::not_applicable, Outcome::harness, Outcome::expected_failure,
                              Outcome::unexpected_pass};
  std::string out;
  for (const Outcome outcome : all) {
    if (const auto count = report.count(outcome); count != 0) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, to_string(outcome));
    }
  }
  return out;
}

}  // namespace procedura::conformance
