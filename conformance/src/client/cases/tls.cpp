#include "../tls_listener.hpp"
#include "cases.hpp"
#include "openings.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_judge.hpp>

#include <fstream>
#include <numeric>

namespace procedura::conformance::cases {
namespace {

/// Runs the client against such a server; its token must not be heard by one that it has no reason to trust.
const ClientRun& call(ClientCase& c, const std::string& url, const std::string& token, const std::string& trusted) {
  Stage& unused = c.stage(agent({finished(1)}, false));
  const std::string file = (c.home() / "authority.pem").string();
  std::ofstream{file} << trusted;
  return c.run(unused, {.options = {{Need::token_option, token}, {Need::ca_option, file}}, .url = url});
}

std::string heard_by(const TlsListener& listener) {
  const auto said = listener.said();
  return std::accumulate(said.begin(), said.end(), std::string{});
}

/// That the client does talk to a server it has reason to trust: else what it keeps from others proves nothing.
bool talks(ClientCase& c, const Certificate& authority, const std::string& token) {
  const TlsListener good{issue(authority)};
  call(c, good.url(), token, authority.certificate);
  return heard_by(good).find(token) != std::string::npos;
}

void judge_distrust(ClientCase& c, const Certificate& authority, const Certificate& shown) {
  const std::string token = c.fresh_word("token");
  const bool sound = talks(c, authority, token);
  const TlsListener bad{shown};
  const ClientRun& run = call(c, bad.url(), token, authority.certificate);
  const Finding unsound = Finding::untestable("a server with a good certificate is not talked to either");
  const Finding unasked = Finding::untestable("no connection was made; " + story(run.child));
  const auto weighed = [&](Finding finding) { return !sound ? unsound : bad.connections() == 0 ? unasked : finding; };
  c.judge("unsent", weighed(heard_by(bad).empty() ? Finding::kept() : Finding::broken("the upgrade was sent to it")));
  c.judge("fails", weighed(fails(run)));
  c.judge("named", weighed(names(run, "TLS_FAILED")));
}

void trusted(ClientCase& c) {
  const Certificate authority = make_authority("the suite's authority");
  const std::string token = c.fresh_word("token");
  const TlsListener good{issue(authority)};
  const ClientRun& run = call(c, good.url(), token, authority.certificate);
  const std::string heard = heard_by(good);
  c.judge("upgrade",
          heard.rfind("GET ", 0) == 0 ? Finding::kept() : Finding::broken("no upgrade came through TLS; " + story(run.child)));
  const auto end = heard.find("\r\n\r\n");
  const tap::Head head = tap::read_head(end == std::string::npos ? heard : heard.substr(0, end + 4));
  const std::string* bearer = head.find("Authorization");
  c.judge("token", heard.empty()                                       ? Finding::untestable("no upgrade came through TLS")
                   : bearer != nullptr && *bearer == "Bearer " + token ? Finding::kept()
                                                                       : Finding::broken("an upgrade without the token"));
}

void untrusted(ClientCase& c) {
  const Certificate authority = make_authority("the suite's authority");
  judge_distrust(c, authority, issue(make_authority("an authority that nobody trusts")));
}

void other_host(ClientCase& c) {
  const Certificate authority = make_authority("the suite's authority");
  judge_distrust(c, authority, issue(authority, {.names = "DNS:agent.example.org,IP:192.0.2.7"}));
}

void expired(ClientCase& c) {
  const Certificate authority = make_authority("the suite's authority");
  judge_distrust(c, authority, issue(authority, {.from = -std::chrono::hours{2}, .to = -std::chrono::hours{1}}));
}

void plain_server(ClientCase& c) {
  const Certificate authority = make_authority("the suite's authority");
  const std::string token = c.fresh_word("token");
  const bool sound = talks(c, authority, token);
  Stage& plain = c.stage(agent_with(fresh_user(c), token, "r"));
  const ClientRun& run = call(c, "wss://127.0.0.1:" + std::to_string(plain.port()), token, authority.certificate);
  bool reached = false;
  bool spoke = false;
  for (const tap::Record& record : plain.records()) {
    reached = reached || record.kind == tap::Record::Kind::opened;
    spoke = spoke || (record.kind == tap::Record::Kind::head && record.from == tap::Side::client && bears(record.head, token));
  }
  const auto weighed = [&](Finding finding) {
    return !sound     ? Finding::untestable("a server with a good certificate is not talked to either")
           : !reached ? Finding::untestable("no connection was made; " + story(run.child))
                      : finding;
  };
  c.judge("unsent", weighed(spoke ? Finding::broken("the upgrade was sent without TLS") : Finding::kept()));
  c.judge("fails", weighed(fails(run)));
}

}  // namespace

void add_client_tls(Registry& all) {
  constexpr auto D = Source::documented;
  constexpr auto X = Source::ours;
  const auto add = [&all](CaseSpec spec) {
    spec.needs = {Need::run_command, Need::token_option, Need::ca_option};
    spec.after = {sync_request_sent};
    spec.session = false;
    spec.deadline = std::chrono::seconds{40};
    all.push_back(std::move(spec));
  };
  const std::vector<CheckSpec> distrust = {{"unsent", "CON-1", D, "nothing is said inside TLS to such a server"},
                                           {"fails", "CLI-3", X, "another exit code than 0"},
                                           {"named", "CLI-1", X, "TLS_FAILED on either stream"}};
  add({.id = "client-tls/trusted",
       .title = "wss:// to a server whose certificate is in order",
       .needs = {},
       .after = {},
       .checks = {{"upgrade", "CON-1", D, "an upgrade inside TLS"},
                  {"token", "AUT-1", D, "the token as Authorization: Bearer"}},
       .run = trusted});
  add({.id = "client-tls/untrusted",
       .title = "A certificate from an authority that is not trusted",
       .needs = {},
       .after = {},
       .checks = distrust,
       .run = untrusted});
  add({.id = "client-tls/other-host",
       .title = "A certificate for another host",
       .needs = {},
       .after = {},
       .checks = distrust,
       .run = other_host});
  add({.id = "client-tls/expired",
       .title = "A certificate that has expired",
       .needs = {},
       .after = {},
       .checks = distrust,
       .run = expired});
  add({.id = "client-tls/plain-server",
       .title = "wss:// to a server without TLS",
       .needs = {},
       .after = {},
       .checks = {{"unsent", "CON-1", D, "no upgrade outside TLS"}, {"fails", "CLI-3", X, "another exit code than 0"}},
       .run = plain_server});
}

}  // namespace procedura::conformance::cases
