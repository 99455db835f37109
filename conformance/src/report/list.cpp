#include "json_text.hpp"

#include <procedura/conformance/mapping.hpp>
#include <procedura/conformance/render.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace procedura::conformance {
namespace {

using nlohmann::ordered_json;

std::string proof_of(const Proofs& proofs, const std::string& id, const CheckSpec& check) {
  const auto found = proofs.find(id);
  if (found != proofs.end()) {
    return fmt::format("      proven by {}\n", fmt::join(found->second, ", "));
  }
  return check.unproven.empty() ? "" : fmt::format("      not proven: {}\n", check.unproven);
}

ordered_json json_of(const CaseSpec& spec, const Proofs& proofs) {
  ordered_json needs = ordered_json::array();
  for (const Need need : spec.needs) {
    needs.push_back(to_string(need));
  }
  ordered_json checks = ordered_json::array();
  for (const CheckSpec& check : spec.checks) {
    ordered_json entry = conformance::json_of(spec, check);
    entry["allowed"] = check.allowed;
    const auto found = proofs.find(full_id(spec, check));
    entry["proven_by"] = found == proofs.end() ? std::vector<std::string>{} : found->second;
    if (!check.unproven.empty()) {
      entry["unproven"] = check.unproven;
    }
    checks.push_back(std::move(entry));
  }
  return {{"id", spec.id},
          {"subject", to_string(spec.subject())},
          {"title", spec.title},
          {"needs", needs},
          {"after", spec.after},
          {"session", spec.session},
          {"deadline_s", spec.deadline.count()},
          {"checks", checks}};
}

}  // namespace

std::string list_text(const Registry& registry, const Proofs& proofs, bool verbose) {
  std::string out;
  for (const CaseSpec& spec : registry) {
    std::string needs;
    for (const Need need : spec.needs) {
      needs += (needs.empty() ? "  [" : ", ") + std::string{to_string(need)};
    }
    out += fmt::format("{}  {}{}\n", spec.id, spec.title, needs.empty() ? "" : needs + "]");
    if (verbose) {
      out += fmt::format("    within {} s{}\n", spec.deadline.count(),
                         spec.after.empty() ? "" : fmt::format(", after {}", fmt::join(spec.after, ", ")));
    }
    for (const CheckSpec& check : spec.checks) {
      out += fmt::format("  :{:<16} {:<6} {:<6} {:<10}  {}\n", check.slug, check.clause, to_string(check.binding()),
                         to_string(check.source), check.allowed);
      if (verbose) {
        out += fmt::format("      {}\n", check.of().sentence) + proof_of(proofs, full_id(spec, check), check);
      }
    }
  }
  return out;
}

std::string list_json(const Registry& server, const Registry& client, const Proofs& proofs) {
  ordered_json cases = ordered_json::array();
  for (const Registry* registry : {&server, &client}) {
    for (const CaseSpec& spec : *registry) {
      cases.push_back(json_of(spec, proofs));
    }
  }
  ordered_json all = ordered_json::array();
  for (const Clause& clause : clauses()) {
    all.push_back(conformance::json_of(clause));
  }
  return text_of({{"registry_hash", {{"agent", hash_of(server_cases())}, {"client", hash_of(client_cases())}}},
                  {"cases", cases},
                  {"clauses", all}});
}

std::string mapping_json(const Registry& server, const Registry& client) {
  return text_of({{"agent", conformance::json_of(mapping_of(server, Subject::agent))},
                  {"client", conformance::json_of(mapping_of(client, Subject::client))}});
}

}  // namespace procedura::conformance
