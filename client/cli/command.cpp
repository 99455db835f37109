#include "command.hpp"

#include <algorithm>
#include <array>

namespace procedura::cli {
namespace {

constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

constexpr std::array commands{
    CommandInfo{Command::login, "login", "[CREDENTIAL | -]", "log in and save the session token", 0, 1},
    CommandInfo{Command::logout, "logout", "", "forget the saved token"},
    CommandInfo{Command::run, "run", "MODULE [--] [ARGS...]", "run a module and print its result"},
    CommandInfo{Command::stream, "stream", "MODULE [--] [ARGS...]", "run a long module and print its events as they come"},
    CommandInfo{Command::ws_diag, "ws diag", "", "look at name, address, TLS, handshake, session and agent: one report"},
    CommandInfo{Command::ws_ping, "ws ping", "", "measure round-trip times until Ctrl-C"},
    CommandInfo{Command::ws_listen, "ws listen", "", "print events that belong to no request, as they come"},
    CommandInfo{Command::config_show, "config show", "", "every setting, its value and where that comes from"},
    CommandInfo{Command::config_get, "config get", "NAME", "the value of one setting", 1, 1},
    CommandInfo{Command::config_set, "config set", "NAME VALUE", "keep a setting in the profile", 2, 2},
    CommandInfo{Command::config_unset, "config unset", "NAME", "take it out again", 1, 1},
    CommandInfo{Command::config_path, "config path", "", "where the settings lie"},
    CommandInfo{Command::config_profiles, "config profiles", "", "the names of the profiles"},
    CommandInfo{Command::completion, "completion", "bash | zsh | fish", "a script that teaches a shell these commands", 1,
                unlimited},
    CommandInfo{Command::help, "help", "[TOPIC]", "a command, or one of the topics below", 0, 2},
};

std::string_view first_word(std::string_view name) noexcept {
  return name.substr(0, name.find(' '));
}

}  // namespace

std::span<const CommandInfo> all_commands() noexcept {
  return commands;
}

const CommandInfo* find_command(std::string_view name) noexcept {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const auto& row) { return row.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string_view to_string(Command command) noexcept {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const auto& row) { return row.command == command; });
  return found == commands.end() ? std::string_view{} : found->name;
}

bool is_group(std::string_view word) noexcept {
  return std::any_of(commands.begin(), commands.end(),
                     [&](const auto& row) { return row.name != first_word(row.name) && first_word(row.name) == word; });
}

std::vector<std::string_view> command_words(std::string_view group) {
  std::vector<std::string_view> words;
  for (const CommandInfo& row : commands) {
    const std::string_view first = first_word(row.name);
    if (group.empty()) {
      if (words.empty() || words.back() != first) words.push_back(first);
    } else if (first == group && row.name != first) {
      words.push_back(row.name.substr(first.size() + 1));
    }
  }
  return words;
}

std::string list_of(std::span<const std::string_view> words, std::string_view last_link) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i)
    list.append(i == 0 ? "" : i + 1 == words.size() ? last_link : ", ").append(words[i]);
  return list;
}

}  // namespace procedura::cli
