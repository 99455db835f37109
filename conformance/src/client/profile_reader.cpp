#include "../hash.hpp"
#include "../profile_json.hpp"

#include <procedura/conformance/client_profile.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using Keys = ProfileJson::Keys;

/// A command: what has to stand in it, and what else may.
struct Slot {
  std::string_view key;
  Need need;
  Keys required;
  Keys allowed;
};

constexpr std::string_view url = "url";
constexpr std::string_view here = "here";
constexpr std::string_view not_home =
    "is a folder of each case's own, {home}: another would have the client use your own token file";
const Slot commands[] = {
    {"login", Need::login_command, {"credential"}, {"url", "home", "here", "device", "options..."}},
    {"run", Need::run_command, {"cmd", "args..."}, {"url", "home", "here", "options..."}},
    {"stream", Need::stream_command, {"cmd", "args..."}, {"url", "home", "here", "options..."}},
    {"several", Need::several_command, {"cmds..."}, {"url", "home", "here", "options..."}},
};

/// An option: one of these stands for its value.
struct OptionSlot {
  std::string_view key;
  Need need;
  Keys values;
};

const OptionSlot options[] = {
    {"token", Need::token_option, {"token"}},
    {"token_file", Need::token_file_option, {"token_file"}},
    {"ca", Need::ca_option, {"ca"}},
    {"connect_timeout", Need::connect_timeout_option, {"seconds", "milliseconds"}},
    {"ack_timeout", Need::ack_timeout_option, {"seconds", "milliseconds"}},
    {"final_timeout", Need::final_timeout_option, {"seconds", "milliseconds"}},
    {"idle_timeout", Need::idle_timeout_option, {"seconds", "milliseconds"}},
    {"ping_interval", Need::ping_interval_option, {"seconds", "milliseconds"}},
    {"pong_timeout", Need::pong_timeout_option, {"seconds", "milliseconds"}},
};

class Reader {
 public:
  explicit Reader(std::string_view text) : root_(json_.document(text)) {}  // braces would make an array of it

  std::variant<ClientProfile, std::vector<ProfileProblem>> read() {
    if (json_.problems.empty() && json_.object(root_, "",
                                               {"$schema", "client", "commands", "options", "env", "inherit", "token_file",
                                                "stdout", "declares", "args_style", "limits"})) {
      profile_.client = json_.string(root_, "client", "", true);
      read_env();
      read_options();
      read_commands();
      read_token_file();
      read_output();
      profile_.declares = json_.declares(root_);
      profile_.args_styles = json_.args_styles(root_);
      read_limits();
    }
    if (!json_.problems.empty()) {
      return std::move(json_.problems);
    }
    profile_.hash = hash_of_document(root_);
    return std::move(profile_);
  }

 private:
  /// The placeholders of a word, of which only these are known.
  std::set<std::string, std::less<>> placeholders(const std::string& word, const std::string& at,
                                                  const std::set<std::string, std::less<>>& known) {
    if (word.find('\0') != std::string::npos) {
      json_.complain(at, "an argument cannot hold U+0000");
    }
    std::vector<std::string> problems;
    auto names = placeholders_of(word, problems);
    for (const std::string& name : names) {
      if (!known.contains(name)) {
        std::string all;
        for (const std::string& each : known) {
          all += (all.empty() ? "{" : ", {") + each + "}";
        }
        problems.push_back("unknown placeholder {" + name + "}; known here: " + all);
      }
    }
    for (std::string& problem : problems) {
      json_.complain(at, std::move(problem));
    }
    return names;
  }

  std::set<std::string, std::less<>> placeholders(const Argv& words, const std::string& at,
                                                  const std::set<std::string, std::less<>>& known) {
    std::set<std::string, std::less<>> all;
    for (std::size_t i = 0; i < words.size(); ++i) {
      all.merge(placeholders(words[i], at + "/" + std::to_string(i), known));
    }
    return all;
  }

