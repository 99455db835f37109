#include <procedura/conformance/baseline.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

bool failed(Outcome outcome) {
  return outcome == Outcome::fail || outcome == Outcome::warn || outcome == Outcome::untestable;
}

bool held(Outcome outcome) {
  return outcome == Outcome::pass || outcome == Outcome::info;
}

/// Says nothing of the subject: neither that it failed nor that it did not.
bool was_told(const CheckResult& check) {
  constexpr std::string_view cut_short = "not reached";
  return held(check.outcome) || (failed(check.outcome) && check.came.substr(0, cut_short.size()) != cut_short);
}

class Weighing {
 public:
  Weighing(const BaselineEntry& entry, RunReport& report) : entry_{entry}, report_{report} {}

  BaselineUse::Kind apply() {
    for (CaseResult& result : report_.cases) {
      std::vector<CheckResult*> covered;
      for (CheckResult& check : result.checks) {
        if (was_told(check) && entry_.covers(*result.spec, *check.check)) {
          covered.push_back(&check);
        }
      }
      weigh(covered);
    }
    return kind_;
  }

 private:
  void weigh(const std::vector<CheckResult*>& covered) {
    const bool any_failed =
        std::any_of(covered.begin(), covered.end(), [](const CheckResult* check) { return failed(check->outcome); });
    for (CheckResult* check : covered) {
      note(BaselineUse::Kind::used);
      if (failed(check->outcome)) {
        put(*check, Outcome::expected_failure);
      } else if (entry_.excuse.kind == Excuse::Kind::flaky) {
        check->excuse = entry_.excuse;
      } else if (!entry_.whole_case || !any_failed) {
        put(*check, Outcome::unexpected_pass);
        note(BaselineUse::Kind::stale);
      }
    }
  }

  void put(CheckResult& check, Outcome outcome) {
    check.was = check.outcome;
    check.outcome = outcome;
    check.excuse = entry_.excuse;
  }

  void note(BaselineUse::Kind kind) {
    if (kind_ != BaselineUse::Kind::stale) {
      kind_ = kind;
    }
  }

  const BaselineEntry& entry_;
  RunReport& report_;
  BaselineUse::Kind kind_ = BaselineUse::Kind::unused;
};

}  // namespace

bool BaselineEntry::covers(const CaseSpec& spec, const CheckSpec& check) const {
  const std::string_view pattern = excuse.pattern;
  if (!matches(pattern, spec.id)) {
    return false;
  }
  const auto colon = pattern.find(':');
  return colon == std::string_view::npos || matches(pattern.substr(colon + 1), check.slug);
}

std::vector<std::string> overlaps(const Baseline& baseline, const Registry& registry) {
  std::vector<std::string> found;
  for (const CaseSpec& spec : registry) {
    for (const CheckSpec& check : spec.checks) {
      const BaselineEntry* first = nullptr;
      for (const BaselineEntry& entry : baseline) {
        if (!entry.covers(spec, check)) {
          continue;
        }
        if (first != nullptr) {
          found.push_back(full_id(spec, check) + " is covered by " + first->excuse.pattern + " (" +
                          std::string{to_string(first->excuse.kind)} + ") and by " + entry.excuse.pattern + " (" +
                          std::string{to_string(entry.excuse.kind)} + "): leave one");
          break;
        }
        first = &entry;
      }
    }
  }
  return found;
}

void apply_baseline(RunReport& report, const Baseline& baseline, std::string_view today) {
  for (const BaselineEntry& entry : baseline) {
    const bool expired = today > entry.excuse.expires;
    report.baseline.push_back({expired ? BaselineUse::Kind::expired : Weighing{entry, report}.apply(), entry.excuse});
  }
}

}  // namespace procedura::conformance
