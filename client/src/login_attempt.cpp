#include "login_attempt.hpp"

#include <procedura/protocol/token.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

namespace procedura::detail {

using protocol::ArgsStyle;

std::vector<std::string> login_args(const std::string& credential, const LoginOptions& options) {
  std::vector<std::string> args{credential, options.attach ? "--attach" : "--replace"};
  if (options.device) args.push_back("--device=" + *options.device);
  if (options.ttl) args.push_back("--ttl=" + std::to_string(options.ttl->count()));
  return args;
}

LoginAttempt::LoginAttempt(ArgsStyleChoice choice, std::optional<ArgsStyle> known)
    : style_{known.value_or(ArgsStyle::module_first)}, may_try_bare_{choice == ArgsStyleChoice::automatic && !known} {
  if (choice != ArgsStyleChoice::automatic) {
    style_ = choice == ArgsStyleChoice::bare ? ArgsStyle::bare : ArgsStyle::module_first;
  }
}

bool LoginAttempt::again(Failure failure) {
  const bool refused = failure.code == errc::agent_error;
  const bool tells_more = !refused || failure.agent_code == "AUTH_FAILED";
  if (!failure_ || (failure_->agent_code != "AUTH_FAILED" && tells_more)) failure_ = std::move(failure);
  if (!refused || !std::exchange(may_try_bare_, false)) return false;
  style_ = ArgsStyle::bare;
  return true;
}

Result<Granted> read_login_result(const RunResult& result) {
  auto failure = [](std::string message) { return Failure::of(errc::protocol_error, std::move(message)); };
  const auto json = nlohmann::json::parse(result.text(), nullptr, false);
  const auto token = json.is_object() ? json.find("session_token") : json.end();
  if (token == json.end() || !token->is_string()) {
    return failure("the agent finished the login, but its result has no `session_token` string");
  }
  Granted granted;
  granted.token = token->get<std::string>();
  if (!protocol::is_header_safe(granted.token)) {
    return failure("the agent's `session_token` has characters that no header can carry");
  }
  // A number that no clock can be added to is as good as none.
  constexpr std::uint64_t most = std::uint64_t{100} * 31'536'000;
  const auto expires_in = json.find("expires_in");
  if (expires_in != json.end() && expires_in->is_number_unsigned() && expires_in->get<std::uint64_t>() <= most) {
    granted.expires_in = expires_in->get<std::int64_t>();
  }
  return granted;
}

}  // namespace procedura::detail
