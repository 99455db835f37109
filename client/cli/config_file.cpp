#include "config_file.hpp"

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

/// An object whose members stay in their order and as they are written: raw keys and raw values.
using Members = std::vector<std::pair<std::string, std::string>>;

Members members_of(std::string_view object) {
  Members members;
  for (ObjectScanner scan{object, depth}; auto member = scan.next();) members.emplace_back(member->key, member->value);
  return members;
}

std::string object_of(const Members& members) {
  std::string text = "{";
  for (const auto& [key, value] : members) text.append(text.size() > 1 ? "," : "").append(key).append(":").append(value);
  return text + "}";
}

std::string raw_string(std::string_view text) {
  std::string raw;
  protocol::append_string(raw, text);
  return raw;
}

/// The value of the member that `is_it` knows by its key, which is added at the end if there is none. Of several the last one,
/// which is the one that a reader takes.
std::string& value_in(Members& members, const std::string& key, const auto& is_it) {
  for (auto member = members.rbegin(); member != members.rend(); ++member)
    if (is_it(member->first)) return member->second;
  return members.emplace_back(raw_string(key), "{}").second;
}

std::string& value_in(Members& members, const std::string& key) {
  return value_in(members, key, [&](std::string_view raw) { return protocol::string_equals(raw, key); });
}

/// Either spelling is read: ack_timeout and ack-timeout.
std::string option_name(std::string_view raw_key) {
  std::string name = protocol::decode_string(raw_key).value_or("");
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string json_of(const Option& option, const std::string& text) {
  const bool number = option.kind == ValueKind::seconds || option.kind == ValueKind::whole;
  if (number && protocol::check_json(text).fault == protocol::JsonFault::none) return text;
  if (option.kind == ValueKind::toggle) return text == "1" || text == "true" ? "true" : "false";
  if (option.kind != ValueKind::list || text.find(',') == std::string::npos) return raw_string(text);
  std::string list = "[";
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    list.append(at > 0 ? "," : "").append(raw_string(std::string_view{text}.substr(at, end - at)));
    at = end + 1;
  }
  return list + "]";
}

class ConfigFile {
 public:
  ConfigFile(std::string_view text, std::string_view path) : text_{text}, path_{path} {}

  std::optional<Profile> profile(std::string_view name) const {
    std::optional<Profile> found;
    each_profile([&](const protocol::JsonMember& entry) {
      if (protocol::string_equals(entry.key, name)) found = read(entry, name);
    });
    return found;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> found;
    each_profile([&](const protocol::JsonMember& entry) { found.push_back(protocol::decode_string(entry.key).value_or("")); });
    return found;
  }

  /// What an edit takes for granted. Unlike a reader, it does not mind members that it does not know.
  void check_form(std::string_view name) const {
    check_whole();
    for (ObjectScanner top{text_, depth}; auto member = top.next();) {
      if (!protocol::string_equals(member->key, "profiles")) continue;
      expect_object(member->value, "'profiles'");
      for (ObjectScanner profiles{member->value, depth}; auto entry = profiles.next();)
        if (protocol::string_equals(entry->key, name)) expect_object(entry->value, "a profile");
    }
  }

 private:
  void each_profile(const auto& look) const {
    check_whole();
    for (ObjectScanner top{text_, depth}; auto member = top.next();) {
      if (!protocol::string_equals(member->key, "profiles"))
        fail(member->key, "unknown key " + shown(member->key) + "; the only one is 'profiles'");
      expect_object(member->value, "'profiles'");
      for (ObjectScanner profiles{member->value, depth}; auto entry = profiles.next();) look(*entry);
    }
  }

  void check_whole() const {
    ObjectScanner scan{text_, depth};
    while (scan.next()) continue;
    if (!scan.done())
      fail_at(scan.offset(), "this is not the JSON of a config file: " + std::string{describe(scan.fault())} +
                                 "; repair it or move it away (see: procedura help profiles)");
  }

  Profile read(const protocol::JsonMember& entry, std::string_view name) const {
    expect_object(entry.value, "a profile");
    Profile profile{std::string{name}, std::string{path_}, {}};
    for (ObjectScanner members{entry.value, depth}; auto member = members.next();) {
      const std::string key = option_name(member->key);
      std::string& value = profile.values[key] = value_of(check_key(key, member->key), *member);
      // A system call would take what stands before it for the whole path.
      if (value.find('\0') != value.npos) fail(member->value, "the value of " + shown(member->key) + " has a NUL in it");
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
    const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
    const auto column = 1 + std::count_if(in_line.begin(), in_line.end(), [](char byte) { return (byte & 0xC0) != 0x80; });
    throw UsageError(printable(path_) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
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

std::vector<std::string> profile_names(std::string_view text, std::string_view path) {
  return ConfigFile{text, path}.names();
}

std::string edit_profile(const std::optional<std::string>& text, std::string_view path, const ProfileEdit& edit) {
  if (text) ConfigFile{*text, path}.check_form(edit.profile);
  Members top = members_of(text ? std::string_view{*text} : "{}");
  std::string& profiles_text = value_in(top, "profiles");
  Members profiles = members_of(profiles_text);
  std::string& profile_text = value_in(profiles, edit.profile);
  Members profile = members_of(profile_text);

  const auto is_it = [&](std::string_view raw) { return option_name(raw) == edit.option->name; };
  if (edit.value) {
    std::string key{edit.option->name};
    std::replace(key.begin(), key.end(), '-', '_');
    value_in(profile, key, is_it) = json_of(*edit.option, *edit.value);
  } else {
    std::erase_if(profile, [&](const auto& member) { return is_it(member.first); });
  }
  profile_text = object_of(profile);
  profiles_text = object_of(profiles);
  std::string edited;
  protocol::append_pretty(edited, object_of(top));
  return edited + "\n";
}

}  // namespace procedura::cli
