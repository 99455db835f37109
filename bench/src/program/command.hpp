#pragma once

#include "program/program.hpp"

#include <span>
#include <string>
#include <string_view>

/// What the commands of the program share. A command is a file of its own, and is made known in commands.cpp.
namespace procedura::bench {

/// One word behind the program's name.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< for the list of commands
  std::string_view help;     ///< its examples first
  /// The process's exit code. `arguments`: what stands behind the name. Throws `Refused`.
  int (*run)(std::span<const std::string> arguments, Process& process);
};

/// All commands, in the order in which help lists them.
std::span<const Command> commands();

inline constexpr int could_not_run = 1;
inline constexpr int bad_usage = 2;

/// Why a command ends without having done what it was for: one line that says what, where, and what to do next.
struct Refused {
  int exit_code;
  std::string message;
};

/// A line for people: "procedura-bench: ...".
void say(Process& process, std::string_view what);

}  // namespace procedura::bench
