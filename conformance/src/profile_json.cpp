#include "profile_json.hpp"

#include <procedura/conformance/clause.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::conformance {

using nlohmann::json;

json ProfileJson::document(std::string_view text) {
  // Depth first: nlohmann's tree recurses when it is torn down.
  if (const auto check = protocol::check_json(text, 32); check.fault != protocol::JsonFault::none) {
    complain("", "not valid JSON at byte " + std::to_string(check.offset) + ": " + std::string{describe(check.fault)});
    return {};
  }
  return json::parse(text, nullptr, false);
}

bool ProfileJson::object(const json& value, const std::string& at, Keys known) {
  if (!value.is_object()) {
    complain(at, "expected an object, found " + kind_of(value));
    return false;
  }
  for (const auto& [key, member] : value.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      complain(at + "/" + protocol::printable(key), "unknown key; known here: " + listed(known));
    }
  }
  return true;
}

const json& ProfileJson::array(const json& parent, const char* key, const std::string& at) {
  static const json none = json::array();
  const auto found = parent.find(key);
  if (found == parent.end()) {
    return none;
  }
  if (!found->is_array()) {
    complain(at + "/" + key, "expected an array, found " + kind_of(*found));
    return none;
  }
  return *found;
}

std::string ProfileJson::string(const json& parent, const char* key, const std::string& at, bool required) {
  const auto found = parent.find(key);
  if (found == parent.end()) {
    if (required) {
      complain(at, std::string{"the member \""} + key + "\" (a string) is missing");
    }
    return {};
  }
  if (!found->is_string() || found->get_ref<const std::string&>().empty()) {
    complain(at + "/" + key, "expected a string that is not empty, found " + (found->is_string() ? "\"\"" : kind_of(*found)));
    return {};
  }
  return found->get<std::string>();
}

std::vector<std::string> ProfileJson::strings(const json& parent, const char* key, const std::string& at) {
  std::vector<std::string> out;
  const json& list = array(parent, key, at);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_string()) {
      out.push_back(list[i].get<std::string>());
    } else {
      complain(at + "/" + key + "/" + std::to_string(i), "expected a string, found " + kind_of(list[i]));
    }
  }
  return out;
}

std::int64_t ProfileJson::integer(const json& parent, const char* key, const std::string& at, std::int64_t least,
                                  std::int64_t most, std::int64_t otherwise) {
  const auto found = parent.find(key);
  if (found == parent.end()) {
    return otherwise;
  }
  // Unsigned first: a number over 2^63 must not come back negative.
  const bool fits = found->is_number_unsigned() ? found->get<std::uint64_t>() <= static_cast<std::uint64_t>(most)
                                                : found->is_number_integer();
  if (fits && found->get<std::int64_t>() >= least && found->get<std::int64_t>() <= most) {
    return found->get<std::int64_t>();
  }
  complain(at + "/" + key, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                               (found->is_number() ? ", found " + found->dump() : ", found " + kind_of(*found)));
  return otherwise;
}

std::set<std::string, std::less<>> ProfileJson::declares(const json& root) {
  std::set<std::string, std::less<>> declared;
  const auto found = root.find("declares");
  if (found != root.end() && *found == "all") {
    for (const Clause& clause : clauses()) {
      if (clause.has(Source::ours)) {
        declared.emplace(clause.id);
      }
    }
    return declared;
  }
  if (found != root.end() && !found->is_array()) {
    complain("/declares", "expected \"all\" or an array of clause ids, found " + kind_of(*found));
    return declared;
  }
  const auto ids = strings(root, "declares", "");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Clause* clause = find_clause(ids[i]);
    const std::string at = "/declares/" + std::to_string(i);
    if (clause == nullptr) {
      complain(at, "there is no clause " + protocol::printable(ids[i]) + "; `procedura-conformance list` shows them");
    } else if (!clause->has(Source::ours)) {
      complain(at, "the clause " + ids[i] + " binds everybody and need not be declared");
    } else {
      declared.insert(ids[i]);
    }
  }
  return declared;
}

std::vector<protocol::ArgsStyle> ProfileJson::args_styles(const json& root) {
  if (!root.contains("args_style")) {
    return {protocol::ArgsStyle::module_first};
  }
  std::vector<protocol::ArgsStyle> styles;
  const auto names = strings(root, "args_style", "");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto style = protocol::args_style_from(names[i])) {
      styles.push_back(*style);
    } else {
      complain("/args_style/" + std::to_string(i), "expected \"module-first\" or \"bare\"");
    }
  }
  if (names.empty()) {
    complain("/args_style", "expected an array with \"module-first\", \"bare\" or both");
    styles = {protocol::ArgsStyle::module_first};
  }
  return styles;
}

std::string ProfileJson::kind_of(const json& value) {
  return value.is_boolean()  ? "a boolean"
         : value.is_null()   ? "null"
         : value.is_object() ? "an object"
         : value.is_array()  ? "an array"
         : value.is_string() ? "a string"
                             : "a number";
}

std::string ProfileJson::listed(Keys words) {
  std::string out;
  for (const auto word : words) {
    out.append(out.empty() ? "" : ", ").append(word);
  }
  return out;
}

}  // namespace procedura::conformance
