#include <procedura/conformance/results.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace procedura::conformance {
namespace {

int badness(const Results::Check& check) {
  if (check.bare == "UNTESTABLE") {
    return check.level == "MAY" ? 0 : 2;
  }
  return check.bare == "WARN" ? 1 : check.bare == "FAIL" ? 3 : check.bare == "HARNESS" ? 4 : 0;
}

void add(Comparison& comparison, const std::string& id, const Results::Check& before, const Results::Check& now) {
  const int worse = badness(now) - badness(before);
  const bool other_na = (before.bare == "N/A") != (now.bare == "N/A");
  if (!other_na && worse == 0) {
    comparison.same += 1;
    return;
  }
  comparison.changes.push_back({other_na    ? Change::Kind::applicability
                                : worse > 0 ? Change::Kind::regression
                                            : Change::Kind::fix,
                                id, before, now});
}

void caveat(Comparison& comparison, std::string_view what, const std::string& before, const std::string& now) {
  if (before != now) {
    comparison.caveats.push_back(fmt::format("{}: {}, then {}", what, before, now));
  }
}

}  // namespace

std::string_view to_string(Change::Kind kind) noexcept {
  switch (kind) {
    case Change::Kind::regression:
      return "regression";
    case Change::Kind::fix:
      return "fix";
    case Change::Kind::applicability:
      return "N/A";
    case Change::Kind::appeared:
      return "new";
    case Change::Kind::gone:
      break;
  }
  return "gone";
}

bool Comparison::regressed() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.kind == Change::Kind::regression; });
}

Comparison compare(const Results& before, const Results& now) {
  Comparison comparison;
  caveat(comparison, "who was judged", before.agent, now.agent);
  caveat(comparison, "suite", before.suite, now.suite);
  caveat(comparison, "registry (other questions were asked)", before.registry_hash, now.registry_hash);
  caveat(comparison, "profile (other answers were expected)", before.profile_hash, now.profile_hash);
  for (const auto& [id, check] : before.checks) {
    if (const auto found = now.checks.find(id); found != now.checks.end()) {
      add(comparison, id, check, found->second);
    } else {
      comparison.changes.push_back({Change::Kind::gone, id, check, {}});
    }
  }
  for (const auto& [id, check] : now.checks) {
    if (!before.checks.contains(id)) {
      comparison.changes.push_back({Change::Kind::appeared, id, {}, check});
    }
  }
  std::stable_sort(comparison.changes.begin(), comparison.changes.end(),
                   [](const Change& a, const Change& b) { return a.kind < b.kind; });
  return comparison;
}

std::string render_text(const Comparison& comparison, bool colour) {
  using protocol::printable;
  std::string out;
  for (const std::string& line : comparison.caveats) {
    out += "differs in " + printable(line) + "\n";
  }
  out += out.empty() ? "" : "\n";
  const auto painted = [colour](Change::Kind kind) {
    const std::string word = fmt::format("{:<10}", to_string(kind));
    const std::string_view paint = kind == Change::Kind::regression ? "\x1b[1;31m"
                                   : kind == Change::Kind::fix      ? "\x1b[32m"
                                                                    : "";
    return colour && !paint.empty() ? fmt::format("{}{}\x1b[0m", paint, word) : word;
  };
  std::array<std::size_t, 5> counts{};
  for (const Change& change : comparison.changes) {
    counts.at(static_cast<std::size_t>(change.kind)) += 1;
    const Results::Check& shown = change.kind == Change::Kind::gone ? change.before : change.now;
    const std::string from = change.kind == Change::Kind::appeared ? "" : change.before.bare;
    const std::string to = change.kind == Change::Kind::gone ? "" : change.now.bare;
    out += fmt::format("{}  {}  {} ({})  {}{}{}\n", painted(change.kind), printable(change.id), printable(shown.clause),
                       printable(shown.level), from, from.empty() || to.empty() ? "" : " -> ", to);
    if (change.kind == Change::Kind::regression && !change.now.came.empty()) {
      out += "            came " + printable(change.now.came) + "\n";
    }
  }
  out += comparison.changes.empty() ? "" : "\n";
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    out += fmt::format("{} {}, ", counts.at(kind), to_string(static_cast<Change::Kind>(kind)));
  }
  return out + fmt::format("{} the same\n", comparison.same);
}

}  // namespace procedura::conformance
