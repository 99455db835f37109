#pragma once

#include "../tls_listener.hpp"
#include "scripts.hpp"

#include <procedura/conformance/client_case.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the cases about a client's handshakes, tokens and logins share.
namespace procedura::conformance::cases {

/// A user of the stage's agent, and what a client is given to log in with.
struct User {
  std::string name = "ann@example.org";
  std::string password;
  std::string credential() const { return name + ":" + password; }
};
User fresh_user(ClientCase& c);

/// The agent that most of them need: the module m finishes with `result`, this user may log in, and has this token already
/// (empty: none).
std::string agent_with(const User& user, const std::string& token, const std::string& result);

/// The head of its first upgrade; null if there was none.
const tap::Head* upgrade_of(const ClientRun& run);
/// Why there is none.
Finding no_upgrade(const ClientRun& run);
/// The token stands anywhere in this head.
bool bears(const tap::Head& head, std::string_view token);
/// On one of its connections.
bool bears(const ClientRun& run, std::string_view token);

/// The token as its only subprotocol, and as Bearer (AUT-1).
Finding as_subprotocol(const ClientRun& run, std::string_view token);
Finding as_bearer(const ClientRun& run, std::string_view token);
Finding without_token(const ClientRun& run, std::string_view token);

/// No message was sent on any connection.
Finding asks_nothing(const ClientRun& run);

/// The token that a login on this stage was given; nothing if it was given none.
std::optional<std::string> issued(const ClientRun& login);

/// Runs a login on the stage, with these options and URL; throws `CannotGoOn` if it is given no token.
std::string log_in(ClientCase& c, Stage& stage, const User& user, Call how = {});

/// The way to a stage by wss://, with an authority that the client is told to trust.
class SecureSide {
 public:
  SecureSide(ClientCase& c, const Stage& stage);
  /// A call of `run` that goes this way; needs `Need::ca_option`.
  Call over() const;

 private:
  SecureSide(ClientCase& c, const Stage& stage, const Certificate& authority);

  std::string authority_file_;
  TlsListener listener_;
};

/// Changes the response to each upgrade from the connection `from` on.
tap::Sabotage answer_upgrades(std::function<void(tap::Head&, tap::Hand&)> change, unsigned from = 1);
/// Answers each upgrade with this instead, and hangs up: "401 Unauthorized".
tap::Sabotage refuse_upgrades(std::string status, std::vector<std::pair<std::string, std::string>> headers = {},
                              std::string body = "no", unsigned from = 1);

/// `finding`, if the stage's sabotage did what it is there for; else the case says nothing.
Finding if_fired(const Stage& stage, const ClientRun& run, Finding finding);

}  // namespace procedura::conformance::cases
