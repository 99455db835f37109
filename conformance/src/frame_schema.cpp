#include "frame_schema.hpp"

#include <procedura/protocol/json_text.hpp>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

constexpr std::size_t max_depth = 256;
// Beyond this only that a frame does not fit is told, not where: a million wrong members are a million sentences.
constexpr std::size_t most_to_explain = std::size_t{64} * 1024;

struct Compiled {
  json document;
  valijson::Schema rules;
};

bool refers_to_others(const json& schema) {
  const json flat = schema.flatten();
  return std::any_of(flat.items().begin(), flat.items().end(), [](const auto& rule) {
    const std::string& key = rule.key();
    return key.size() > 5 && key.compare(key.size() - 5, 5, "/$ref") == 0 &&
           rule.value().template get_ref<const std::string&>().front() != '#';
  });
}

const Compiled& compiled(std::string_view name) {
  static const auto all = [] {
    std::map<std::string_view, Compiled> made;
    for (const FrameSchema& schema : frame_schemas()) {
      json document = json::parse(schema.text);
      // Those that refer to others are for other people's tools: valijson would have to be taught where the others are.
      if (!refers_to_others(document)) {
        Compiled& entry = made[schema.name];
        entry.document = std::move(document);
        valijson::SchemaParser{}.populateSchema(NlohmannJsonAdapter{entry.document}, entry.rules);
      }
    }
    return made;
  }();
  const auto found = all.find(name);
  if (found == all.end()) {
    throw std::logic_error("there is no schema of its own for " + std::string{name});
  }
  return found->second;
}

/// A schema that says something of a member, beyond describing it.
bool says_something(const json& schema) {
  return std::any_of(schema.items().begin(), schema.items().end(),
                     [](const auto& rule) { return rule.key() != "description"; });
}

/// valijson counts the characters of a string up to its first U+0000.
void spell_out_nul(json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    std::replace(text.begin(), text.end(), '\0', '0');
  }
}

json value_of(std::string_view raw) {
  json value = json::parse(raw, nullptr, false);
  // JSON all the same: a number that no double holds.
  return value.is_discarded() ? json(std::numeric_limits<double>::max()) : value;
}

/// The object that `text` is, in which members that the schema leaves free are `true`: a result of 8 MiB costs nothing here.
/// What keeps `text` from being looked at is put into `fault`.
json object_from(std::string_view text, const json& schema, std::string& fault) {
  const json& named = schema.at("properties");
  json object = json::object();
  protocol::ObjectScanner scan{text, max_depth};
  while (const auto member = scan.next()) {
    const std::string name = protocol::decode_string(member->key).value_or("");
    const auto rules = named.find(name);
    const bool free = rules == named.end() || !says_something(*rules);
    json& value = object[name] = free ? json(true) : value_of(member->value);
    spell_out_nul(value);
  }
  if (scan.fault() != protocol::JsonFault::none) {
    fault = protocol::describe(scan.fault());
  }
  return object;
}

std::string_view type_of(const json& value) {
  return value.is_null() ? "null" : value.type_name();
}

/// The schema that stands for a member: where a name leads that no rule knows, its parent's.
const json& rules_at(const json& root, const std::vector<std::string>& path) {
  const json* at = &root;
  for (const std::string& name : path) {
    const json& here = *at;
    if (here.contains("properties") && here["properties"].contains(name)) {
      at = &here["properties"][name];
    } else if (here.contains("additionalProperties")) {
      at = &here["additionalProperties"];
    } else if (here.contains("items")) {
      at = &here["items"];
    }
    if (at->contains("$ref")) {
      at = &root.at(json::json_pointer{at->at("$ref").get<std::string>().substr(1)});
    }
  }
  return *at;
}

std::string in_words(const json& rules) {
  return rules.value("description", "what the schema says");
}

bool begins(const std::string& text, std::string_view with) {
  return text.rfind(with, 0) == 0;
}

/// What valijson found, without what only repeats at an outer place that something is wrong further in.
std::vector<valijson::ValidationResults::Error> leaves(valijson::ValidationResults& results) {
  std::vector<valijson::ValidationResults::Error> out;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    if (begins(error.description, "Failed to validate against schema associated with") ||
        begins(error.description, "Failed to validate against additional properties") ||
        begins(error.description, "Failed to validate item")) {
      continue;
    }
    // Each branch of an anyOf left what it missed, and its number: what counts is that none was right.
    if (begins(error.description, "Failed to validate against any schemas allowed by anyOf")) {
      while (out.size() >= 2 && begins(out.back().description, "Failed to validate against child schema")) {
        out.resize(out.size() - 2);
      }
    }
    out.push_back(error);
  }
  return out;
}

FrameProblem problem_from(const valijson::ValidationResults::Error& error, const json& schema, const json& object) {
  static constexpr std::string_view missing = "Missing required property '";
  FrameProblem problem;
  std::vector<std::string> path;
  const json* value = &object;
  for (std::size_t i = 1; i < error.context.size(); ++i) {  // the first is "<root>", the others are in brackets
    path.push_back(error.context[i].substr(1, error.context[i].size() - 2));
    problem.member += "/" + path.back();
    value = value->is_array() ? &value->at(std::stoul(path.back())) : &value->at(path.back());
  }
  const bool lacks = begins(error.description, missing);
  const bool lacks_all = begins(error.description, "Failed to validate against any schemas allowed by anyOf");
  if (lacks) {
    path.push_back(error.description.substr(missing.size(), error.description.size() - missing.size() - 2));
    problem.member += "/" + path.back();
    problem.what = problem.member + " is missing";
  } else if (lacks_all) {
    problem.what = "it is incomplete";
  } else if (path.empty()) {
    problem.what = "it has a member that it must not have";
  } else {
    const bool too_short = begins(error.description, "String should be no fewer");
    problem.what = problem.member + (too_short ? " is an empty string" : " is of type " + std::string{type_of(*value)});
    if (begins(error.description, "Failed to match") || begins(error.description, "Expected number")) {
      problem.what += " with another value";
    }
  }
  problem.what += "; expected by " + in_words(rules_at(schema, path));
  return problem;
}

}  // namespace

std::vector<FrameProblem> frame_problems(std::string_view name, std::string_view text) {
  const Compiled& schema = compiled(name);
  std::string fault;
  const json object = object_from(text, schema.document, fault);
  if (!fault.empty()) {
    return {{"", "it is " + fault + "; expected by " + in_words(schema.document)}};
  }
  const NlohmannJsonAdapter target{object};
  if (valijson::Validator{}.validate(schema.rules, target, nullptr)) {
    return {};
  }
  if (text.size() > most_to_explain) {
    return {{"", "it does not fit its schema, and is too long to say where; expected by " + in_words(schema.document)}};
  }
  valijson::ValidationResults results;
  valijson::Validator{}.validate(schema.rules, target, &results);
  std::vector<FrameProblem> problems;
  for (const auto& error : leaves(results)) {
    problems.push_back(problem_from(error, schema.document, object));
  }
  return problems;
}

}  // namespace procedura::conformance
