#pragma once

#include <procedura/conformance/case.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What cases about tokens and logins have in common.
namespace procedura::conformance::cases {

inline bool finished(const Exchange& exchange) {
  return exchange.over() && exchange.terminal()->reply.status == protocol::Status::finished;
}

/// The protected module on this connection.
Exchange& run_protected(Case& c, Connection& connection);

/// The protected module runs with a good token, on a connection of its own. What is refused between two such runs is refused
/// for its one bad property.
bool good_token_runs(Case& c);
Finding nor_a_good_token();

/// What became of a protected module on a connection that should not run it.
struct Denial {
  Finding not_run = Finding::kept();
  Finding told = Finding::kept();  ///< HTTP 401, or the error `code`
};
Denial denied(Case& c, Connection& connection, std::string_view code);

struct Session {
  std::string token;
  Duration begun{};  ///< when its login was answered: it dies its ttl later, and a little earlier by the agent's clock
};

/// A login on `connection`. Throws CannotGoOn if it yields no token.
Session log_in(Connection& connection, Case& c, const Request& request);
/// The arguments of a login for a device of this case's own.
std::vector<std::string> options(const Case& c, std::string_view way, std::string_view device_suffix = {},
                                 std::string_view ttl = {});
/// Stays on `connection` until a session is over that lives for `ttl` since `session.begun`. Throws CannotGoOn if the
/// connection ends before.
void outlive(Case& c, Connection& connection, const Session& session, std::chrono::seconds ttl);

}  // namespace procedura::conformance::cases
