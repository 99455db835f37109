#pragma once

#include "options.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace procedura::cli {

/// A command line, taken apart before any argument parser sees it: a module's arguments are nobody's business but the module's
/// (CLI11 drops `[]`, splits `[a,b]` and would take `--n` for its own).
struct SplitLine {
  std::optional<Command> command;        ///< nothing if the line has none (`procedura --help`)
  std::string group;                     ///< the first word of a command of two, also if the second one is missing
  std::vector<std::string> ours;         ///< our options; `--x=v` as two words
  std::vector<std::string> operands;     ///< of the commands that take no module
  std::optional<std::string> module;     ///< of `run` and `stream`
  std::vector<std::string> module_args;  ///< verbatim
  std::string problem;                   ///< not empty: what is wrong, for people
};

/// `words` is argv without the program's name. After `run|stream MODULE`, our own long options are recognised until `--` or the
/// first other word; everything from there on is the module's. Before the module, `--` makes the next word the module.
SplitLine split_argv(std::span<const std::string> words);

/// Which words hold a secret: login's credential, the value of --token, and a URL with a password or a token in it. They are to
/// be blotted out of the process list.
std::vector<std::size_t> secret_words(std::span<const std::string> words);

}  // namespace procedura::cli
