#include "command.hpp"
#include "files.hpp"

#include <procedura/conformance/probe.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>

#include <ostream>
#include <random>
#include <stdexcept>

namespace procedura::conformance::program {
namespace {

constexpr const char* examples = R"(Examples:
  procedura-conformance probe --url ws://127.0.0.1:8765 > agent.json
  export AGENT_CREDENTIAL='admin@procedura.org:secret123'
  procedura-conformance probe --url ws://127.0.0.1:8765 --credential-env AGENT_CREDENTIAL > agent.json
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json

Calls nothing but what is documented as harmless: worldstate_snapshot --terse, place_ooi_sprites --dry-run, __keepalive,
__diag_ws_metrics, __diag_auth and, with a credential, login_password --attach. Never init_character. The profile goes to
stdout; what it could not find out is left out of it and said on stderr.

Exit codes: 0 there is a profile, 1 the agent answered too little for one, 2 bad usage, 3 nobody there
)";

class Probe final : public Command {
 public:
  CLI::App* define(CLI::App& app) override {
    CLI::App* probe = app.add_subcommand("probe", "Draft an agent's profile by asking the agent");
    probe->footer(examples);
    probe->add_option("--url", url_, "Where the agent listens: ws://HOST:PORT")->required();
    probe->add_option("--credential-env", credential_env_, "The environment variable that holds a user's email:password");
    return probe;
  }

  int run(Process& process) override {
    const Endpoint endpoint = parse_endpoint(url_, process);
    ProbeSetting setting;
    setting.agent = "the agent at " + endpoint.origin();
    setting.seed = std::random_device{}();
    read_credential(process, setting);
    const auto dialer = make_socket_dialer(endpoint);
    if (const auto why = dialer->unreachable(dialer->now() + std::chrono::seconds{5})) {
      process.err << "procedura-conformance: nobody answered at " << endpoint.url() << ": " << protocol::printable(*why)
                  << "\n";
      return 3;
    }
    const Draft draft = draft_of(conformance::probe(*dialer, setting), setting);
    for (const std::string& note : draft.notes) {
      process.err << "procedura-conformance: " << protocol::printable(note) << "\n";
    }
    if (draft.profile.empty()) {
      return 1;
    }
    if (std::holds_alternative<std::vector<ProfileProblem>>(parse_profile(draft.profile))) {
      throw std::logic_error("the draft is no profile");
    }
    print(process, "profile", draft.profile);
    return 0;
  }

 private:
  void read_credential(const Process& process, ProbeSetting& setting) const {
    if (credential_env_.empty()) {
      return;
    }
    const auto value = process.env(credential_env_);
    if (!value || value->empty()) {
      throw Refused{"--credential-env: the environment variable " + credential_env_ + " is not set"};
    }
    if (!protocol::parse_credential(*value)) {
      throw Refused{"--credential-env: the environment variable " + credential_env_ +
                    " holds no credential (email:password, or its base64)"};
    }
    setting.credential_env = credential_env_;
    setting.credential = *value;
  }

  std::string url_;
  std::string credential_env_;
};

}  // namespace

std::unique_ptr<Command> probe_command() {
  return std::make_unique<Probe>();
}

}  // namespace procedura::conformance::program
