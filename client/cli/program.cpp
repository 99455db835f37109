#include "program.hpp"

#include "command_line.hpp"
#include "commands.hpp"
#include "complete.hpp"
#include "config_command.hpp"
#include "help.hpp"
#include "suggest.hpp"

#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>

namespace procedura::cli {
namespace {

using protocol::printable;

constexpr std::size_t longest_complaint = 2000;  // it quotes what was given, and that may be a whole file

class Program {
 public:
  explicit Program(Process& process) : process_{process} {}

  ExitCode operator()(std::span<const std::string> words) {
    const CommandLine line = parse_command_line(words);
    if (line.has("version")) return show("procedura " PROCEDURA_VERSION "\n");
    if (line.has("help")) return show(line.command || line.group.empty() ? help_page(line.command) : group_page(line.group));
    if (line.command == Command::help) return help(line.operands);
    if (line.command == Command::completion) return completion(line.operands);
    if (line.group == "config") return config(line);

    const Settings settings = resolve_settings(line, process_.variables, chosen_profile(process_, line));
    if (settings.verbose) explain(settings);
    if (!settings.quiet && !settings.endpoint.warning.empty()) note("warning: " + settings.endpoint.warning);
    switch (*line.command) {
      case Command::login:
        return log_in(line, settings);
      case Command::logout:
        return log_out(settings);
      case Command::run:
        return run_module(process_, settings, line);
      case Command::stream:
        return stream_module(process_, settings, line);
      case Command::ws_diag:
        return ws_diag(process_, settings);
      case Command::ws_ping:
        return ws_ping(process_, settings);
      case Command::ws_listen:
        return ws_listen(process_, settings);
      default:  // done above
        break;
    }
    return ExitCode::usage;
  }

  void note(std::string_view text) { process_.err.write("procedura: " + std::string{text} + "\n"); }

 private:
  ExitCode show(const std::string& text) {
    if (process_.out.write(text)) return ExitCode::ok;
    note("cannot write to stdout: " + process_.out.trouble());
    return ExitCode::failed;
  }

  ExitCode help(const std::vector<std::string>& words) {
    if (words.empty()) return show(help_page(std::nullopt));
    const std::string topic = words.size() == 1 ? words[0] : words[0] + " " + words[1];
    if (const auto text = help_topic(topic)) return show(*text);
    std::vector<std::string_view> known = command_words();
    const std::vector<std::string_view> topics = help_topics();
    known.insert(known.end(), topics.begin(), topics.end());
    for (const CommandInfo& row : all_commands())
      if (row.name.find(' ') != std::string_view::npos && words.size() > 1) known.push_back(row.name);
    throw UsageError("no help on '" + printable(topic) + "'" + did_you_mean(topic, known) + " (there is: " + list_of(known) +
                     ")");
  }

  ExitCode completion(std::span<const std::string> operands) {
    const std::string& shell = operands.front();
    if (shell == "words") return show(completion_lines(complete(operands.subspan(1), [&] { return all_profiles(process_); })));
    if (operands.size() > 1)
      throw UsageError("unexpected argument '" + printable(operands[1]) + "' (see: procedura completion --help)");
    if (const auto script = completion_script(shell); !script.empty()) return show(std::string{script});
    throw UsageError("no completion for '" + printable(shell) + "'" + did_you_mean(shell, completion_shells()) +
                     " (there is: " + list_of(completion_shells()) + ")");
  }

  // These look at settings as they are, sound or not.
  ExitCode config(const CommandLine& line) {
    switch (*line.command) {
      case Command::config_show:
        return config_show(process_, line);
      case Command::config_get:
        return config_get(process_, line);
      case Command::config_set:
      case Command::config_unset:
        return config_set(process_, line);
      case Command::config_profiles:
        return config_profiles(process_);
      default:
        return config_path(process_);
    }
  }

  void explain(const Settings& settings) {
    for (const auto& [name, setting] : settings.origins)
      note(std::string{name} + " = " + printable(setting.text) + " (" + printable(setting.where) + ")");
  }

  std::string credential(const std::string& operand) {
    if (operand == "-") {
      if (auto first_line = process_.in.read_line()) return *first_line;
      throw UsageError("login -: stdin has no line: write EMAIL:PASSWORD to it");
    }
    if (!operand.empty()) return operand;
    if (auto given = process_.variables("PROCEDURA_CREDENTIAL")) return *given;
    if (!process_.in.is_terminal())
      throw UsageError(
          "no credential: give one, or `-` for stdin, or set PROCEDURA_CREDENTIAL; nobody can be asked without a terminal");
    auto typed = process_.in.read_hidden_line([this] { process_.err.write("Credential (EMAIL:PASSWORD, not shown): "); });
    process_.err.write("\n");
    if (typed) return *typed;
    throw Interrupted{};
  }

  ExitCode log_in(const CommandLine& line, const Settings& settings) {
    const std::string operand = line.operands.empty() ? std::string{} : line.operands.front();
    const std::string secret = credential(operand);
    if (!protocol::parse_credential(secret))
      throw UsageError("the credential is neither EMAIL:PASSWORD nor the base64 of that: check it");
    if (!settings.quiet && !operand.empty() && operand != "-")
      note("hint: other users of this machine can see a credential on a command line; `procedura login` asks for it");
    if (!settings.quiet && process_.variables("PROCEDURA_TOKEN"))
      note("hint: PROCEDURA_TOKEN is set and wins over the token that is saved now");
    return login(process_, settings, secret);
  }

  ExitCode log_out(const Settings& settings) {
    const auto store = token_store(settings, process_.variables);
    if (!store) throw UsageError(store.error().message);
    const auto removed = store->remove();
    if (!removed) {
      note(describe(removed.error()));
      return ExitCode::failed;
    }
    const std::string path = printable(store->path().string());
    if (!settings.quiet) note(*removed ? "removed the token in " + path : "there was no token in " + path);
    return ExitCode::ok;
  }

 public:
  struct Interrupted {};

 private:
  Process& process_;
};

}  // namespace

int run(std::span<const std::string> words, Process& process) {
  Program program{process};
  try {
    return static_cast<int>(program(words));
  } catch (const UsageError& error) {
    program.note(protocol::excerpt(error.what(), longest_complaint));
    return static_cast<int>(ExitCode::usage);
  } catch (const Program::Interrupted&) {
    return static_cast<int>(ExitCode::interrupted);
  } catch (const std::exception& error) {
    program.note("internal error, please report it: " + printable(error.what()));
    return static_cast<int>(ExitCode::failed);
  }
}

}  // namespace procedura::cli
