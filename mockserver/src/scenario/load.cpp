#include "scenario/load.hpp"

#include "scenario/checks.hpp"
#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace procedura::mock {
namespace {

/// What one file adds: entries and where they stand, to be merged by name.
template <typename Entry>
struct Section {
  std::vector<Entry> entries;
  std::vector<std::string> pointers;
};

template <typename Entry, typename Read>
Section<Entry> read_section(Reading& in, const Cursor& at, std::string_view what, Read read) {
  Section<Entry> section;
  if (!check_array(in.report, at, what)) return section;
  std::unordered_map<std::string, std::uint32_t> lines;
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    auto entry = read(in, at.item(i));
    if (!entry) continue;
    const auto [first, fresh] = lines.emplace(entry->name, entry->place.line);
    if (!fresh && !entry->name.empty()) {
      in.report.error(at.item(i), "duplicate name " + quote(entry->name) + ", first in line " + std::to_string(first->second));
    }
    section.entries.push_back(std::move(*entry));
    section.pointers.push_back(at.item(i).pointer);
  }
  return section;
}

/// Entries of the same name take the place of the earlier ones; the others go before them all, in their order.
template <typename Entry>
void merge(Section<Entry>& into, Section<Entry> later) {
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < into.entries.size(); ++i) known.emplace(into.entries[i].name, i);
  Section<Entry> merged;
  for (std::size_t i = 0; i < later.entries.size(); ++i) {
    const auto same = known.find(later.entries[i].name);
    if (same != known.end()) {
      into.entries[same->second] = std::move(later.entries[i]);
      into.pointers[same->second] = std::move(later.pointers[i]);
    } else {
      merged.entries.push_back(std::move(later.entries[i]));
      merged.pointers.push_back(std::move(later.pointers[i]));
    }
  }
  std::move(into.entries.begin(), into.entries.end(), std::back_inserter(merged.entries));
  std::move(into.pointers.begin(), into.pointers.end(), std::back_inserter(merged.pointers));
  into = std::move(merged);
}

class Loader {
 public:
  Loader(std::vector<std::string> files, const LoadOptions& options)
      : report_{scenario_.files, options.max_problems}, reading_{report_, options} {
    scenario_.files = std::move(files);
  }

  void add(std::uint32_t file, const ScenarioText& source) {
    if (!source.unreadable.empty()) return report_.error({file, 0, 0}, {}, source.unreadable);
    const LoadOptions& options = reading_.options;
    reading_.file = source.name;
    Document document = parse_document(source.text, file, {.max_bytes = options.max_bytes, .max_depth = options.max_depth});
    for (DocumentProblem& problem : document.problems) {
      report_.error(problem.place, problem.pointer, std::move(problem.message));
    }
    if (!document.root) return;
    const Cursor root{&*document.root, {}};
    const Object object{report_,
                        root,
                        "an object, the scenario",
                        {"$schema", "version", "name", "seed", "auth", "args_style", "target", "stubs", "unmatched", "faults",
                         "stall", "limits", "expect"}};
    if (!object) return;
    std::optional<Cursor> required;
    read_settings(reading_, object, scenario_.settings, required);
    if (required) required_ = {(*required)->place, required->pointer};
    if (const auto stubs = object.find("stubs")) {
      merge(stubs_, read_section<Stub>(reading_, *stubs, "an array of stubs", read_stub));
    }
    if (const auto expect = object.find("expect")) {
      merge(expectations_, read_section<Expectation>(reading_, *expect, "an array of expectations", read_expectation));
    }
  }

  LoadedScenario finish() && {
    check_users();
    check_variables();
    check_shadows();
    LoadedScenario loaded;
    if (report_.errors() == 0) {
      scenario_.stubs = std::move(stubs_.entries);
      scenario_.expectations = std::move(expectations_.entries);
      scenario_.secrets = std::move(reading_.secrets);
      std::sort(scenario_.secrets.begin(), scenario_.secrets.end());
      scenario_.secrets.erase(std::unique(scenario_.secrets.begin(), scenario_.secrets.end()), scenario_.secrets.end());
    }
    const bool good = report_.errors() == 0;
    loaded.problems = std::move(report_).take();
    if (good) loaded.scenario = std::make_shared<const Scenario>(std::move(scenario_));
    return loaded;
  }

