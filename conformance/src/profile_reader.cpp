#include "hash.hpp"
#include "profile_json.hpp"

#include <procedura/conformance/clause.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using Keys = ProfileJson::Keys;
using Reader = ProfileJson;

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
    reader.complain(at + "/type", "expected one of " + ProfileJson::listed(types));
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

void read_limits(Reader& reader, const json& root, Profile& profile) {
  const auto found = root.find("limits");
  if (found == root.end() || !reader.object(*found, "/limits", {"answer_ms", "slow_ms", "message_bytes"})) {
    return;
  }
  profile.answer_within =
      std::chrono::milliseconds{reader.integer(*found, "answer_ms", "/limits", 50, 60'000, profile.answer_within.count())};
  profile.slow_for =
      std::chrono::milliseconds{reader.integer(*found, "slow_ms", "/limits", 50, 10'000, profile.slow_for.count())};
  // More than 32 MiB would only show that the machine has the memory.
  profile.message_bytes =
      static_cast<std::size_t>(reader.integer(*found, "message_bytes", "/limits", 1024, 32 * 1024 * 1024, 0));
}

/// A name that no module of the profile has is a slip of the pen.
void read_public(Reader& reader, const json& root, Profile& profile) {
  profile.public_modules = reader.strings(root, "public", "");
  for (std::size_t i = 0; i < profile.public_modules.size(); ++i) {
    const std::string& cmd = profile.public_modules[i];
    const std::string at = "/public/" + std::to_string(i);
    const auto named = [&cmd](const auto& entry) { return entry.second.cmd == cmd; };
    if (std::none_of(profile.modules.begin(), profile.modules.end(), named)) {
      reader.complain(at, "no module above has the cmd " + protocol::printable(cmd));
    } else if (profile.modules.contains(Need::protected_module) && profile.module(Need::protected_module).cmd == cmd) {
      reader.complain(at, "this module is also modules.protected");
    }
  }
}

void read_tls(Reader& reader, const json& root, Profile& profile) {
  const auto found = root.find("tls");
  if (found != root.end() && reader.object(*found, "/tls", {"ca"})) {
    profile.ca = reader.string(*found, "ca", "/tls", false);
  }
}

void read_revoked_token(Reader& reader, const json& root, Profile& profile) {
  profile.revoked_token = reader.string(root, "revoked_token", "", false);
  if (!profile.revoked_token.empty() && !protocol::is_subprotocol(profile.revoked_token)) {
    reader.complain("/revoked_token", "a token has no characters but those of RFC 9110's `token`");
    profile.revoked_token.clear();
  }
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
  const json root = reader.document(text);
  if (!reader.problems.empty()) {
    return std::move(reader.problems);
  }
  Profile profile;
  if (reader.object(root, "",
                    {"$schema", "agent", "credentials", "modules", "public", "revoked_token", "tls", "declares", "args_style",
                     "limits", "never_call"})) {
    profile.agent = reader.string(root, "agent", "", true);
    read_credentials(reader, root, profile);
    read_modules(reader, root, profile);
    read_public(reader, root, profile);
    read_revoked_token(reader, root, profile);
    read_tls(reader, root, profile);
    profile.declares = reader.declares(root);
    profile.args_styles = reader.args_styles(root);
    read_limits(reader, root, profile);
    check_forbidden(reader, root, profile);
    profile.hash = hash_of_document(root);
  }
  if (!reader.problems.empty()) {
    return std::move(reader.problems);
  }
  return profile;
}

}  // namespace procedura::conformance
