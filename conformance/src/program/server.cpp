#include "command.hpp"
#include "files.hpp"
#include "run_settings.hpp"

#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/tls.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <ostream>

namespace procedura::conformance::program {
namespace {

constexpr const char* examples = R"(Examples:
  export AGENT_CREDENTIAL='admin@procedura.org:secret123'
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json --select 'async/**' --junit report.xml
)";

Profile load_profile(const std::string& path, const Process& process) {
  auto parsed = parse_profile(read_file("profile", path));
  auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed);
  std::vector<ProfileProblem> missing;
  if (problems == nullptr) {
    missing = resolve_credentials(std::get<Profile>(parsed), process.env);
    problems = &missing;
  }
  if (problems->empty()) {
    return std::get<Profile>(std::move(parsed));
  }
  throw Refused{told_of_file(path, *problems)};
}

class Server final : public Command {
 public:
  CLI::App* define(CLI::App& app) override {
    CLI::App* server = app.add_subcommand("server", "Judge an agent");
    server->footer(examples);
    server->add_option("--url", url_, "Where the agent listens: ws://HOST:PORT or wss://HOST:PORT")->required();
    server->add_option("--profile", profile_, "What the agent has to offer (JSON)")->required();
    settings_.define(*server);
    return server;
  }

  int run(Process& process) override {
    const Endpoint endpoint = parse_endpoint(url_, process);
    Profile profile = load_profile(profile_, process);
    find_authorities(profile, endpoint);
    RunOptions options = settings_.options(server_cases());
    options.url = endpoint.url();
    options.command = fmt::format("procedura-conformance server --url {} --profile {}{}", for_shell(endpoint.url()),
                                  for_shell(profile_), settings_.again(options));
    profile.answer_within = settings_.scaled(profile.answer_within);
    profile.slow_for = settings_.scaled(profile.slow_for);
    cases_ = settings_.scaled(server_cases());
    Reports reports{settings_, server_cases(), profile_};
    options.interrupted = process.watch_signals ? process.watch_signals() : nullptr;
    return reports.publish(judge(endpoint, profile, options, process), process);
  }

 private:
  /// Found from where the profile is. One that cannot be used is told before anything is sent.
  void find_authorities(Profile& profile, const Endpoint& endpoint) const {
    if (profile.ca.empty()) {
      return;
    }
    const std::filesystem::path file{profile.ca};
    profile.ca = file.is_absolute() ? file.string() : (std::filesystem::path{profile_}.parent_path() / file).string();
    TlsOptions tls;
    tls.ca = profile.ca;
    if (const auto made = TlsContext::make(tls); endpoint.secure && !made) {
      throw Refused{profile_ + ": /tls/ca: " + made.error().message};
    }
  }

  RunReport judge(const Endpoint& endpoint, const Profile& profile, const RunOptions& options, Process& process) const {
    const ProgressLine line{process};
    return run_suite(
        cases_, profile, [&] { return make_socket_dialer(endpoint, profile.ca); }, options, line.progress());
  }

  std::string url_;
  std::string profile_;
  RunSettings settings_;
  Registry cases_;  // the report points into it
};

}  // namespace

std::unique_ptr<Command> server_command() {
  return std::make_unique<Server>();
}

}  // namespace procedura::conformance::program
