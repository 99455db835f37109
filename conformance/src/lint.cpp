#include <procedura/conformance/registry.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace procedura::conformance {
namespace {

bool is_word(std::string_view text) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), fine);
}

bool is_case_id(std::string_view id) {
  const auto slash = id.find('/');
  return slash != std::string_view::npos && is_word(id.substr(0, slash)) && is_word(id.substr(slash + 1));
}

class Linter {
 public:
  explicit Linter(const Registry& registry) : registry_{registry} {
    for (const CaseSpec& spec : registry) {
      for (const CheckSpec& check : spec.checks) {
        owner_.emplace(full_id(spec, check), &spec);
      }
    }
  }

  std::vector<std::string> run() {
    std::set<std::string_view> ids;
    for (const CaseSpec& spec : registry_) {
      if (!ids.insert(spec.id).second) {
        complain(spec, "is there twice");
      }
      look_at(spec);
    }
    return std::move(complaints_);
  }

 private:
  void complain(const CaseSpec& spec, const std::string& what) { complaints_.push_back(std::string{spec.id} + " " + what); }

  void look_at(const CaseSpec& spec) {
    if (!is_case_id(spec.id)) {
      complain(spec, "is no id of the form area/slug");
    }
    if (spec.title.empty() || !spec.has_code() || spec.checks.empty() || spec.deadline <= std::chrono::seconds{0}) {
      complain(spec, "lacks a title, code, checks or a deadline");
    }
    std::set<std::string_view> slugs;
    for (const CheckSpec& check : spec.checks) {
      if (!is_word(check.slug) || !slugs.insert(check.slug).second) {
        complain(spec, "has a check with a bad or repeated name: " + std::string{check.slug});
      }
      look_at(spec, check);
    }
    for (const auto prerequisite : spec.after) {
      look_at(spec, prerequisite);
    }
    std::set<const CaseSpec*> path;
    if (circles(spec, path)) {
      complain(spec, "waits for itself");
    }
  }

  void look_at(const CaseSpec& spec, const CheckSpec& check) {
    const std::string name{check.slug};
    const Clause* clause = find_clause(check.clause);
    if (clause == nullptr) {
      complain(spec, "judges " + name + " by a clause that does not exist: " + std::string{check.clause});
      return;
    }
    if (!clause->binds(spec.subject())) {
      complain(spec, "judges " + name + " by " + std::string{check.clause} + ", which binds no " +
                         std::string{to_string(spec.subject())});
    }
    if (!clause->has(check.source)) {
      complain(spec, "judges " + name + " by a source that " + std::string{check.clause} + " does not have");
    }
    if (check.level && *check.level < clause->level) {
      complain(spec, "judges " + name + " more strictly than " + std::string{check.clause});
    }
    if (check.allowed.empty()) {
      complain(spec, "does not say what " + name + " allows");
    }
  }

  void look_at(const CaseSpec& spec, std::string_view prerequisite) {
    const auto found = owner_.find(std::string{prerequisite});
    if (found == owner_.end()) {
      complain(spec, "waits for a check that does not exist: " + std::string{prerequisite});
      return;
    }
    // Otherwise a profile could leave the prerequisite out and its dependent would wait for something that is never judged.
    for (const Need need : found->second->needs) {
      if (std::find(spec.needs.begin(), spec.needs.end(), need) == spec.needs.end()) {
        complain(spec, "waits for " + std::string{prerequisite} + ", which needs " + std::string{to_string(need)});
      }
    }
    if (found->second->find(prerequisite.substr(prerequisite.find(':') + 1))->source == Source::ours) {
      complain(spec, "waits for " + std::string{prerequisite} + ", which is judged only where it is declared");
    }
  }

  bool circles(const CaseSpec& spec, std::set<const CaseSpec*>& path) {
    if (!path.insert(&spec).second) {
      return true;
    }
    bool found = false;
    for (const auto prerequisite : spec.after) {
      const auto owner = owner_.find(std::string{prerequisite});
      found = found || (owner != owner_.end() && circles(*owner->second, path));
    }
    path.erase(&spec);
    return found;
  }

  const Registry& registry_;
  std::map<std::string, const CaseSpec*> owner_;
  std::vector<std::string> complaints_;
};

}  // namespace

std::vector<std::string> lint(const Registry& registry) {
  return Linter{registry}.run();
}

}  // namespace procedura::conformance
