#pragma once

#include <procedura/conformance/mapping.hpp>
#include <procedura/conformance/registry.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// What the JSON forms of reports and registry have in common.
namespace procedura::conformance {

/// Indented, with a newline at its end. The peer's words may be broken UTF-8, which JSON cannot hold: they are replaced.
std::string text_of(const nlohmann::ordered_json& document);

/// `{id, clause, level, source}`
nlohmann::ordered_json json_of(const CaseSpec& spec, const CheckSpec& check);
/// `{id, level, sources, party, sentence}`
nlohmann::ordered_json json_of(const Clause& clause);
/// Each clause with `checks` and, where there are none, `excluded`.
nlohmann::ordered_json json_of(const std::vector<ClauseMapping>& mapping);

std::string_view to_string(Party party) noexcept;  ///< "agent", "client", "both"

}  // namespace procedura::conformance
