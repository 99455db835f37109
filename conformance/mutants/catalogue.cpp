#include "sabotages.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace procedura::conformance {
namespace {

std::string file(const std::string& path) {
  std::ifstream in{path};
  if (!in) {
    throw std::runtime_error{"cannot read " + path};
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

const std::vector<BrokenAgent>& broken_agents() {
  static const std::vector<BrokenAgent> catalogue = [] {
    mutants::Catalogue all;
    mutants::add_handshake(all);
    mutants::add_login(all);
    mutants::add_request(all);
    mutants::add_sync(all);
    mutants::add_async(all);
    mutants::add_concurrency(all);
    mutants::add_errors(all);
    mutants::add_keepalive(all);
    mutants::add_limits(all);
    mutants::add_frames(all);
    mutants::add_security(all);
    mutants::add_close(all);
    mutants::add_builtins(all);
    mutants::add_framing(all);
    return all;
  }();
  return catalogue;
}

Reference reference_agent(const std::string& folder) {
  const std::string path = folder + "/profiles/mock.json";
  auto parsed = parse_profile(file(path));
  auto* profile = std::get_if<Profile>(&parsed);
  if (profile == nullptr) {
    throw std::runtime_error{path + " is no profile"};
  }
  profile->credentials.front().credential = "admin@procedura.org:secret123";
  profile->credentials.back().credential = "guest@procedura.org:four:words:and:colons";
  return {std::move(*profile), file(folder + "/scenarios/reference-agent.json")};
}

ClientProfile reference_client(const std::string& path) {
  auto parsed = parse_client_profile(file(path));
  auto* profile = std::get_if<ClientProfile>(&parsed);
  if (profile == nullptr) {
    throw std::runtime_error{path + " is no profile of a client"};
  }
  const auto slash = path.rfind('/');
  profile->folder = slash == std::string::npos ? "." : path.substr(0, slash);
  return std::move(*profile);
}

}  // namespace procedura::conformance
