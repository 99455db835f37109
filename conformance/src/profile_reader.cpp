#include <procedura/conformance/clause.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using Keys = std::initializer_list<std::string_view>;

std::string kind_of(const json& value) {
  return value.is_boolean()  ? "a boolean"
         : value.is_null()   ? "null"
         : value.is_object() ? "an object"
         : value.is_array()  ? "an array"
         : value.is_string() ? "a string"
                             : "a number";
}

std::string listed(Keys words) {
  std::string out;
  for (const auto word : words) {
    out.append(out.empty() ? "" : ", ").append(word);
  }
  return out;
}

/// Walks a document with its place in hand, and goes on after each problem.
class Reader {
 public:
  std::vector<ProfileProblem> problems;

  void complain(const std::string& at, std::string message) { problems.push_back({at, std::move(message)}); }

  bool object(const json& value, const std::string& at, Keys known) {
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

  /// The array at `parent[key]`; an empty one if it is not there or no array.
  const json& array(const json& parent, const char* key, const std::string& at) {
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

  std::string string(const json& parent, const char* key, const std::string& at, bool required) {
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

  std::vector<std::string> strings(const json& parent, const char* key, const std::string& at) {
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

  std::int64_t integer(const json& parent, const char* key, const std::string& at, std::int64_t least, std::int64_t most,
                       std::int64_t otherwise) {
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
};

struct Slot {
  const char* key;
  Need need;
};
constexpr Slot slots[] = {{"quick", Need::quick},     {"slow", Need::slow}, {"streaming", Need::streaming},
                          {"failing", Need::failing}, {"echo", Need::echo}, {"protected", Need::protected_module}};

void read_expectation(Reader& reader, const json& value, const std::string& at, Need need, Module& module) {
  static const Keys result_keys = {"type", "members"};
  static const Keys error_keys = {"code"};
  if (!reader.object(value, at, need == Need::failing ? error_keys : result_keys)) {
    return;
  }
  if (need == Need::failing) {
    module.error_code = reader.string(value, "code", at, false);
    return;
  }
  module.result_type = reader.string(value, "type", at, false);
  static const Keys types = {"object", "array", "string", "number", "boolean", "null"};
  if (!module.result_type.empty() && std::find(types.begin(), types.end(), module.result_type) == types.end()) {
    reader.complain(at + "/type", "expected one of " + listed(types));
  }
  module.result_members = reader.strings(value, "members", at);
}

Module read_module(Reader& reader, const json& value, const std::string& at, Need need) {
  Module module;
  static const Keys plain = {"cmd", "args", "expect"};
  static const Keys slow = {"cmd", "args", "ms_option", "expect"};
  static const Keys streaming = {"cmd", "args", "least_updates", "expect"};
  if (!reader.object(value, at, need == Need::slow ? slow : need == Need::streaming ? streaming : plain)) {
    return module;
  }
  module.cmd = reader.string(value, "cmd", at, true);
  module.args = reader.strings(value, "args", at);
  if (need == Need::slow) {
    module.ms_option = reader.string(value, "ms_option", at, true);
  }
  if (need == Need::streaming) {
    module.least_updates = static_cast<std::uint32_t>(reader.integer(value, "least_updates", at, 0, 1000, 1));
  }
  if (const auto expect = value.find("expect"); expect != value.end()) {
    read_expectation(reader, *expect, at + "/expect", need, module);
  }
  return module;
}

void read_modules(Reader& reader, const json& root, Profile& profile) {
  const auto found = root.find("modules");
  if (found == root.end()) {
    reader.complain("", "the member \"modules\" (an object with at least \"quick\") is missing");
    return;
  }
  if (!reader.object(*found, "/modules", {"quick", "slow", "streaming", "failing", "echo", "protected"})) {
    return;
  }
  for (const Slot& slot : slots) {
    if (const auto module = found->find(slot.key); module != found->end()) {
      profile.modules.emplace(slot.need, read_module(reader, *module, std::string{"/modules/"} + slot.key, slot.need));
    }
  }
  if (!profile.has(Need::quick)) {
    reader.complain("/modules", "the member \"quick\" (a synchronous module that answers soon) is missing");
  }
}

void read_credentials(Reader& reader, const json& root, Profile& profile) {
  const json& list = reader.array(root, "credentials", "");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = "/credentials/" + std::to_string(i);
    if (reader.object(list[i], at, {"env", "user"})) {
      profile.credentials.push_back({reader.string(list[i], "env", at, true), reader.string(list[i], "user", at, false), {}});
    }
  }
}

void read_declares(Reader& reader, const json& root, Profile& profile) {
  const auto found = root.find("declares");
  if (found != root.end() && *found == "all") {
    for (const Clause& clause : clauses()) {
      if (clause.has(Source::ours)) {
        profile.declares.emplace(clause.id);
      }
    }
    return;
  }
  if (found != root.end() && !found->is_array()) {
    reader.complain("/declares", "expected \"all\" or an array of clause ids, found " + kind_of(*found));
    return;
  }
  const auto ids = reader.strings(root, "declares", "");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Clause* clause = find_clause(ids[i]);
    const std::string at = "/declares/" + std::to_string(i);
    if (clause == nullptr) {
      reader.complain(at, "there is no clause " + protocol::printable(ids[i]) + "; `procedura-conformance list` shows them");
    } else if (!clause->has(Source::ours)) {
      reader.complain(at, "the clause " + ids[i] + " binds every agent and need not be declared");
    } else {
      profile.declares.insert(ids[i]);
    }
  }
}

void read_styles(Reader& reader, const json& root, Profile& profile) {
  if (!root.contains("args_style")) {
    return;
  }
  profile.args_styles.clear();
  const auto names = reader.strings(root, "args_style", "");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto style = protocol::args_style_from(names[i])) {
      profile.args_styles.push_back(*style);
    } else {
      reader.complain("/args_style/" + std::to_string(i), "expected \"module-first\" or \"bare\"");
    }
  }
  if (names.empty()) {
    reader.complain("/args_style", "expected an array with \"module-first\", \"bare\" or both");
    profile.args_styles = {protocol::ArgsStyle::module_first};
  }
}

void read_limits(Reader& reader, const json& root, Profile& profile) {
  const auto found = root.find("limits");
  if (found == root.end() || !reader.object(*found, "/limits", {"answer_ms", "slow_ms"})) {
    return;
  }
  profile.answer_within =
      std::chrono::milliseconds{reader.integer(*found, "answer_ms", "/limits", 50, 60'000, profile.answer_within.count())};
  profile.slow_for =
      std::chrono::milliseconds{reader.integer(*found, "slow_ms", "/limits", 50, 10'000, profile.slow_for.count())};
}

void check_forbidden(Reader& reader, const json& root, Profile& profile) {
  profile.never_call = reader.strings(root, "never_call", "");
  for (const Slot& slot : slots) {
    const auto module = profile.modules.find(slot.need);
    if (module != profile.modules.end() &&
        std::find(profile.never_call.begin(), profile.never_call.end(), module->second.cmd) != profile.never_call.end()) {
      reader.complain(std::string{"/modules/"} + slot.key + "/cmd", "this module is also in never_call");
    }
  }
}

}  // namespace

std::variant<Profile, std::vector<ProfileProblem>> parse_profile(std::string_view text) {
  Reader reader;
  // Depth first: nlohmann's tree recurses when it is torn down.
  if (const auto check = protocol::check_json(text, 32); check.fault != protocol::JsonFault::none) {
    reader.complain("", "not valid JSON at byte " + std::to_string(check.offset) + ": " + std::string{describe(check.fault)});
    return std::move(reader.problems);
  }
  const json root = json::parse(text, nullptr, false);
  Profile profile;
  if (reader.object(root, "",
                    {"$schema", "agent", "credentials", "modules", "declares", "args_style", "limits", "never_call"})) {
    profile.agent = reader.string(root, "agent", "", true);
    read_credentials(reader, root, profile);
    read_modules(reader, root, profile);
    read_declares(reader, root, profile);
    read_styles(reader, root, profile);
    read_limits(reader, root, profile);
    check_forbidden(reader, root, profile);
  }
  if (!reader.problems.empty()) {
    return std::move(reader.problems);
  }
  return profile;
}

}  // namespace procedura::conformance
