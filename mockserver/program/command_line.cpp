#include "command_line.hpp"

#include "record.hpp"
#include "scenario/reader.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace procedura::mock {
namespace {

constexpr auto help_text = R"(mock-agent stands in for a Procedura agent, as a scenario tells it to.

Examples:
  mock-agent --script demo-world.json
  mock-agent --script demo-world.json --script demo-world.expect.json --port 0 --ready-file ready.json
  mock-agent --script slow-agent.json --time-scale 0.01
  mock-agent --script ci.json --until-met --deadline 60s --strict --junit mock.xml --journal mock.ndjson
  mock-agent --script demo-world.json --watch
  mock-agent check demo-world.json demo-world.expect.json
  mock-agent schema > scenario.schema.json

Usage:
  mock-agent --script FILE [--script FILE...] [options]
  mock-agent check FILE...    say everything that is wrong with a scenario; several files are one, as with --script
  mock-agent schema           print the JSON Schema of a scenario
  mock-agent record ...       record an agent's sessions as a scenario; see mock-agent record --help

The scenario:
  --script FILE         a scenario; given again, a later file overrides and adds to an earlier one
  --watch               uses the files anew when they change; no connection is dropped, and while they are wrong the old ones stay
  --seed N              for everything random, instead of the scenario's own
  --chaos RATE          gives so many of the replies' frames a fault, from 0 to 1, drawn from the seed
  --time-scale X        multiplies the scenario's delays; 0 leaves none (default 1)

Listening:
  --host HOST           the address to listen on (default 127.0.0.1)
  --port PORT           the port to listen on; 0 picks a free one (default 8765)
  --ready-file FILE     written once it listens, with the same line as stdout
  --max-connections N   at once; more are refused (default 16384, or as the scenario says)
  --allow-origin O      lets web pages of this origin connect; may be given again
  --admin-token-file F  asks for the token in this file under /__admin/ (or that in MOCK_AGENT_ADMIN_TOKEN); without one,
                        the admin side is off unless only this machine can connect
  --tls-self-signed     wss:// with a certificate made for this run; the line on stdout has its fingerprint
  --tls-cert FILE       wss:// with this certificate, its chain behind it (PEM)
  --tls-key FILE        its key (PEM, without a passphrase)
  --tls-client-ca FILE  clients must show a certificate that one of these has signed (PEM)

The run and its verdict:
  --until-met           ends when what was expected has come, no job runs and everybody has hung up
  --deadline TIME       ends then at the latest: 30s, 5m; exit code 5 if an expectation is not met by then
  --strict              a client that breaks the protocol fails the run, with exit code 4
  --journal FILE        writes every event as a line of JSON, as the run goes on
  --junit FILE          writes the verdict as JUnit XML, at the end

  --help, --version

When it listens it prints one line of JSON on stdout: 
{"listening":"ws://127.0.0.1:8765","admin":"http://127.0.0.1:8765/__admin/","pid":4711}
SIGINT and SIGTERM close every connection with 1001; then the verdict on the scenario's expectations goes to stderr, and
the line that repeats the run if it failed.

Exit codes: 0 expectations met, 1 not met or unexpected requests, 2 wrong usage or scenario, or a file that cannot be written,
3 cannot listen, 4 a client broke the protocol (--strict), 5 the deadline passed, 70 a bug
Where several hold: 70, 3, 2, 4, 5, 1.
)";

constexpr auto see_help = "see mock-agent --help";

Usage usage(std::string_view problem) {
  return {fmt::format("{}; {}", protocol::printable(problem), see_help)};
}

// CLI11's own words span lines and end in full stops at times.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

Usage unexpected(const CLI::App& app, std::string_view word) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> options{names.begin(), names.end()};
  static constexpr std::array<std::string_view, 3> commands{"check", "schema", "record"};
  if (word.starts_with("-")) {
    const auto name = word.substr(0, word.find('='));
    if (std::find(options.begin(), options.end(), name) != options.end()) return usage("check and schema take no options");
    return usage(fmt::format("unknown option {}{}", quote(name), did_you_mean(name, options)));
  }
  const auto hint = did_you_mean(word, commands);
  return usage(fmt::format("unexpected argument {}{}", quote(word), hint.empty() ? "; a scenario goes behind --script" : hint));
}

// What CLI11 checks an option's text with: what is wrong with it, or nothing. It takes the next option for a value.
std::string value(const std::string& text) {
  return text.empty() || text.starts_with("--") ? "takes a value" : "";
}

