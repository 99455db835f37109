#include "help.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace procedura::cli {
namespace {

constexpr std::string_view overview_page = R"(Drive a Procedura agent over WebSocket.

Examples
  procedura login admin@procedura.org:secret123 --ttl 7200
  procedura run worldstate_snapshot -- --terse
  procedura stream place_ooi_sprites -- --dry-run --n 4
  procedura --url ws://agent.example:8765 --wait 30 run worldstate_snapshot

Usage: procedura [options] COMMAND ...
)";

constexpr std::string_view overview_options = R"(
Options (before the command, or after it; of a module's line only before its arguments)
)";

constexpr std::string_view login_page = R"(Log in with a password and save the session token for later commands.

Examples
  procedura login                                        asks for the credential and shows nothing of it
  procedura login - < credential.txt                     reads the first line of stdin
  procedura login admin@procedura.org:secret123          other users of the machine can see this
  PROCEDURA_CREDENTIAL=... procedura login --ttl 7200

Usage: procedura login [CREDENTIAL | -] [options]

CREDENTIAL is EMAIL:PASSWORD, or the base64 of that with or without the prefix b64:. The saved token is never sent with a login.
The result is printed with the token redacted. Without --attach the login replaces: an agent may then close the session's
other connections.

Options
)";

constexpr std::string_view logout_page =
    R"(Forget the saved session token. The agent is not told: the token lives there until it expires.

Example
  procedura logout

Options
)";

constexpr std::string_view run_page = R"(Run a module and print its result.

Examples
  procedura run worldstate_snapshot
  procedura run worldstate_snapshot -- --terse           what follows -- is the module's
  procedura run worldstate_snapshot --terse              so is everything from the first word that is no option of ours
  procedura run init_character --final-timeout 1200 -- --objective-text="find the exit"
  procedura --output json run worldstate_snapshot | jq .meta

Usage: procedura [options] run MODULE [options] [--] [module arguments]

Options
)";

constexpr std::string_view stream_page = R"(Run a long module and print each of its events as it comes, with `phase` first.

Examples
  procedura stream place_ooi_sprites -- --dry-run --n 4 --radius 400
  procedura --output ndjson stream place_ooi_sprites --n 4 | jq -r .phase

Usage: procedura [options] stream MODULE [options] [--] [module arguments]

On a terminal, progress is drawn on stderr. Ctrl-C stops waiting and names the job, which may still run.

Options
)";

constexpr std::string_view exit_codes_page = R"(Exit codes
  0    ok
  1    the module failed, or the output could not be written
  2    the command line, a setting or the module's name cannot be used as given
  3    cannot connect, or the connection was lost
  4    login needed or refused: run `procedura login`
  5    a waiting time was over (acknowledgement, result, next event)
  6    the agent broke the protocol
  130  interrupted with Ctrl-C: the job may still run

With every code but 0, 2 and 130 stdout has an error object: {"status": "error", "code": ..., "message": ...}.
)";

constexpr std::string_view profiles_page = R"(Profiles
  Settings that are used often lie in $XDG_CONFIG_HOME/procedura/config.json, else in ~/.config/procedura/config.json:

  {
    "profiles": {
      "default": { "output": "ndjson" },
      "staging": { "url": "ws://staging.example:8765", "token_file": "/home/me/.procedura/staging", "ack_timeout": 30 }
    }
  }

  --profile NAME or PROCEDURA_PROFILE chooses one; without either it is `default`, which need not exist.
  Keys are the options' long names, with _ for -. Tokens and passwords do not belong there.
  Precedence: command line, then environment, then profile, then default. --verbose says where each setting came from.
)";

constexpr std::string_view output_page = R"(Output
  stdout is data, stderr is for people.

  --output pretty   indented by two spaces, as json.dumps(indent=2, ensure_ascii=False) of Python lays it out
  --output json     without white space
  --output ndjson   one line per event, written at once

  Member order and the digits of numbers are the agent's. An error object goes to stdout like a result, and one line for
  people to stderr. On a terminal, control and bidirectional characters in what the agent sent are shown as escapes; in a
  pipe or a file the output is exact.
)";