 private:
  void check_users() {
    const Auth& auth = scenario_.settings.auth;
    if (auth.required && auth.users.empty() && auth.tokens.empty()) {
      report_.warning(required_.place, required_.pointer, "there are no users and no tokens: nobody can ever log in");
    }
    for (std::size_t i = 0; i < auth.tokens.size(); ++i) {
      const SeededToken& token = auth.tokens[i];
      if (token.user.empty()) continue;  // reported already
      check_user(token.user, token.place, Problem::Severity::error, "/auth/tokens/" + std::to_string(i) + "/user");
    }
    for (std::size_t i = 0; i < stubs_.entries.size(); ++i) {
      check_condition(stubs_.entries[i].match, stubs_.entries[i].place, stubs_.pointers[i]);
    }
  }

  void check_condition(const Match& match, Place place, const std::string& pointer) {
    const auto names = match.user ? named_texts(*match.user) : std::nullopt;
    if (!names) return;
    for (const std::string& name : *names) check_user(name, place, Problem::Severity::warning, pointer + "/match/user");
  }

  void check_user(const std::string& name, Place place, Problem::Severity severity, const std::string& pointer) {
    std::vector<std::string_view> known;
    for (const User& user : scenario_.settings.auth.users) known.emplace_back(user.name);
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    std::string message = "unknown user " + quote(name) + ", not among auth.users" + did_you_mean(name, known);
    if (severity == Problem::Severity::error) {
      report_.error(place, pointer, std::move(message));
    } else {
      report_.warning(place, pointer, std::move(message));
    }
  }

  void check_variables() {
    const std::vector<std::string_view> known{reading_.variables_set.begin(), reading_.variables_set.end()};
    for (const VariableUse& use : reading_.variables_used) {
      if (reading_.variables_set.contains(use.name)) continue;
      report_.warning(use.place, use.pointer, "no step sets the variable " + quote(use.name) + did_you_mean(use.name, known));
    }
  }

  void check_shadows() {
    const ShadowReport shadows = find_shadowed(stubs_.entries);
    for (const Shadowed& each : shadows.shadowed) {
      const Stub& stub = stubs_.entries[each.stub];
      const Stub& by = stubs_.entries[each.by];
      if (stub.name.empty() || by.name.empty()) continue;  // reported already, and not to be named
      std::string message = "stub " + quote(stub.name) + " can never match: stub " + quote(by.name) + " at " +
                            scenario_.where(by.place) + " comes first and takes all its requests";
      if (stub.place.file == by.place.file) {
        report_.error(stub.place, stubs_.pointers[each.stub], message + "; move it up, or give it a higher priority");
      } else {
        report_.warning(stub.place, stubs_.pointers[each.stub], std::move(message));  // the later file may mean to
      }
    }
    if (!shadows.complete) {
      report_.warning({}, {}, "so many stubs for one command that only the first were compared for being shadowed");
    }
  }

  struct Spot {
    Place place;
    std::string pointer;
  };

  Scenario scenario_;
  Report report_;
  Reading reading_;
  Section<Stub> stubs_;
  Section<Expectation> expectations_;
  Spot required_;
};

}  // namespace

LoadedScenario load_scenario(std::span<const ScenarioText> texts, const LoadOptions& options) {
  std::vector<std::string> files;
  for (const ScenarioText& text : texts) files.push_back(text.name);
  Loader loader{std::move(files), options};
  for (std::size_t i = 0; i < texts.size(); ++i) loader.add(static_cast<std::uint32_t>(i), texts[i]);
  return std::move(loader).finish();
}

}  // namespace procedura::mock
