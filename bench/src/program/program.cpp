#include "program/program.hpp"

#include "program/command.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <ostream>

namespace procedura::bench {
namespace {

std::string general_help() {
  std::string text = R"(Examples:
  procedura-bench run --url ws://127.0.0.1:8765 --module worldstate_snapshot --rate 200 --out run.json --html run.html
  procedura-bench compare --a './agent-1.4 --port {port}' --b './agent-1.5 --port {port}' --module worldstate_snapshot --concurrency 4
  procedura-bench run --help

Measures Procedura agents. Commands:
)";
  for (const Command& command : commands()) text += fmt::format("  {:<10}{}\n", command.name, command.summary);
  return text + R"(
Each has its options, examples and exit codes behind --help. --version says which version this is.
)";
}

std::string names() {
  std::string text;
  for (const Command& command : commands()) {
    text.append(text.empty() ? "" : ", ").append("'").append(command.name).append("'");
  }
  return text;
}

int print(Process& process, std::string_view text) {
  process.out << text << std::flush;
  return process.out ? 0 : could_not_run;
}

// What is behind `--` is for a module, and may be --help.
bool asks_for_help(std::span<const std::string> arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::any_of(arguments.begin(), end, [](const std::string& word) { return word == "--help" || word == "-h"; });
}

int dispatch(std::span<const std::string> arguments, Process& process) {
  if (arguments.empty()) {
    throw Refused{bad_usage, "what to do? 'procedura-bench run --help' shows how to measure an agent"};
  }
  const std::string& word = arguments.front();
  if (word == "help" && arguments.size() > 1 && arguments[1] != "help") {
    return dispatch(std::vector<std::string>{arguments[1], "--help"}, process);
  }
  if (word == "--help" || word == "-h" || word == "help") return print(process, general_help());
  if (word == "--version") return print(process, "procedura-bench " PROCEDURA_VERSION "\n");
  const auto all = commands();
  const auto command = std::find_if(all.begin(), all.end(), [&](const Command& each) { return each.name == word; });
  if (command == all.end()) {
    throw Refused{bad_usage, fmt::format("unknown command '{}'; there is {}, see 'procedura-bench --help'",
                                         protocol::printable(word), names())};
  }
  if (asks_for_help(arguments.subspan(1))) return print(process, command->help);
  return command->run(arguments.subspan(1), process);
}

}  // namespace

void say(Process& process, std::string_view what) {
  process.err << "procedura-bench: " << what << std::endl;
}

int run(const std::vector<std::string>& args, Process& process) {
  try {
    return dispatch(args, process);
  } catch (const Refused& refused) {
    say(process, refused.message);
    return refused.exit_code;
  } catch (const std::exception& trouble) {
    say(process, protocol::printable(trouble.what()));
    return could_not_run;
  }
}

}  // namespace procedura::bench
