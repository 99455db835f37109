#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::cli {

enum class Command : unsigned char {
  login,
  logout,
  run,
  stream,
  ws_diag,
  ws_ping,
  ws_listen,
  config_show,
  config_get,
  config_set,
  config_unset,
  config_path,
  config_profiles,
  completion,
  help,
};

class CommandSet {
 public:
  constexpr CommandSet() noexcept = default;
  constexpr CommandSet(std::initializer_list<Command> commands) noexcept {
    for (const Command command : commands) add(command);
  }
  constexpr void add(Command command) noexcept { bits_ |= bit(command); }
  constexpr bool has(Command command) const noexcept { return (bits_ & bit(command)) != 0; }
  constexpr bool meets(CommandSet other) const noexcept { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit(Command command) noexcept { return std::uint32_t{1} << static_cast<unsigned>(command); }
  std::uint32_t bits_ = 0;
};

/// A row of the table of commands. A name of two words is a group and a command of that group.
struct CommandInfo {
  Command command;
  std::string_view name;      ///< "run", "ws ping"
  std::string_view operands;  ///< as the help shows them
  std::string_view summary;
  std::size_t least = 0;  ///< operands
  std::size_t most = 0;
};

/// In the order in which the help lists them.
std::span<const CommandInfo> all_commands() noexcept;
const CommandInfo* find_command(std::string_view name) noexcept;

/// "run", "ws ping"
std::string_view to_string(Command command) noexcept;
/// Whether its words are a module and what the module is given.
constexpr bool takes_module(Command command) noexcept {
  return command == Command::run || command == Command::stream;
}

/// Whether some command's first word, of two, is this.
bool is_group(std::string_view word) noexcept;
/// What may stand first on a command line, each once; or after the first word `group`.
std::vector<std::string_view> command_words(std::string_view group = {});
/// "login, run or stream"
std::string list_of(std::span<const std::string_view> words, std::string_view last_link = ", ");

}  // namespace procedura::cli