template <typename Number>
std::optional<Number> whole(const std::string& text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

std::string scale(const std::string& text) {
  const auto number = whole<double>(text);
  return number && *number >= 0 && *number <= 1e6 ? "" : "takes a number from 0 to 1000000";
}

// We read whole numbers ourselves: CLI11 would take -1 for the largest of all, and 010 for 8.
std::string seed(const std::string& text) {
  return whole<std::uint64_t>(text) ? "" : "takes a whole number from 0 to 18446744073709551615";
}

std::string rate(const std::string& text) {
  const auto number = whole<double>(text);
  return number && *number >= 0 && *number <= 1 ? "" : "takes a number from 0 to 1";
}

std::string duration(const std::string& text) {
  const auto given = parse_duration(text);
  return given && given->count() > 0 ? "" : "takes a duration over 0, as 500ms, 30s or 5m";
}

std::string count(const std::string& text) {
  const auto number = whole<std::uint32_t>(text);
  return number && *number > 0 ? "" : "takes a whole number from 1 to 4294967295";
}

std::string port(const std::string& text) {
  return whole<std::uint16_t>(text) ? "" : "takes a number from 0 to 65535";
}

std::string_view tls_problem(const Serve& serve) {
  if (serve.tls_certificate.empty() != serve.tls_key.empty()) return "--tls-cert and --tls-key go together";
  if (serve.tls_self_signed && !serve.tls_certificate.empty()) {
    return "--tls-self-signed makes a certificate: leave it out, or --tls-cert and --tls-key";
  }
  if (!serve.tls_client_ca.empty() && !serve.tls()) {
    return "--tls-client-ca needs TLS: add --tls-self-signed, or --tls-cert and --tls-key";
  }
  return {};
}

}  // namespace

Command parse_command_line(const std::vector<std::string>& args) {
  if (!args.empty() && args.front() == "record") return parse_record({args.begin() + 1, args.end()});
  Serve serve;
  Check check;
  bool help = false;
  bool version = false;

  CLI::App app{"", "mock-agent"};
  app.set_help_flag();
  app.add_flag("-h,--help", help);
  app.add_flag("--version", version);
  const std::vector<const CLI::Option*> of_serve{
      app.add_option("--script", serve.scripts)->allow_extra_args(false)->check(value),
      app.add_option("--host", serve.host)->check(value),
      app.add_option_function<std::string>("--port", [&](const auto& text) { serve.port = *whole<std::uint16_t>(text); })
          ->check(port),
      app.add_option("--ready-file", serve.ready_file)->check(value),
      app.add_option_function<std::string>("--time-scale", [&](const auto& text) { serve.time_scale = *whole<double>(text); })
          ->check(scale),
      app.add_option_function<std::string>("--seed", [&](const auto& text) { serve.seed = whole<std::uint64_t>(text); })
          ->check(seed),
      app.add_option_function<std::string>("--chaos", [&](const auto& text) { serve.chaos = *whole<double>(text); })
          ->check(rate),
      app.add_flag("--watch", serve.watch),
      app.add_flag("--strict", serve.strict),
      app.add_option("--journal", serve.journal)->check(value),
      app.add_option("--junit", serve.junit)->check(value),
      app.add_flag("--until-met", serve.until_met),
      app.add_option_function<std::string>("--deadline", [&](const auto& text) { serve.deadline = parse_duration(text); })
          ->check(duration),
      app.add_option_function<std::string>("--max-connections",
                                           [&](const auto& text) { serve.max_connections = whole<std::uint32_t>(text); })
          ->check(count),
      app.add_option("--allow-origin", serve.allowed_origins)->allow_extra_args(false)->check(value),
      app.add_option("--admin-token-file", serve.admin_token_file)->check(value),
      app.add_flag("--tls-self-signed", serve.tls_self_signed),
      app.add_option("--tls-cert", serve.tls_certificate)->check(value),
      app.add_option("--tls-key", serve.tls_key)->check(value),
      app.add_option("--tls-client-ca", serve.tls_client_ca)->check(value),
  };
  auto* check_command = app.add_subcommand("check");
  check_command->set_help_flag();
  check_command->add_flag("-h,--help", help);
  check_command->add_option("FILE", check.scripts);
  auto* schema_command = app.add_subcommand("schema");
  schema_command->set_help_flag();
  schema_command->add_flag("-h,--help", help);
  app.require_subcommand(0, 1);

  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>{args.rbegin(), args.rend()});
  } catch (const CLI::ExtrasError&) {
    const auto unknown = app.remaining(true);
    return unexpected(app, unknown.empty() ? "" : unknown.front());
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    return usage(fmt::format("{} takes one value", what.substr(0, what.find(':'))));
  } catch (const CLI::ParseError& error) {
    return usage(one_line(error.what()));
  }
  if (help) return Show{help_text};
  if (version) return Show{"mock-agent " PROCEDURA_VERSION "\n"};
  const bool subcommand = check_command->parsed() || schema_command->parsed();
  if (subcommand && std::any_of(of_serve.begin(), of_serve.end(), [](const auto* option) { return option->count() > 0; })) {
    return usage("check and schema take no options");
  }
  if (schema_command->parsed()) return Schema{};
  if (check_command->parsed()) {
    if (check.scripts.empty()) return usage("check needs the files of a scenario: mock-agent check FILE...");
    return check;
  }
  if (serve.scripts.empty()) return usage("--script FILE is needed");
  if (const auto wrong = tls_problem(serve); !wrong.empty()) return usage(wrong);
  return serve;
}

}  // namespace procedura::mock
