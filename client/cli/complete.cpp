#include "complete.hpp"

#include "options.hpp"
#include "pages.hpp"
#include "split_argv.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace procedura::cli {
namespace {

// Those that every agent is known to have; its own ones can only be asked of an agent.
using Module = std::pair<std::string_view, std::string_view>;
constexpr std::array run_modules{Module{"worldstate_snapshot", "the agent's world"},
                                 Module{"init_character", "a new character; takes minutes"}};
constexpr std::array stream_modules{Module{"place_ooi_sprites", "place sprites, with progress"},
                                    Module{"init_character", "a new character; takes minutes"}};

// Stands for the cursor's word: where the splitter puts it is where the cursor is.
const std::string cursor = "\x01";

SplitLine split_with(std::span<const std::string> before, const std::string& word) {
  std::vector<std::string> words{before.begin(), before.end()};
  words.push_back(word);
  return split_argv(words);
}

class Completer {
 public:
  Completer(std::string_view current, const std::function<std::vector<std::string>()>& profiles)
      : current_{current}, profiles_{profiles} {}

  Completions operator()(std::span<const std::string> before) {
    const SplitLine split = split_with(before, cursor);
    if (!split.ours.empty() && split.ours.back() == cursor) {
      value_of(split.ours.size() > 1 ? std::string_view{split.ours[split.ours.size() - 2]}.substr(2) : "", split.command);
    } else if (current_.starts_with('-')) {
      // `--help` is an option wherever one may stand.
      const SplitLine with_option = split_with(before, "--help");
      if (!with_option.ours.empty() && with_option.ours.back() == "--help") option(split.command);
    } else if (!split.command) {
      if (split_argv(before).problem.empty()) commands(split.group);
    } else if (split.module == cursor) {
      const auto& modules = split.command == Command::run ? run_modules : stream_modules;
      for (const auto& [name, about] : modules) offer(std::string{name}, about);
    } else if (!split.operands.empty() && split.operands.back() == cursor) {
      operand(*split.command, split.operands);
    }
    return std::move(found_);
  }

 private:
  void offer(std::string word, std::string_view about = {}) {
    if (word.starts_with(current_)) found_.candidates.push_back({std::move(word), about});
  }

  void option(std::optional<Command> command) {
    if (const auto equals = current_.find('='); equals != std::string_view::npos) {
      prefix_ = current_.substr(0, equals + 1);
      return value_of(current_.substr(0, equals).substr(std::min<std::size_t>(2, equals)), command);
    }
    for (const Option& option : all_options()) {
      if (command ? !belongs_to(option, *command) : !option.shared) continue;
      offer("--" + std::string{option.name}, option.help);
      if (option.kind == ValueKind::toggle && current_.starts_with("--n"))
        offer("--no-" + std::string{option.name}, option.help);
    }
  }

  void value_of(std::string_view name, std::optional<Command> command) {
    const Option* option = find_option(name, command);
    if (option == nullptr || !option->takes_value()) return;
    if (option->name == "profile")
      for (const std::string& profile : profiles_()) {
        // A name with a newline in it would be two, and nobody can type a control character.
        if (protocol::printable(profile) == profile) offer(prefix_ + profile);
      }
    else
      values(*option);
  }

  void values(const Option& option) {
    for (const auto choice : choices_of(option)) offer(prefix_ + std::string{choice});
    if (option.kind == ValueKind::toggle)
      for (const char* value : {"true", "false"}) offer(value);
    found_.files = option.kind == ValueKind::file;
  }

  void commands(std::string_view group) {
    for (const std::string_view word : command_words(group)) {
      const CommandInfo* row = find_command(group.empty() ? std::string{word} : std::string{group} + " " + std::string{word});
      offer(std::string{word}, row != nullptr ? row->summary : std::string_view{});
    }
  }

  void operand(Command command, const std::vector<std::string>& operands) {
    const bool first = operands.size() == 1;
    if (command == Command::help && first) {
      commands({});
      for (const Topic& topic : all_topics()) offer(std::string{topic.name}, topic.summary);
    } else if (command == Command::help && operands.size() == 2) {
      if (is_group(operands[0])) commands(operands[0]);
    } else if (command == Command::completion && first) {
      for (const auto shell : completion_shells()) offer(std::string{shell});
    } else if (CommandSet{Command::config_get, Command::config_set, Command::config_unset}.has(command) && first) {
      for (const Option& option : all_options())
        if (option.in_profile) offer(std::string{option.name}, option.help);
    } else if (command == Command::config_set && operands.size() == 2) {
      for (const Option& option : all_options())
        if (option.in_profile && option.name == operands[0]) values(option);
    }
  }

  std::string_view current_;
  const std::function<std::vector<std::string>()>& profiles_;
  std::string prefix_;  // `--name=`, where the value is a part of the cursor's word
  Completions found_;
};

}  // namespace

Completions complete(std::span<const std::string> words, const std::function<std::vector<std::string>()>& profiles) {
  if (words.empty()) return {};
  return Completer{words.back(), profiles}(words.first(words.size() - 1));
}

std::string completion_lines(const Completions& completions) {
  if (completions.files) return ":files\n";
  std::string lines;
  for (const auto& [word, about] : completions.candidates) {
    lines += word;
    if (!about.empty()) lines.append("\t").append(about);
    lines += "\n";
  }
  return lines;
}

}  // namespace procedura::cli
