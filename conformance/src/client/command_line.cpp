#include "command_line.hpp"

#include <algorithm>
#include <charconv>

namespace procedura::conformance {
namespace {

/// The placeholders of an option, for the value that a case gives it.
TemplateValues values_of(Need option, const std::string& value) {
  switch (option) {
    case Need::token_option:
      return {{{"token", value}}, {}};
    case Need::token_file_option:
      return {{{"token_file", value}}, {}};
    case Need::ca_option:
      return {{{"ca", value}}, {}};
    default:
      break;
  }
  std::int64_t ms = 0;
  std::from_chars(value.data(), value.data() + value.size(), ms);
  return {{{"milliseconds", value}, {"seconds", in_seconds(std::chrono::milliseconds{ms})}}, {}};
}

}  // namespace

std::string in_seconds(std::chrono::milliseconds time) {
  std::string fraction = std::to_string(1000 + time.count() % 1000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(time.count() / 1000) + (fraction.empty() ? "" : "." + fraction);
}

std::string in_words(const Argv& argv) {
  std::string out;
  for (const std::string& word : argv) {
    const auto plain = [](unsigned char c) {
      return c > 0x20 && c < 0x7f &&
             std::string_view{"'\"\\$`*?[]()<>|&;#~!{}"}.find(static_cast<char>(c)) == std::string_view::npos;
    };
    out += out.empty() ? "" : " ";
    out += !word.empty() && std::all_of(word.begin(), word.end(), plain) ? word : "'" + word + "'";
  }
  return out;
}

ChildStart start_of(const ClientProfile& profile, const Call& call, const Place& place) {
  TemplateValues common;
  common.words = {{"home", place.home}, {"here", profile.folder}, {"url", place.url}};
  common.words["token_file"] = expand_word(profile.token_file, common);

  ChildStart start;
  start.env = {{"HOME", place.home}, {"TMPDIR", place.home}, {"LANG", "C.UTF-8"}, {"TERM", "dumb"}};
  start.env["PATH"] = place.env("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (const std::string& name : profile.inherit) {
    if (auto value = place.env(name)) {
      start.env[name] = *std::move(value);
    }
  }
  for (const auto& [name, value] : profile.env) {
    start.env[name] = expand_word(value, common);
  }

  TemplateValues values = common;
  values.words.merge(std::map<std::string, std::string, std::less<>>{
      {"cmd", call.cmd}, {"credential", call.credential}, {"device", call.device}});
  values.lists["args"] = call.args;
  values.lists["cmds"] = call.cmds;
  for (const auto& [need, value] : call.options) {
    const auto option = profile.options.find(need);
    if (option == profile.options.end()) {
      continue;
    }
    TemplateValues mine = values_of(need, value);
    mine.words.merge(std::map<std::string, std::string, std::less<>>{{"home", place.home}, {"here", profile.folder}});
    const Argv words = expand(option->second.args, mine);
    values.lists["options"].insert(values.lists["options"].end(), words.begin(), words.end());
    for (const auto& [name, text] : option->second.env) {
      start.env[name] = expand_word(text, mine);
    }
  }
  for (const auto& [name, value] : call.env) {
    start.env[name] = value;
  }
  start.argv = expand(profile.commands.at(call.command), values);
  return start;
}

}  // namespace procedura::conformance
