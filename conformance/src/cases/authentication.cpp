#include "authentication.hpp"

namespace procedura::conformance::cases {
namespace {

// After a session's end, before it is asked for: an agent may look at its clock in coarser steps than ours.
constexpr std::chrono::milliseconds margin{150};

}  // namespace

Exchange& run_protected(Case& c, Connection& connection) {
  return connection.call(c.request(Need::protected_module));
}

bool good_token_runs(Case& c) {
  return finished(run_protected(c, c.session()));
}

Finding nor_a_good_token() {
  return Finding::untestable("the protected module does not run with a good token either");
}

Denial denied(Case& c, Connection& connection, std::string_view code) {
  if (!connection.open()) {
    return {Finding::kept(), connection.status() == 401
                                 ? Finding::kept()
                                 : Finding::broken("the upgrade failed, but not with HTTP 401: " + connection.why())};
  }
  const Exchange& exchange = run_protected(c, connection);
  return {finished(exchange) ? Finding::broken(story(exchange)) : Finding::kept(), has_code(exchange, code)};
}

Session log_in(Connection& connection, Case& c, const Request& request) {
  const Exchange& login = connection.call(request);
  const auto token = session_token(login);
  if (!token) {
    throw CannotGoOn{"a login that this case needs failed: " + story(login)};
  }
  return {*token, c.elapsed()};
}

std::vector<std::string> options(const Case& c, std::string_view way, std::string_view device_suffix, std::string_view ttl) {
  std::vector<std::string> out = {std::string{way}, "--device=" + c.device() + std::string{device_suffix}};
  if (!ttl.empty()) {
    out.push_back("--ttl=" + std::string{ttl});
  }
  return out;
}

void outlive(Case& c, Connection& connection, const Session& session, std::chrono::seconds ttl) {
  const Duration rest = session.begun + ttl + margin - c.elapsed();
  if (rest > Duration{} && !connection.stay(rest)) {
    throw CannotGoOn{"the connection ended before the session did: " + connection.why()};
  }
}

}  // namespace procedura::conformance::cases
