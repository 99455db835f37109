#include <procedura/conformance/report.hpp>

#include <algorithm>
#include <array>

namespace procedura::conformance {
namespace {

constexpr std::string_view blocked_by = "needs ";  // "needs login/token:issued, which is FAIL"

/// The worst first.
int rank(Outcome outcome) {
  constexpr std::array worst_first = {Outcome::harness, Outcome::fail, Outcome::untestable, Outcome::warn};
  return static_cast<int>(std::find(worst_first.begin(), worst_first.end(), outcome) - worst_first.begin());
}

bool says_something(const CheckResult& check) {
  return rank(check.outcome) <= rank(Outcome::warn);
}

/// What came, without what differs from case to case: each run of digits is one `#`.
std::string in_general(std::string_view came) {
  std::string out;
  for (const char c : came) {
    if (c < '0' || c > '9') {
      out += c;
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

/// How the agent stopped to answer, if that is what came: silence or a lost connection is one fault, whichever clause meets it.
std::string_view breakdown(std::string_view came) {
  constexpr std::array signs = {"nothing for ", "the agent closed", "the connection ended", "no end within", "more came than"};
  for (const std::string_view sign : signs) {
    if (const auto at = came.rfind(sign); at != std::string_view::npos) {
      return came.substr(at);
    }
  }
  return {};
}

std::string key_of(const CheckResult& check) {
  const std::string_view broke = breakdown(check.came);
  return !broke.empty() ? in_general(broke) : std::string{check.check->clause} + " " + in_general(check.came);
}

/// The check that a case waited for in vain; empty if it was not that.
std::string_view prerequisite_of(std::string_view came) {
  if (came.substr(0, blocked_by.size()) != blocked_by) {
    return {};
  }
  came.remove_prefix(blocked_by.size());
  return came.substr(0, came.find(','));
}

class Grouping {
 public:
  explicit Grouping(const RunReport& report) : report_{report} {}

  std::vector<RootCause> run() {
    for (const CaseResult& result : report_.cases) {
      for (const CheckResult& check : result.checks) {
        if (says_something(check) && (result.ran || check.outcome != Outcome::untestable)) {
          named(key_of(check), check.came).hits.push_back({&result, &check});
        }
      }
    }
    for (const CaseResult& result : report_.cases) {
      const auto found = std::find_if(result.checks.begin(), result.checks.end(),
                                      [](const CheckResult& check) { return check.outcome == Outcome::untestable; });
      if (!result.ran && found != result.checks.end()) {
        cause_of(*found).blocked.push_back(&result);
      }
    }
    std::stable_sort(causes_.begin(), causes_.end(), [](const RootCause& a, const RootCause& b) {
      const int left = rank(a.outcome());
      const int right = rank(b.outcome());
      return left != right ? left < right : a.blocked.size() > b.blocked.size();
    });
    return std::move(causes_);
  }

 private:
  RootCause& named(const std::string& key, const std::string& why) {
    const auto known = std::find(keys_.begin(), keys_.end(), key);
    if (known != keys_.end()) {
      return causes_[static_cast<std::size_t>(known - keys_.begin())];
    }
    keys_.push_back(key);
    return causes_.emplace_back(RootCause{why, {}, {}});
  }

  RootCause& cause_of(const CheckResult& untold) {
    const std::string_view prerequisite = prerequisite_of(untold.came);
    for (RootCause& cause : causes_) {
      const auto is_it = [prerequisite](const RootCause::Hit& hit) {
        return full_id(*hit.result->spec, *hit.check->check) == prerequisite;
      };
      if (std::any_of(cause.hits.begin(), cause.hits.end(), is_it)) {
        return cause;
      }
    }
    return named("untold " + untold.came, untold.came);
  }

  const RunReport& report_;
  std::vector<std::string> keys_;  // beside causes_, until those are sorted
  std::vector<RootCause> causes_;
};

}  // namespace

Outcome RootCause::outcome() const {
  Outcome worst = hits.empty() ? Outcome::untestable : hits.front().check->outcome;
  for (const Hit& hit : hits) {
    worst = rank(hit.check->outcome) < rank(worst) ? hit.check->outcome : worst;
  }
  return worst;
}

std::vector<RootCause> root_causes(const RunReport& report) {
  return Grouping{report}.run();
}

}  // namespace procedura::conformance
