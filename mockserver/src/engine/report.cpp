#include <procedura/mock/verdict.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace procedura::mock {
namespace {

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

void append_more(std::string& out, std::uint64_t more) {
  if (more > 0) append_line(out, "", fmt::format("... and {} more", more));
}

std::string_view plural(std::uint64_t count) {
  return count == 1 ? "" : "s";
}

}  // namespace

bool Verdict::met() const noexcept {
  return failures.empty() && std::all_of(expectations.begin(), expectations.end(), [](const auto& one) { return one.met; });
}

void add(Verdict& all, Verdict one) {
  const auto append = [](auto& to, auto& from) { std::move(from.begin(), from.end(), std::back_inserter(to)); };
  append(all.expectations, one.expectations);
  append(all.failures, one.failures);
  append(all.notes, one.notes);
  all.more_failures += one.more_failures;
  all.more_notes += one.more_notes;
  all.requests += one.requests;
  all.connections += one.connections;
}

std::string Verdict::report() const {
  const auto unmet = std::count_if(expectations.begin(), expectations.end(), [](const auto& one) { return !one.met; });
  std::string out =
      fmt::format("{} request{} on {} connection{}; ", requests, plural(requests), connections, plural(connections));
  if (expectations.empty()) {
    out += "no expectations";
  } else {
    out += fmt::format("{} of {} expectation{} met", expectations.size() - static_cast<std::size_t>(unmet), expectations.size(),
                       plural(expectations.size()));
  }
  const std::uint64_t failed = failures.size() + more_failures;
  if (failed > 0) out += fmt::format("; {} failure{}", failed, plural(failed));
  out += met() ? ": passed\n" : ": FAILED\n";

  for (const auto& one : expectations) {
    if (one.met) {
      append_line(out, "met", one.name);
    } else {
      append_line(out, "UNMET", fmt::format("{}  ({})\n{}", one.name, one.where, one.detail));
    }
  }
  for (const auto& failure : failures) append_line(out, "FAILED", failure);
  append_more(out, more_failures);
  for (const auto& note : notes) append_line(out, "note", note);
  append_more(out, more_notes);
  return out;
}

}  // namespace procedura::mock
