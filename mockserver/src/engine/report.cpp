#include "engine/duration_text.hpp"

#include <procedura/mock/verdict.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock {
namespace {

constexpr std::size_t kept_texts = 100;  // of all partitions together

// Names, commands and found values come from files and peers: they may hold anything.
void append_line(std::string& out, std::string_view label, std::string_view text) {
  out += fmt::format("  {:<8}", label);
  for (std::size_t from = 0; from <= text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    if (from > 0) out += "\n          ";
    out += protocol::printable(text.substr(from, end - from));
    from = end + 1;
  }
  out += '\n';
}

void append_all(std::string& out, std::string_view label, const std::vector<std::string>& texts, std::uint64_t more) {
  for (const auto& text : texts) append_line(out, label, text);
  if (more > 0) append_line(out, "", fmt::format("... and {} more", more));
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// The first partition's texts must not crowd out the others' numbers.
void append(std::vector<std::string>& to, std::uint64_t& more, std::vector<std::string>& from, std::uint64_t more_from) {
  more += more_from;
  for (auto& text : from) {
    if (to.size() < kept_texts) {
      to.push_back(std::move(text));
    } else {
      ++more;
    }
  }
}

std::string summary_of(const LatenessSummary& lateness) {
  const auto text = [](std::int64_t nanoseconds) { return engine::duration_text(engine::Duration{nanoseconds}); };
  std::string line = fmt::format("{} left late by p50 {}, p90 {}, p99 {}, p99.9 {}, at most {}",
                                 counted(lateness.count, "scheduled frame"), text(lateness.p50_ns), text(lateness.p90_ns),
                                 text(lateness.p99_ns), text(lateness.p999_ns), text(lateness.max_ns));
  if (lateness.unmeasured > 0) line += fmt::format("; {} could not be measured", lateness.unmeasured);
  return line;
}

}  // namespace

bool Verdict::all_expectations_met() const noexcept {
  return std::all_of(expectations.begin(), expectations.end(), [](const auto& one) { return one.met; });
}

bool Verdict::met() const noexcept {
  return failures.empty() && all_expectations_met() && !(strict && !broken.empty());
}

void add(Verdict& all, Verdict one) {
  for (auto& judged : one.expectations) all.expectations.push_back(std::move(judged));
  append(all.failures, all.more_failures, one.failures, one.more_failures);
  append(all.broken, all.more_broken, one.broken, one.more_broken);
  append(all.notes, all.more_notes, one.notes, one.more_notes);
  all.requests += one.requests;
  all.connections += one.connections;
  all.strict = all.strict || one.strict;
  all.deadline_passed = all.deadline_passed || one.deadline_passed;
  all.lateness = one.lateness;
  all.journal_recorded = one.journal_recorded;
  all.journal_dropped = one.journal_dropped;
}

std::string Verdict::report() const {
  const auto unmet = std::count_if(expectations.begin(), expectations.end(), [](const auto& one) { return !one.met; });
  std::string out = fmt::format("{} on {}; ", counted(requests, "request"), counted(connections, "connection"));
  if (expectations.empty()) {
    out += "no expectations";
  } else {
    out += fmt::format("{} of {} met", expectations.size() - static_cast<std::size_t>(unmet),
                       counted(expectations.size(), "expectation"));
  }
  if (const auto failed = failures.size() + more_failures; failed > 0) out += "; " + counted(failed, "failure");
  if (const auto times = broken.size() + more_broken; times > 0) {
    out += fmt::format("; clients broke the protocol {}", counted(times, "time"));
  }
  if (deadline_passed) out += "; the deadline passed";
  out += met() ? ": passed\n" : ": FAILED\n";

  for (const auto& one : expectations) {
    const std::string name = one.partition == "default" ? one.name : fmt::format("{} [{}]", one.name, one.partition);
    if (one.met) {
      append_line(out, "met", name);
    } else {
      append_line(out, "UNMET", fmt::format("{}  ({})\n{}", name, one.where, one.detail));
    }
  }
  append_all(out, "FAILED", failures, more_failures);
  append_all(out, strict ? "BROKEN" : "broken", broken, more_broken);
  append_all(out, "note", notes, more_notes);
  if (lateness.count > 0 || lateness.unmeasured > 0) append_line(out, "timing", summary_of(lateness));
  if (journal_dropped > 0) {
    append_line(
        out, "journal",
        fmt::format("the first {} of {} were dropped from memory", journal_dropped, counted(journal_recorded, "event")));
  }
  return out;
}

}  // namespace procedura::mock
