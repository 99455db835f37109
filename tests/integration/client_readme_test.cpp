// Runs every example of README.md, client/README.md and client/docs/ against a mock of its own, with the scenario that the
// README speaks of, in a folder of its own. Where an example speaks of wss://, the mock's authority is `agent-ca.pem` there,
// and `client.pem` (with `client.key`) is a certificate that the same authority signed.

#include "client_readme_examples.inc"
#include "net/tls.hpp"
#include "running_server.hpp"
#include "temporary_folder.hpp"
#include "tls_peer.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

std::string agent_url;
std::string tls_agent_url;

namespace procedura {
namespace {

class ClientReadme : public ::testing::TestWithParam<Example> {
 protected:
  ClientReadme() {
    ::setenv("PROCEDURA_TOKEN_FILE", (folder_.path() / "token").c_str(), 1);
    std::filesystem::current_path(folder_.path());
    agent_url = mock_.url();
  }
  ~ClientReadme() override { std::filesystem::current_path(before_); }

  void listen_over_tls() {
    const std::string at = folder_.path().string();
    const auto authority = testing::make_pem_pair(at, "agent-ca");
    const auto own = testing::make_pem_pair(at, "agent", &authority);
    testing::make_pem_pair(at, "client", &authority);
    mock::net::ServerOptions options;
    options.tls = std::get<0>(mock::net::make_tls_identity({own.certificate_file, own.key_file, {}}, "127.0.0.1"));
    std::ifstream scenario{DEMO_WORLD};
    over_tls_ = std::make_unique<mock::RunningServer>(std::string{std::istreambuf_iterator{scenario}, {}}, options);
    tls_agent_url = over_tls_->url;
  }

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
  testing::TemporaryFolder folder_;
  mock::MockAgent mock_ = mock::MockAgent::from_files({DEMO_WORLD});
  std::unique_ptr<mock::RunningServer> over_tls_;
};

TEST_P(ClientReadme, ExampleRuns) {
  if (GetParam().over_tls) listen_over_tls();
  EXPECT_NO_THROW(GetParam().run());
}

INSTANTIATE_TEST_SUITE_P(Page, ClientReadme, ::testing::ValuesIn(examples),
                         [](const auto& example) { return std::string{example.param.name}; });

}  // namespace
}  // namespace procedura
