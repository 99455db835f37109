#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What could come next on a command line. A shell's script only asks this and shows the answer, so that every shell offers the
/// same, from the same tables as the help.
namespace procedura::cli {

struct Candidate {
  std::string word;
  std::string_view about;
};

struct Completions {
  std::vector<Candidate> candidates;
  bool files = false;  ///< a path belongs here: the shell knows best which there are
};

/// `words` are those before the cursor, without the program's name, and last what the cursor's own word has before it, which
/// may be empty. `profiles` is asked only where the name of one belongs. A module's arguments are never completed.
Completions complete(std::span<const std::string> words, const std::function<std::vector<std::string>()>& profiles);

/// A line each, `word<TAB>about`; or `:files`.
std::string completion_lines(const Completions& completions);

/// The script for "bash", "zsh" or "fish"; empty for another shell.
std::string_view completion_script(std::string_view shell) noexcept;
std::span<const std::string_view> completion_shells() noexcept;

}  // namespace procedura::cli
