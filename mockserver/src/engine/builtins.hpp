#pragma once

#include "engine/accounts.hpp"
#include "engine/handshake.hpp"
#include "engine/login.hpp"
#include "engine/metrics.hpp"
#include "engine/moment.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The results of the commands that every agent has (protocol.md, "Built-in commands"), as JSON text.
namespace procedura::mock::engine {

enum class Builtin : std::uint8_t { login_password, keepalive, diag_ws_metrics, diag_auth };

std::optional<Builtin> builtin_from(std::string_view cmd) noexcept;

std::string login_result(const LoginSuccess& login);
std::string keepalive_result(const Moment& moment);
std::string metrics_result(const Metrics& metrics, std::uint64_t live_jobs, Duration uptime);
/// `session` is null when the connection has no live one.
std::string auth_result(const Session* session, Via via, TimePoint now);

}  // namespace procedura::mock::engine
