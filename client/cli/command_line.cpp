#include "command_line.hpp"

#include "split_argv.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace procedura::cli {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::string word_of(std::optional<Command> command) {
  return command ? " " + std::string{to_string(*command)} : std::string{};
}

std::string see_help(std::optional<Command> command) {
  return " (see: procedura" + word_of(command) + " --help)";
}

void define(CLI::App& app, const Option& option, Values& given) {
  const std::string name{option.name};
  const std::string spelled = (option.letter != 0 ? std::string{'-', option.letter, ','} : std::string{}) + "--" + name;
  switch (option.kind) {
    case ValueKind::flag:
      app.add_flag_callback(spelled, [&given, name] { given[name]; });
      break;
    case ValueKind::toggle:
      for (const auto& [flag, value] : {std::pair{"--" + name, "true"}, {"--no-" + name, "false"}})
        app.add_flag_callback(flag, [&given, name, value = value] {
          if (!given.emplace(name, value).second)
            throw UsageError("--" + name + " and --no-" + name + " exclude each other: choose one");
        });
      break;
    case ValueKind::list:
      app.add_option(spelled)->expected(1)->take_all()->each([&given, name](const std::string& value) {
        std::string& list = given[name];
        list.append(list.empty() ? "" : ",").append(value);
      });
      break;
    default:
      app.add_option_function<std::string>(spelled, [&given, name](const std::string& value) { given[name] = value; });
  }
}

// CLI11 sees our own options only, in a flat app: with subcommands it would take `help run` for two commands.
Values parse_options(std::optional<Command> command, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  Values given;
  for (const Option& option : all_options())
    if (option.shared || (command && belongs_to(option, *command))) define(app, option, given);

  std::reverse(words.begin(), words.end());  // CLI11 takes a vector from its end
  try {
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& mismatch) {
    const std::string what = mismatch.what();
    throw UsageError(what.substr(0, what.find(':')) + " is given more than once: give it once" + see_help(command));
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string{error.what()} + see_help(command));
  }
  for (const std::string& extra : app.remaining()) {
    if (command == Command::login) throw UsageError("a credential that begins with a dash goes behind --" + see_help(command));
    throw UsageError("unknown option '" + protocol::printable(extra) + "'" + see_help(command));
  }
  return given;
}

void check_operands(const CommandLine& line) {
  const CommandInfo& row = *find_command(to_string(*line.command));
  if (takes_module(row.command)) return;
  if (line.operands.size() > row.most) {
    // What is too much for a login may be the rest of a password with a space in it.
    if (line.command == Command::login)
      throw UsageError("login takes one credential and no more: quote it if there is a space in it" + see_help(line.command));
    throw UsageError("unexpected argument '" + protocol::printable(line.operands[row.most]) + "'" + see_help(line.command));
  }
  if (line.operands.size() < row.least)
    throw UsageError(std::string{row.name} + " needs more: procedura " + std::string{row.name} + " " +
                     std::string{row.operands});
}

void refuse_pair(const CommandLine& line, std::string_view one, std::string_view other, std::string_view advice) {
  if (line.has(one) && line.has(other))
    throw UsageError("--" + std::string{one} + " and --" + std::string{other} + " exclude each other: " + std::string{advice});
}

}  // namespace

CommandLine parse_command_line(std::span<const std::string> words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!protocol::is_utf8(words[i]))
      throw UsageError("argument " + std::to_string(i + 1) + " is not UTF-8 and cannot be sent as JSON: convert it first");

  SplitLine split = split_argv(words);
  if (!split.problem.empty()) throw UsageError(split.problem);

  CommandLine line;
  line.command = split.command;
  line.group = std::move(split.group);
  line.operands = std::move(split.operands);
  line.module_args = std::move(split.module_args);
  line.values = parse_options(line.command, std::move(split.ours));
  if (line.has("help") || line.has("version")) return line;

  if (!line.command && !line.group.empty())
    throw UsageError(line.group + " what? procedura " + line.group + " " + list_of(command_words(line.group), " or ") +
                     " (see: procedura " + line.group + " --help)");
  if (!line.command) throw UsageError("no command: try 'procedura run MODULE', or 'procedura help'");
  if (takes_module(*line.command)) {
    if (!split.module || split.module->empty())
      throw UsageError("no module: procedura" + word_of(line.command) + " MODULE [--] [module arguments]");
    line.module = std::move(*split.module);
  }
  check_operands(line);
  refuse_pair(line, "token", "token-file", "name the token or the file that it is in");
  refuse_pair(line, "quiet", "verbose", "choose one");
  refuse_pair(line, "insecure", "ca", "with --insecure nobody is asked whom to trust");
  if (line.command == Command::login && line.has("token"))
    throw UsageError("login makes a new token and sends none: leave out --token");
  return line;
}

}  // namespace procedura::cli