constexpr std::array<std::string_view, 4> topics{"exit-codes", "environment", "profiles", "output"};

constexpr std::string_view config_path_page = R"page(Print where the settings lie, whether there is such a file yet or not.

Example
  cat "$(procedura config path)"

Options
)page";

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

std::string spelled(const Option& option) {
  const std::string name{option.name};
  if (option.letter != 0) return std::string{'-', option.letter, ',', ' '} + "--" + name;
  if (option.kind == ValueKind::toggle) return "--[no-]" + name;
  return "--" + name + (option.takes_value() ? " " + std::string{option.value} : std::string{});
}

std::string option_line(const Option& option) {
  std::string line = "  " + padded(spelled(option), 22) + std::string{option.help};
  if (!option.default_text.empty() && option.kind != ValueKind::toggle)
    line.append(" [").append(option.default_text).append("]");
  return line + "\n";
}

// A command's page begins with its own options; the program's page has only those that may stand with every command.
std::string option_lines(std::optional<Command> command) {
  std::string own;
  std::string common;
  for (const Option& option : all_options())
    if (command ? belongs_to(option, *command) : option.shared) (option.shared ? common : own) += option_line(option);
  return own + common;
}

std::string command_lines() {
  std::string text = "\nCommands\n";
  for (const CommandInfo& row : all_commands()) {
    const std::string call = std::string{row.name} + (row.operands.empty() ? "" : " ") + std::string{row.operands};
    text += "  " + padded(call, 28) + std::string{row.summary} + "\n";
  }
  return text + "Topics of help: " + list_of(help_topics()) + "\n";
}

std::string environment_page() {
  std::string text = "Environment (a flag of the same name wins)\n";
  for (const Option& option : all_options())
    if (!option.environment.empty())
      text += "  " + padded(std::string{option.environment}, 26) + "--" + std::string{option.name} + "\n";
  for (const auto& [name, meaning] :
       {std::pair{"PROCEDURA_CREDENTIAL", "what login uses if the command line has no credential"},
        {"PROCEDURA_KEY_PASSWORD", "of an encrypted --key"},
        {"XDG_CONFIG_HOME", "where procedura/config.json lies (else ~/.config); see: procedura help profiles"},
        {"NO_COLOR, TERM=dumb", "no colours"}})
    text += "  " + padded(name, 26) + meaning + "\n";
  return text;
}

std::string_view page_head(std::optional<Command> command) {
  if (!command) return overview_page;
  switch (*command) {
    case Command::login:
      return login_page;
    case Command::logout:
      return logout_page;
    case Command::run:
      return run_page;
    case Command::stream:
      return stream_page;
    case Command::config_path:
      return config_path_page;
    case Command::ws_diag:
    case Command::ws_ping:
    case Command::ws_listen:
    case Command::help:
      break;
  }
  return overview_page;
}

}  // namespace

std::string help_page(std::optional<Command> command) {
  if (!command || command == Command::help)
    return std::string{overview_page} + command_lines() + std::string{overview_options} + option_lines(std::nullopt);
  return std::string{page_head(command)} + option_lines(command);
}

std::string group_page(std::string_view group) {
  std::string text;
  for (const std::string_view word : command_words(group)) {
    const std::string name = std::string{group} + " " + std::string{word};
    text += (text.empty() ? "" : "\n") + name + "\n\n" + help_page(find_command(name)->command);
  }
  return text;
}

std::optional<std::string> help_topic(std::string_view topic) {
  if (const CommandInfo* row = find_command(topic)) return help_page(row->command);
  if (is_group(topic)) return group_page(topic);
  if (topic == "exit-codes") return std::string{exit_codes_page};
  if (topic == "environment") return environment_page();
  if (topic == "profiles") return std::string{profiles_page};
  if (topic == "output") return std::string{output_page};
  return std::nullopt;
}

std::span<const std::string_view> help_topics() noexcept {
  return topics;
}

}  // namespace procedura::cli
