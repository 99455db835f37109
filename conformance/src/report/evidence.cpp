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
  constexpr std::array all = {Outcome::pass,       Outcome::fail,           Outcome::warn,   Outcome::info,
                              Outcome::untestable, Outcome::not_applicable, Outcome::harness};
  std::string out;
  for (const Outcome outcome : all) {
    if (const auto count = report.count(outcome); count != 0) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, to_string(outcome));
    }
  }
  return out;
}

}  // namespace procedura::conformance
