#include "command_line.hpp"

#include "split_argv.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace procedura::cli {
namespace {

std::string word_of(std::optional<Command> command) {
  return command ? " " + std::string{to_string(*command)} : std::string{};
}

std::string see_help(std::optional<Command> command) {
  return " (see: procedura" + word_of(command) + " --help)";
}

// CLI11 sees our own words only, in a flat app: with subcommands it would take `help run` for two commands.
void parse_ours(CommandLine& line, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::map<std::string, std::string, std::less<>> given;
  for (const Option& option : all_options()) {
    if (!belongs_to(option, line.command)) continue;
    const std::string name{option.name};
    const std::string spelled = (option.letter != 0 ? std::string{'-', option.letter, ','} : std::string{}) + "--" + name;
    if (option.is_flag())
      app.add_flag_callback(spelled, [&given, name] { given[name]; });
    else
      app.add_option_function<std::string>(spelled, [&given, name](const std::string& value) { given[name] = value; });
  }
  std::string operand;
  const CLI::Option* operand_option = nullptr;
  if (line.command == Command::login || line.command == Command::help) operand_option = app.add_option("operand", operand);

  std::reverse(words.begin(), words.end());  // CLI11 takes a vector from its end
  try {
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& mismatch) {
    const std::string what = mismatch.what();
    throw UsageError(what.substr(0, what.find(':')) + " is given more than once: give it once" + see_help(line.command));
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string{error.what()} + see_help(line.command));
  }
  for (const std::string& extra : app.remaining()) {
    if (extra == "--") continue;
    // What is too much for a login may be the rest of a password with a space in it.
    if (line.command == Command::login)
      throw UsageError("login takes one credential and no more: quote it if there is a space in it" + see_help(line.command));
    const bool option = extra.size() > 1 && extra[0] == '-';
    throw UsageError((option ? "unknown option '" : "unexpected argument '") + protocol::printable(extra) + "'" +
                     see_help(line.command));
  }
  line.values = std::move(given);
  if (operand_option != nullptr && operand_option->count() > 0) line.operand = operand;
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
  line.module_args = std::move(split.module_args);
  parse_ours(line, std::move(split.ours));
  if (line.has("help") || line.has("version")) return line;

  if (!line.command) throw UsageError("no command: try 'procedura run MODULE', or 'procedura help'");
  if (*line.command == Command::run || *line.command == Command::stream) {
    if (!split.module || split.module->empty())
      throw UsageError("no module: procedura" + word_of(line.command) + " MODULE [--] [module arguments]");
    line.module = std::move(*split.module);
  }
  refuse_pair(line, "token", "token-file", "name the token or the file that it is in");
  refuse_pair(line, "quiet", "verbose", "choose one");
  if (line.command == Command::login && line.has("token"))
    throw UsageError("login makes a new token and sends none: leave out --token");
  return line;
}

}  // namespace procedura::cli
