#include "json_text.hpp"

#include <procedura/conformance/results.hpp>

namespace procedura::conformance {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const Results::Check& check) {
  return {{"outcome", check.outcome}, {"without_baseline", check.bare}, {"came", check.came}};
}

}  // namespace

std::string render_json(const Comparison& comparison) {
  ordered_json changes = ordered_json::array();
  for (const Change& change : comparison.changes) {
    const bool gone = change.kind == Change::Kind::gone;
    ordered_json entry = {{"kind", to_string(change.kind)},
                          {"id", change.id},
                          {"clause", gone ? change.before.clause : change.now.clause},
                          {"level", gone ? change.before.level : change.now.level}};
    if (change.kind != Change::Kind::appeared) {
      entry["before"] = json_of(change.before);
    }
    if (!gone) {
      entry["now"] = json_of(change.now);
    }
    changes.push_back(std::move(entry));
  }
  return text_of({{"regressed", comparison.regressed()},
                  {"differs_in", comparison.caveats},
                  {"changes", changes},
                  {"same", comparison.same}});
}

}  // namespace procedura::conformance
