#include <procedura/conformance/program.hpp>
#include <procedura/conformance/render.hpp>
#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <random>

namespace procedura::conformance {
namespace {

constexpr int usage_error = 2;
constexpr std::uintmax_t biggest_profile = std::uintmax_t{1} << 20U;

constexpr const char* examples = R"(Examples:
  export AGENT_CREDENTIAL='admin@procedura.org:secret123'
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json --select 'async/**' --junit report.xml
  procedura-conformance list

Exit codes: 0 the agent conforms, 1 it does not or something could not be tested, 2 bad usage or profile,
3 nobody there or nothing to judge, 70 the suite itself is at fault
)";

struct Settings {
  std::string url;
  std::string profile;
  std::string junit;
  std::string json;
  std::vector<std::string> select;
  unsigned jobs = 1;
  double max_time = 90;
  std::optional<std::uint64_t> seed;
  bool strict = false;
  bool verbose = false;
  bool as_json = false;  // of list
};

/// Bad usage: one line that says what to do.
struct Refused {
  std::string what;
};

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

Profile load_profile(const Settings& settings, const Process& process) {
  std::ifstream file{settings.profile, std::ios::binary};
  if (!file) {
    throw Refused{"the profile " + settings.profile + " cannot be read"};
  }
  std::string text;
  text.resize(biggest_profile + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (file.bad() || text.size() > biggest_profile) {
    throw Refused{"the profile " + settings.profile + (file.bad() ? " cannot be read" : " is bigger than 1 MiB")};
  }
  auto parsed = parse_profile(text);
  auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed);
  std::vector<ProfileProblem> missing;
  if (problems == nullptr) {
    missing = resolve_credentials(std::get<Profile>(parsed), process.env);
    problems = &missing;
  }
  if (problems->empty()) {
    return std::get<Profile>(std::move(parsed));
  }
  std::string all;
  for (const auto& [pointer, message] : *problems) {
    all += fmt::format("{}{}: {}: {}", all.empty() ? "" : "\nprocedura-conformance: ", settings.profile,
                       pointer.empty() ? "(document)" : pointer, message);
  }
  throw Refused{all};
}

/// Opened before the run: to find out after it that a report cannot be written would be a pity.
std::ofstream open_report(const std::string& path) {
  std::ofstream file;
  if (!path.empty()) {
    file.open(path, std::ios::binary | std::ios::trunc);
    if (!file) {
      throw Refused{"the report " + path + " cannot be written"};
    }
  }
  return file;
}

void write_report(std::ofstream& file, const std::string& path, const std::string& text) {
  if (!path.empty() && !(file << text << std::flush)) {
    throw Refused{"the report " + path + " could not be written"};
  }
}

bool is_dumb(const Process& process) {
  return process.env("TERM").value_or("dumb") == "dumb";
}

bool wants_colour(const Process& process) {
  const auto no_colour = process.env("NO_COLOR");
  return process.out_is_terminal && (!no_colour || no_colour->empty()) && !is_dumb(process);
}

RunOptions options_of(const Settings& settings, const Endpoint& endpoint) {
  RunOptions options;
  options.select = settings.select;
  options.jobs = settings.jobs;
  options.max_time = std::chrono::milliseconds{static_cast<std::int64_t>(settings.max_time * 1000)};
  options.seed = settings.seed ? *settings.seed : std::random_device{}();
  options.strict = settings.strict;
  options.url = endpoint.url();
  options.command = fmt::format("procedura-conformance server --url {} --profile {} --seed {}", for_shell(endpoint.url()),
                                for_shell(settings.profile), options.seed);
  return options;
}

int serve(const Settings& settings, Process& process) {
  const auto endpoint = Endpoint::parse(settings.url);
  if (!endpoint) {
    throw Refused{"--url " + protocol::redact_url(settings.url) + ": " + endpoint.error().message};
  }
  if (endpoint->secure) {
    throw Refused{"--url " + endpoint->url() + ": this version judges agents over ws:// only"};
  }
  if (!endpoint->warning.empty()) {
    process.err << "procedura-conformance: " << protocol::printable(endpoint->warning) << "\n";
  }
  if (!(settings.max_time >= 0.1 && settings.max_time <= 86400)) {  // so that NaN is none either
    throw Refused{"--max-time: expected seconds from 0.1 to 86400"};
  }
  const Profile profile = load_profile(settings, process);
  for (const std::string& pattern : settings.select) {
    const auto fits = [&pattern](const CaseSpec& spec) { return matches(pattern, spec.id); };
    if (std::none_of(server_cases().begin(), server_cases().end(), fits)) {
      throw Refused{"--select " + pattern + " matches no case; `procedura-conformance list` shows them"};
    }
  }
  auto junit = open_report(settings.junit);
  auto json = open_report(settings.json);

  Progress progress;
  const bool lively = process.err_is_terminal && !is_dumb(process);  // a line that is drawn over and over
  if (lively) {
    progress = [&process](std::size_t over, std::size_t all, const CaseSpec& spec) {
      process.err << fmt::format("\r\x1b[K[{}/{}] {}", over, all, spec.id) << std::flush;
    };
  }
  const RunReport report = run_suite(
      server_cases(), profile, [&endpoint] { return make_socket_dialer(*endpoint); }, options_of(settings, *endpoint),
      progress);
  if (lively) {
    process.err << "\r\x1b[K" << std::flush;
  }
  if (!(process.out << render_text(report, wants_colour(process), settings.verbose) << std::flush)) {
    throw Refused{"the report could not be written to stdout"};
  }
  write_report(junit, settings.junit, render_junit(report));
  write_report(json, settings.json, render_json(report));
  return exit_code(report);
}

void define_server(CLI::App& app, Settings& settings) {
  CLI::App* server = app.add_subcommand("server", "Judge an agent");
  server->footer(examples);
  server->add_option("--url", settings.url, "Where the agent listens: ws://HOST:PORT")->required();
  server->add_option("--profile", settings.profile, "What the agent has to offer (JSON)")->required();
  server->add_option("--junit", settings.junit, "Write a JUnit XML report to this file");
  server->add_option("--json", settings.json, "Write a JSON report to this file");
  server->add_option("--select", settings.select, "Only cases that match: 'sync/*', 'async/**'; may be given several times")
      ->allow_extra_args(false);
  server->add_option("--jobs", settings.jobs, "Cases at a time")->check(CLI::Range(1, 16))->capture_default_str();
  server->add_option("--max-time", settings.max_time, "Seconds for the whole run; the rest is reported as not reached")
      ->capture_default_str();
  server->add_option("--seed", settings.seed, "The order of the cases and the words in them; printed in each report");
  server->add_flag("--strict", settings.strict, "WARN makes the run fail too");
  server->add_flag("-v,--verbose", settings.verbose, "Every check, not only those with something to say");
}

int dispatch(std::vector<std::string> args, Process& process) {
  Settings settings;
  CLI::App app{"Judges Procedura agents against the wire protocol", "procedura-conformance"};
  app.footer(examples);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string{PROCEDURA_VERSION});
  define_server(app, settings);
  CLI::App* list = app.add_subcommand("list", "Show all cases, their checks and clauses");
  list->add_flag("--json", settings.as_json, "For programs; with all clauses");

  if (!args.empty() && args.front().rfind('-', 0) != 0 && args.front() != "server" && args.front() != "list") {
    throw Refused{"there is no command " + args.front() + "; there are server and list (see procedura-conformance --help)"};
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
  if (list->parsed()) {
    process.out << (settings.as_json ? list_json(server_cases()) : list_text(server_cases())) << std::flush;
    return 0;
  }
  return serve(settings, process);
}

}  // namespace

int run(std::vector<std::string> args, Process process) {
  try {
    return dispatch(std::move(args), process);
  } catch (const Refused& refused) {
    process.err << "procedura-conformance: " << protocol::printable(refused.what, true) << "\n";
    return usage_error;
  } catch (const std::exception& error) {
    process.err << "procedura-conformance: this should not have happened: " << protocol::printable(error.what()) << "\n";
    return 70;
  }
}

}  // namespace procedura::conformance
