#include "io/identity.hpp"

#include "io/dialing.hpp"

#include <procedura/options.hpp>
#include <procedura/protocol/token.hpp>
#include <procedura/remote_agent.hpp>

#include <fmt/format.h>

#include <fstream>

namespace procedura::bench {
namespace {

// No header is as long; /dev/zero is.
constexpr std::size_t longest_token = std::size_t{1} << 20U;

using Outcome = std::variant<Identity, UsageError, Failure>;

Outcome with_token(const std::string& token, Identity identity) {
  const auto in_handshake = protocol::handshake_token(token);
  if (!in_handshake) return UsageError{"the session token is empty or has characters that no HTTP header can carry"};
  if (in_handshake->subprotocol) identity.subprotocols.push_back(*in_handshake->subprotocol);
  identity.headers.emplace_back("Authorization", in_handshake->authorization);
  identity.redactor.add(token);
  return identity;
}

Outcome from_file(const std::string& path) {
  const auto token = token_in(path);
  if (token) return with_token(*token, {});
  return UsageError{fmt::format("--token-file {}: cannot be read; 'procedura login' makes one", protocol::printable(path))};
}

Outcome by_login(const Plan& plan, const std::string& variable, const Environ& env) {
  const auto credential = env(variable);
  if (!credential || credential->empty()) {
    return UsageError{
        fmt::format("--credential-env {}: there is no such variable; put email:password in it", protocol::printable(variable))};
  }
  Identity identity;
  identity.redactor.add_credential(*credential);
  Options options;
  options.url = plan.url;
  options.tls = tls_options(plan);
  if (plan.args_style) {
    options.args_style = *plan.args_style == protocol::ArgsStyle::bare ? ArgsStyleChoice::bare : ArgsStyleChoice::module_first;
  }
  try {
    RemoteAgent agent{options};
    // Attach: a measurement disturbs nobody (LOG-5).
    const LoginResult login = agent.login_password(*credential, {.attach = true});
    identity.args_style = login.style;
    return with_token(login.token, std::move(identity));
  } catch (const Error& error) {
    Failure failure = error.failure();
    failure.message = identity.redactor(failure.message);
    return failure;
  }
}

}  // namespace

std::optional<std::string> token_in(const std::string& path) {
  std::ifstream file{path};
  std::string token(longest_token, '\0');
  file.read(token.data(), static_cast<std::streamsize>(token.size()));
  if (!file.is_open() || file.bad()) return std::nullopt;
  token.resize(static_cast<std::size_t>(file.gcount()));
  constexpr std::string_view blank = " \t\r\n";
  token.erase(token.find_last_not_of(blank) + 1);
  token.erase(0, std::min(token.find_first_not_of(blank), token.size()));
  return token;
}

Outcome identify(const Plan& plan, const Environ& env) {
  if (plan.token_file) return from_file(*plan.token_file);
  if (plan.credential_env) return by_login(plan, *plan.credential_env, env);
  return Identity{};
}

}  // namespace procedura::bench