  /// Variables by name, each value a template; what stands in all of them is added to `used`.
  std::map<std::string, std::string> variables(const json& parent, const std::string& at,
                                               const std::set<std::string, std::less<>>& known,
                                               std::set<std::string, std::less<>>& used) {
    std::map<std::string, std::string> out;
    const auto found = parent.find("env");
    if (found == parent.end()) {
      return out;
    }
    if (!found->is_object()) {
      json_.complain(at + "/env", "expected an object, found " + ProfileJson::kind_of(*found));
      return out;
    }
    for (const auto& [name, value] : found->items()) {
      const std::string place = at + "/env/" + protocol::printable(name);
      if (!is_variable(name)) {
        json_.complain(place, "is no name of a variable");
      } else if (name == "HOME") {
        json_.complain(place, std::string{not_home});
      } else if (!value.is_string()) {
        json_.complain(place, "expected a string, found " + ProfileJson::kind_of(value));
      } else {
        used.merge(placeholders(value.get<std::string>(), place, known));
        out.emplace(name, value.get<std::string>());
      }
    }
    return out;
  }

  static bool is_variable(const std::string& name) {
    return !name.empty() && name.find('=') == std::string::npos && name.find('\0') == std::string::npos;
  }

  void read_env() {
    profile_.env = variables(root_, "", {"url", "home", "here", "token_file"}, in_env_);
    profile_.inherit = json_.strings(root_, "inherit", "");
    for (std::size_t i = 0; i < profile_.inherit.size(); ++i) {
      if (!is_variable(profile_.inherit[i])) {
        json_.complain("/inherit/" + std::to_string(i), "is no name of a variable");
      } else if (profile_.inherit[i] == "HOME") {
        json_.complain("/inherit/" + std::to_string(i), "HOME " + std::string{not_home});
      }
    }
  }

  void read_options() {
    const auto found = root_.find("options");
    if (found == root_.end()) {
      return;
    }
    if (!json_.object(*found, "/options",
                      {"token", "token_file", "ca", "connect_timeout", "ack_timeout", "final_timeout", "idle_timeout",
                       "ping_interval", "pong_timeout"})) {
      return;
    }
    for (const OptionSlot& slot : options) {
      if (const auto option = found->find(slot.key); option != found->end()) {
        profile_.options.emplace(slot.need, read_option(*option, "/options/" + std::string{slot.key}, slot));
      }
    }
  }

  ClientOption read_option(const json& value, const std::string& at, const OptionSlot& slot) {
    ClientOption option;
    std::set<std::string, std::less<>> known{slot.values.begin(), slot.values.end()};
    known.insert({"home", "here"});
    std::set<std::string, std::less<>> used;
    if (value.is_array()) {
      json parent = json::object();
      const std::string key = at.substr(at.rfind('/') + 1);
      parent[key] = value;
      option.args = json_.strings(parent, key.c_str(), "/options");
      used = placeholders(option.args, at, known);
    } else if (json_.object(value, at, {"args", "env"})) {
      option.args = json_.strings(value, "args", at);
      used = placeholders(option.args, at + "/args", known);
      option.env = variables(value, at, known, used);
    } else {
      return option;
    }
    if (std::none_of(slot.values.begin(), slot.values.end(), [&](std::string_view name) { return used.contains(name); })) {
      json_.complain(at, "needs its value: {" + std::string{*slot.values.begin()} + "}");
    }
    return option;
  }

  void read_commands() {
    const auto found = root_.find("commands");
    if (found == root_.end()) {
      json_.complain("", "the member \"commands\" (an object with at least \"run\") is missing");
      return;
    }
    if (!json_.object(*found, "/commands", {"login", "run", "stream", "several"})) {
      return;
    }
    for (const Slot& slot : commands) {
      if (found->contains(std::string{slot.key})) {
        read_command(*found, slot);
      }
    }
    if (!found->contains("run")) {
      json_.complain("/commands", "the member \"run\" (how a synchronous request is made) is missing");
    }
  }

