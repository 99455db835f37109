#pragma once

#include <procedura/options.hpp>
#include <procedura/protocol/request.hpp>

#include <optional>
#include <string>
#include <vector>

namespace procedura::detail {

inline constexpr std::string_view login_module = "login_password";

/// The module's own arguments (LOG-1).
std::vector<std::string> login_args(const std::string& credential, const LoginOptions& options);

/// The automatic args style (REQ-4): module-first, and if the agent refuses that, bare, once. Pure.
class LoginAttempt {
 public:
  /// `known`: what an earlier login to this origin found to work.
  LoginAttempt(ArgsStyleChoice choice, std::optional<protocol::ArgsStyle> known);

  protocol::ArgsStyle style() const noexcept { return style_; }
  /// The attempt failed. True: try once more, with what `style` says now.
  bool again(Failure failure);
  /// What to show at the end: AUTH_FAILED if either style led to it, for the other will have misread the arguments.
  const Failure& failure() const noexcept { return *failure_; }

 private:
  protocol::ArgsStyle style_;
  bool may_try_bare_;
  std::optional<Failure> failure_;
};

/// What is read from the result of a login (LOG-2, LOG-4).
struct Granted {
  std::string token;
  std::optional<std::int64_t> expires_in;  ///< seconds
};
/// Fails with `protocol_error` if there is no token in it that can be used.
Result<Granted> read_login_result(const RunResult& result);

}  // namespace procedura::detail
