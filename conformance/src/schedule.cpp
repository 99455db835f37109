#include <procedura/conformance/schedule.hpp>
#include <procedura/protocol/random.hpp>

#include <algorithm>

namespace procedura::conformance {

Schedule::Schedule(const Registry& registry, Offering offering, const std::vector<std::string>& select, std::uint64_t seed)
    : registry_{registry}, offering_{std::move(offering)} {
  for (const CaseSpec& spec : registry_) {
    for (const CheckSpec& check : spec.checks) {
      owners_.emplace(full_id(spec, check), &spec);
    }
  }
  for (const CaseSpec& spec : registry_) {
    const auto wanted = [&spec](const std::string& pattern) { return matches(pattern, spec.id); };
    if (select.empty() || std::any_of(select.begin(), select.end(), wanted)) {
      include(spec);
    }
  }
  for (const std::string& pattern : select) {
    if (std::none_of(registry_.begin(), registry_.end(), [&](const CaseSpec& spec) { return matches(pattern, spec.id); })) {
      unmatched_.push_back(pattern);
    }
  }
  // Fisher-Yates with draws of our own: std::shuffle differs between libraries, and a seed is to be the same order everywhere.
  for (std::size_t i = order_.size(); i > 1; --i) {
    std::swap(order_[i - 1], order_[protocol::mix(seed, i) % i]);
  }
  for (const CaseSpec* spec : order_) {
    for (const CheckSpec& check : spec->checks) {
      if (auto why = lacking(*spec, check)) {
        put(*spec, check, Outcome::not_applicable, std::move(*why));
      }
    }
    if (!settled(*spec)) {
      waiting_.push_back(spec);
    }
  }
}

void Schedule::include(const CaseSpec& spec) {
  if (std::find(order_.begin(), order_.end(), &spec) != order_.end()) {
    return;
  }
  order_.push_back(&spec);
  // What will not be run needs nothing run before it.
  if (std::all_of(spec.checks.begin(), spec.checks.end(), [&](const CheckSpec& check) { return lacking(spec, check); })) {
    return;
  }
  for (const auto prerequisite : prerequisites(spec)) {
    if (const auto owner = owners_.find(std::string{prerequisite}); owner != owners_.end()) {
      include(*owner->second);
    }
  }
}

std::vector<std::string_view> Schedule::prerequisites(const CaseSpec& spec) const {
  auto all = spec.after;
  if (spec.session && offering_.has(Need::credential) && owners_.contains(std::string{session_check})) {
    all.push_back(session_check);
  }
  return all;
}

std::optional<std::string> Schedule::lacking(const CaseSpec& spec, const CheckSpec& check) const {
  for (const Need need : spec.needs) {
    if (!offering_.has(need)) {
      return need == Need::tls        ? "the agent is not reached over wss://"
             : need == Need::loopback ? "the agent is not on this machine"
                                      : "the profile has no " + std::string{to_string(need)};
    }
  }
  if (check.source == Source::ours && !offering_.declared(check.clause)) {
    return "the profile does not declare " + std::string{check.clause};
  }
  return std::nullopt;
}

/// True when every check of it has a result.
bool Schedule::settled(const CaseSpec& spec) {
  return std::all_of(spec.checks.begin(), spec.checks.end(),
                     [&](const CheckSpec& check) { return results_.contains(full_id(spec, check)); });
}

const CaseSpec* Schedule::next() {
  settle_what_cannot_run();
  const auto ready = std::find_if(waiting_.begin(), waiting_.end(), [this](const CaseSpec* spec) {
    const auto before = prerequisites(*spec);
    return std::all_of(before.begin(), before.end(),
                       [this](std::string_view id) { return results_.contains(std::string{id}); });
  });
  if (ready == waiting_.end()) {
    // Nothing runs that it could wait for: better told than waited for without an end.
    if (running_ == 0) {
      for (const CaseSpec* spec : waiting_) {
        settle_all(*spec, Outcome::harness, "its prerequisites wait for each other");
      }
      waiting_.clear();
    }
    return nullptr;
  }
  const CaseSpec* spec = *ready;
  waiting_.erase(ready);
  running_ += 1;
  return spec;
}

void Schedule::settle_what_cannot_run() {
  // In rounds: what is settled here may be what the next one waits for, and then the first cause is named all the way.
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < waiting_.size() && !again; ++i) {
      for (const auto id : prerequisites(*waiting_[i])) {
        const auto found = results_.find(std::string{id});
        if (found == results_.end() || found->second.outcome == Outcome::pass || found->second.outcome == Outcome::info) {
          continue;
        }
        const bool inherited = found->second.outcome == Outcome::untestable && found->second.came.rfind("needs ", 0) == 0;
        settle_all(*waiting_[i], Outcome::untestable,
                   inherited ? found->second.came
                             : "needs " + std::string{id} + ", which is " + std::string{to_string(found->second.outcome)});
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        again = true;
        break;
      }
    }
  }
}

void Schedule::finished(const CaseSpec& spec, const std::map<std::string_view, Finding>& findings,
                        const std::string& unjudged) {
  running_ -= 1;
  for (const CheckSpec& check : spec.checks) {
    const auto finding = findings.find(check.slug);
    if (finding != findings.end()) {
      put(spec, check, weigh(finding->second.kind, check.binding()), finding->second.came);
    } else {
      put(spec, check, unjudged.empty() ? Outcome::harness : Outcome::untestable,
          unjudged.empty() ? "the case ended without judging this" : unjudged);
    }
  }
}

void Schedule::give_up(const std::string& why) {
  settle_what_cannot_run();
  for (const CaseSpec* spec : waiting_) {
    settle_all(*spec, Outcome::untestable, why);
  }
  waiting_.clear();
}

void Schedule::settle_all(const CaseSpec& spec, Outcome outcome, const std::string& why) {
  for (const CheckSpec& check : spec.checks) {
    put(spec, check, outcome, why);
  }
}

// The first word counts: what is N/A stays so, whatever becomes of its case.
void Schedule::put(const CaseSpec& spec, const CheckSpec& check, Outcome outcome, std::string came) {
  results_.emplace(full_id(spec, check), CheckResult{&check, outcome, std::move(came)});
}

std::vector<CaseResult> Schedule::results() const {
  std::vector<CaseResult> all;
  for (const CaseSpec& spec : registry_) {
    CaseResult result;
    result.spec = &spec;
    for (const CheckSpec& check : spec.checks) {
      if (const auto found = results_.find(full_id(spec, check)); found != results_.end()) {
        result.checks.push_back(found->second);
      }
    }
    if (!result.checks.empty()) {
      all.push_back(std::move(result));
    }
  }
  return all;
}

}  // namespace procedura::conformance