  void read_command(const json& parent, const Slot& slot) {
    const std::string at = "/commands/" + std::string{slot.key};
    const std::size_t before = json_.problems.size();
    Argv words = json_.strings(parent, std::string{slot.key}.c_str(), "/commands");
    if (json_.problems.size() != before) {
      return;
    }
    if (words.empty() || words.front().empty()) {
      json_.complain(at, "expected the program and its arguments: [\"my-client\", \"--url\", \"{url}\", ...]");
      return;
    }
    std::set<std::string, std::less<>> known{slot.required.begin(), slot.required.end()};
    known.insert(slot.allowed.begin(), slot.allowed.end());
    const auto used = placeholders(words, at, known);
    std::vector<std::string> told_already;
    const auto of_program = placeholders_of(words.front(), told_already);
    if (std::any_of(of_program.begin(), of_program.end(), [](const std::string& name) { return name != here; })) {
      json_.complain(at + "/0", "the program itself is named here; of the placeholders it may have {here} alone");
    }
    for (const std::string_view name : slot.required) {
      if (!used.contains(name)) {
        json_.complain(at, "the placeholder {" + std::string{name} + "} is missing");
      }
    }
    if (!used.contains(url) && !in_env_.contains(url)) {
      json_.complain(at, "the placeholder {url} is missing, here and in env");
    }
    const bool options_have_words = std::any_of(profile_.options.begin(), profile_.options.end(),
                                                [](const auto& option) { return !option.second.args.empty(); });
    if (options_have_words && !used.contains("options...")) {
      json_.complain(at, "the placeholder {options...} is missing: the profile has options");
    }
    profile_.commands.emplace(slot.need, std::move(words));
  }

  void read_token_file() {
    profile_.token_file = json_.string(root_, "token_file", "", false);
    if (!profile_.token_file.empty()) {
      placeholders(profile_.token_file, "/token_file", {"home"});
      if (profile_.token_file.rfind("{home}/", 0) != 0) {
        json_.complain("/token_file", "expected a path that begins with {home}/: each case gives the client a home of its own");
      }
    } else if (in_env_.contains("token_file")) {
      json_.complain("/env", "{token_file} is used, but the member \"token_file\" is missing");
    }
  }

  void read_output() {
    const std::string word = json_.string(root_, "stdout", "", false);
    if (word == "text") {
      profile_.output = ClientProfile::Output::text;
    } else if (word == "nothing") {
      profile_.output = ClientProfile::Output::nothing;
    } else if (!word.empty() && word != "json") {
      json_.complain("/stdout", "expected \"json\", \"text\" or \"nothing\"");
    }
  }

  void read_limits() {
    const auto found = root_.find("limits");
    if (found == root_.end() || !json_.object(*found, "/limits", {"patience_ms", "timeout_ms", "exit_ms", "message_bytes"})) {
      return;
    }
    using std::chrono::milliseconds;
    profile_.patience = milliseconds{json_.integer(*found, "patience_ms", "/limits", 100, 120'000, profile_.patience.count())};
    profile_.timeout = milliseconds{json_.integer(*found, "timeout_ms", "/limits", 50, 60'000, profile_.timeout.count())};
    profile_.exit_within = milliseconds{json_.integer(*found, "exit_ms", "/limits", 100, 60'000, profile_.exit_within.count())};
    profile_.message_bytes = static_cast<std::uint64_t>(
        json_.integer(*found, "message_bytes", "/limits", std::int64_t{8} << 20, std::int64_t{256} << 20, 0));
  }

  ProfileJson json_;
  json root_;
  ClientProfile profile_;
  std::set<std::string, std::less<>> in_env_;
};

}  // namespace

std::variant<ClientProfile, std::vector<ProfileProblem>> parse_client_profile(std::string_view text) {
  return Reader{text}.read();
}

Offering ClientProfile::offering() const {
  Offering offering;
  for (const auto& command : commands) {
    offering.needs.insert(command.first);
  }
  for (const auto& option : options) {
    offering.needs.insert(option.first);
  }
  if (!token_file.empty()) {
    offering.needs.insert(Need::token_file);
  }
  if (message_bytes != 0) {
    offering.needs.insert(Need::message_limit);
  }
  if (output != Output::nothing) {
    offering.needs.insert(Need::result_on_stdout);
  }
  offering.declares = declares;
  return offering;
}

}  // namespace procedura::conformance
