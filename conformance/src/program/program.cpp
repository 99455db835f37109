#include "command.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

namespace procedura::conformance {
namespace program {
namespace {

constexpr int usage_error = 2;

constexpr const char* examples = R"(Examples:
  export AGENT_CREDENTIAL='admin@procedura.org:secret123'
  procedura-conformance probe --url ws://127.0.0.1:8765 --credential-env AGENT_CREDENTIAL > agent.json
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json --json today.json --html today.html
  procedura-conformance compare yesterday.json today.json
  procedura-conformance client --profile client.json
  procedura-conformance list --select 'sync/**' --verbose

Exit codes: 0 what was judged conforms; 1 it does not, something could not be tested, or the baseline no longer holds;
2 bad usage, profile or baseline; 3 nobody there or nothing to judge; 70 the suite itself is at fault
)";

struct Known {
  std::string_view name;
  std::unique_ptr<Command> (*make)();
};
constexpr auto commands = std::to_array<Known>({{"server", server_command},
                                                {"client", client_command},
                                                {"probe", probe_command},
                                                {"list", list_command},
                                                {"mapping", mapping_command},
                                                {"compare", compare_command}});

std::string names() {
  std::string out;
  for (const Known& known : commands) {
    out.append(out.empty() ? "" : &known == &commands.back() ? " and " : ", ").append(known.name);
  }
  return out;
}

int dispatch(std::vector<std::string> args, Process& process) {
  CLI::App app{"Judges Procedura agents and clients against the wire protocol", "procedura-conformance"};
  app.footer(examples);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string{PROCEDURA_VERSION});
  std::array<std::unique_ptr<Command>, commands.size()> made;
  std::array<CLI::App*, commands.size()> defined{};
  for (std::size_t i = 0; i < commands.size(); ++i) {
    made[i] = commands[i].make();
    defined[i] = made[i]->define(app);
  }

  const auto is_known = [&args](const Known& known) { return known.name == args.front(); };
  if (!args.empty() && args.front().rfind('-', 0) != 0 && std::none_of(commands.begin(), commands.end(), is_known)) {
    throw Refused{"there is no command " + args.front() + "; there are " + names() + " (see procedura-conformance --help)"};
  }
  std::reverse(args.begin(), args.end());  // as CLI11 wants them
  try {
    app.parse(std::move(args));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error, process.out, process.err);
      return 0;
    }
    throw Refused{std::string{error.what()} + " (see procedura-conformance --help)"};
  }
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (defined[i]->parsed()) {
      return made[i]->run(process);
    }
  }
  return usage_error;  // CLI11 has refused that already
}

/// Each problem is a line of the program's own.
void tell(std::ostream& err, const std::string& what) {
  std::string_view rest = what;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    err << "procedura-conformance: " << protocol::printable(rest.substr(0, end)) << "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

std::string for_shell(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"-_./:@%+=,"}.find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) {
    return word;
  }
  std::string out = "'";
  for (const char c : word) {
    out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  }
  return out + "'";
}

Endpoint parse_endpoint(const std::string& url, Process& process) {
  auto endpoint = Endpoint::parse(url);
  if (!endpoint) {
    throw Refused{"--url " + protocol::redact_url(url) + ": " + endpoint.error().message};
  }
  if (!endpoint->warning.empty()) {
    process.err << "procedura-conformance: " << protocol::printable(endpoint->warning) << "\n";
  }
  return *std::move(endpoint);
}

bool is_capable(const Process& process) {
  return process.env("TERM").value_or("dumb") != "dumb";
}

bool wants_colour(const Process& process) {
  const auto no_colour = process.env("NO_COLOR");
  return process.out_is_terminal && (!no_colour || no_colour->empty()) && is_capable(process);
}

}  // namespace program

int run(std::vector<std::string> args, Process process) {
  try {
    return program::dispatch(std::move(args), process);
  } catch (const program::Refused& refused) {
    program::tell(process.err, refused.what);
    return program::usage_error;
  } catch (const std::exception& error) {
    process.err << "procedura-conformance: this should not have happened: " << protocol::printable(error.what()) << "\n";
    return 70;
  }
}

}  // namespace procedura::conformance
