#pragma once

#include "engine/accounts.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace procedura::mock::engine {

/// What `login_password` was asked for (LOG-1). The credential is not looked into yet.
struct LoginArgs {
  std::string credential;
  std::optional<std::string> device;
  std::optional<std::chrono::seconds> ttl;
  bool replace = false;  ///< nothing said counts as `--attach`, which disturbs nobody (LOG-5)
};

/// Reads the arguments of `login_password`, without the module's name. A string says why they are no login (`BAD_REQUEST`), and
/// never quotes the credential (AUT-7).
/// `any_ttl`: a lifetime out of range is taken too, and one that is no number for none (a rule broken on purpose).
std::variant<LoginArgs, std::string> parse_login(std::span<const std::string> args, bool any_ttl = false);

/// An error a login ends with.
struct LoginRefusal {
  std::string_view code;
  std::string message;
};

struct LoginSuccess {
  const Session* session;  ///< as `Accounts::Login::session`
  std::chrono::seconds ttl;
  bool attached;
  bool replace;
};

/// The whole of `login_password`: arguments, credential, session (LOG-1 ... LOG-6). `draw` as for `Accounts::login`.
std::variant<LoginSuccess, LoginRefusal> login_password(Accounts& accounts, TimePoint now, std::span<const std::string> args,
                                                        std::chrono::seconds default_ttl, std::uint64_t draw = 0);

}  // namespace procedura::mock::engine
