#include "json_text.hpp"

namespace procedura::conformance {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& document) {
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string_view to_string(Party party) noexcept {
  return party == Party::agent ? "agent" : party == Party::client ? "client" : "both";
}

ordered_json json_of(const CaseSpec& spec, const CheckSpec& check) {
  return {{"id", full_id(spec, check)},
          {"clause", check.clause},
          {"level", to_string(check.binding())},
          {"source", std::string(1, static_cast<char>(check.source))}};
}

ordered_json json_of(const Clause& clause) {
  return {{"id", clause.id},
          {"level", to_string(clause.level)},
          {"sources", clause.sources},
          {"party", to_string(clause.party)},
          {"sentence", clause.sentence}};
}

ordered_json json_of(const std::vector<ClauseMapping>& mapping) {
  ordered_json all = ordered_json::array();
  for (const ClauseMapping& entry : mapping) {
    ordered_json clause = json_of(*entry.clause);
    clause["checks"] = entry.checks;
    if (entry.checks.empty()) {
      clause["excluded"] = entry.excluded;
    }
    all.push_back(std::move(clause));
  }
  return all;
}

}  // namespace procedura::conformance
