#include "settings.hpp"
#include "suggest.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace procedura::cli {
namespace {

using protocol::ObjectScanner;
using protocol::printable;

constexpr std::size_t depth = 8;  // a config file has three levels

class ConfigFile {
 public:
  ConfigFile(std::string_view text, std::string_view path) : text_{text}, path_{path} {}

  std::optional<Profile> profile(std::string_view name) const {
    check_whole();
    std::optional<Profile> found;
    for (ObjectScanner top{text_, depth}; auto member = top.next();) {
      if (!protocol::string_equals(member->key, "profiles"))
        fail(member->key, "unknown key " + shown(member->key) + "; the only one is 'profiles'");
      expect_object(member->value, "'profiles'");
      for (ObjectScanner profiles{member->value, depth}; auto entry = profiles.next();)
        if (protocol::string_equals(entry->key, name)) found = read(*entry, name);
    }
    return found;
  }

 private:
  void check_whole() const {
    ObjectScanner scan{text_, depth};
    while (scan.next()) continue;
    if (!scan.done()) fail_at(scan.offset(), "this is not the JSON of a config file: " + std::string{describe(scan.fault())});
  }

  Profile read(const protocol::JsonMember& entry, std::string_view name) const {
    expect_object(entry.value, "a profile");
    Profile profile{std::string{name}, std::string{path_}, {}};
    for (ObjectScanner members{entry.value, depth}; auto member = members.next();) {
      std::string key = protocol::decode_string(member->key).value_or("");
      std::replace(key.begin(), key.end(), '_', '-');
      profile.values[key] = value_of(check_key(key, member->key), *member);
    }
    return profile;
  }

  const Option& check_key(const std::string& key, std::string_view raw) const {
    std::vector<std::string_view> names;
    for (const Option& option : all_options()) {
      if (option.in_profile && option.name == key) return option;
      if (option.in_profile) names.push_back(option.name);
    }
    if (key == "token") fail(raw, "a token does not belong in a config file: use token_file");
    fail(raw, "unknown key " + shown(raw) + did_you_mean(key, names));
  }

  std::string value_of(const Option& option, const protocol::JsonMember& member) const {
    const char first = member.value.front();
    if (first == '"') return protocol::decode_string(member.value).value_or("");
    if (option.kind == ValueKind::toggle && (first == 't' || first == 'f')) return std::string{member.value};
    if (option.kind == ValueKind::list && first == '[') return joined(member);
    if (option.takes_value() && option.kind != ValueKind::list && (first == '-' || (first >= '0' && first <= '9')))
      return std::string{member.value};
    const std::string_view expected = option.kind == ValueKind::toggle ? "neither true nor false"
                                      : option.kind == ValueKind::list ? "neither text nor a list of texts"
                                                                       : "neither text nor a number";
    fail(member.value, "the value of " + shown(member.key) + " is " + std::string{expected});
  }

  // A list of texts is its items with commas between, as in the environment.
  std::string joined(const protocol::JsonMember& member) const {
    const auto items = nlohmann::json::parse(member.value);
    std::string list;
    for (const auto& item : items) {
      if (!item.is_string()) fail(member.value, "the value of " + shown(member.key) + " is a list of other things than texts");
      list.append(list.empty() ? "" : ",").append(item.get_ref<const std::string&>());
    }
    return list;
  }

  void expect_object(std::string_view value, const std::string& what) const {
    if (!value.starts_with('{')) fail(value, what + " is not an object in braces");
  }

  static std::string shown(std::string_view raw_key) {
    return "'" + printable(protocol::decode_string(raw_key).value_or("")) + "'";
  }

  [[noreturn]] void fail(std::string_view at, const std::string& what) const {
    fail_at(static_cast<std::size_t>(at.data() - text_.data()), what);
  }

  [[noreturn]] void fail_at(std::size_t offset, const std::string& what) const {
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text_.size())), '\n');
    throw UsageError(printable(path_) + ":" + std::to_string(line) + ": " + what);
  }

  std::string_view text_;
  std::string_view path_;
};

}  // namespace

std::optional<std::string> config_path(const Variables& variables) {
  constexpr std::string_view below = "/procedura/config.json";
  if (auto config = variables("XDG_CONFIG_HOME")) return config->append(below);
  if (const auto home = variables("HOME")) return *home + "/.config" + std::string{below};
  return std::nullopt;
}

std::optional<Profile> read_profile(std::string_view text, std::string_view path, std::string_view name) {
  return ConfigFile{text, path}.profile(name);
}

}  // namespace procedura::cli
