#include "command.hpp"
#include "files.hpp"
#include "run_settings.hpp"

#include <procedura/conformance/client_runner.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <ostream>

namespace procedura::conformance::program {
namespace {

constexpr const char* examples = R"(Examples:
  procedura-conformance client --profile client.json
  procedura-conformance client --profile client.json --select 'client-reply/**' --junit report.xml
)";

ClientProfile load_profile(const std::string& path, const Process& process) {
  auto parsed = parse_client_profile(read_file("profile", path));
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    throw Refused{told_of_file(path, *problems)};
  }
  ClientProfile profile = std::get<ClientProfile>(std::move(parsed));
  const auto folder = std::filesystem::path{path}.parent_path();
  profile.folder = std::filesystem::absolute(folder.empty() ? "." : folder).string();
  if (const auto problems = not_startable(profile, process.env); !problems.empty()) {
    throw Refused{told_of_file(path, problems)};
  }
  return profile;
}

class Client final : public Command {
 public:
  CLI::App* define(CLI::App& app) override {
    CLI::App* client = app.add_subcommand("client", "Judge a client program, on mocks that are started for it");
    client->footer(examples);
    client->add_option("--profile", profile_, "How the client is called, and what it promises (JSON)")->required();
    settings_.define(*client);
    return client;
  }

  int run(Process& process) override {
    RunOptions options = settings_.options(client_cases());
    ClientProfile profile = load_profile(profile_, process);
    options.command = fmt::format("procedura-conformance client --profile {}{}", for_shell(profile_), settings_.again(options));
    profile.patience = settings_.scaled(profile.patience);
    profile.exit_within = settings_.scaled(profile.exit_within);
    cases_ = settings_.scaled(client_cases());
    Reports reports{settings_, client_cases(), profile_};
    options.interrupted = process.watch_signals ? process.watch_signals() : nullptr;
    return reports.publish(judge(profile, options, process), process);
  }

 private:
  RunReport judge(const ClientProfile& profile, const RunOptions& options, Process& process) const {
    const ProgressLine line{process};
    return run_client_suite(cases_, profile, process.env, options, line.progress());
  }

  std::string profile_;
  RunSettings settings_;
  Registry cases_;  // the report points into it
};

}  // namespace

std::unique_ptr<Command> client_command() {
  return std::make_unique<Client>();
}

}  // namespace procedura::conformance::program
