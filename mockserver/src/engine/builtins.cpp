#include "engine/builtins.hpp"

#include <procedura/protocol/json_text.hpp>

#include <fmt/format.h>

#include <iterator>

namespace procedura::mock::engine {
namespace {

using protocol::append_string;

void append_member(std::string& out, std::string_view name, const std::optional<std::string>& value) {
  append_string(out, name);
  out += ':';
  if (value) {
    append_string(out, *value);
  } else {
    out += "null";
  }
}

}  // namespace

std::optional<Builtin> builtin_from(std::string_view cmd) noexcept {
  if (cmd == "login_password") return Builtin::login_password;
  if (cmd == "__keepalive") return Builtin::keepalive;
  if (cmd == "__diag_ws_metrics") return Builtin::diag_ws_metrics;
  if (cmd == "__diag_auth") return Builtin::diag_auth;
  return std::nullopt;
}

std::string login_result(const LoginSuccess& login) {
  std::string out = "{";
  append_member(out, "session_token", login.session->token);
  out += ',';
  append_member(out, "user", login.session->user);
  out += ',';
  append_member(out, "device", login.session->device);
  out += fmt::format(R"(,"expires_in":{},"attached":{}}})", login.ttl.count(), login.attached);
  return out;
}

std::string keepalive_result(const Moment& moment) {
  return fmt::format(R"({{"ok":true,"server_time_ms":{}}})", moment.wall_ms);
}

std::string metrics_result(const Metrics& metrics, std::uint64_t live_jobs, Duration uptime) {
  std::string out = fmt::format(R"({{"uptime_s":{:.3f},"connections":{{"open":{},"total":{}}},"frames":{{"in":{},"out":{}}},)"
                                R"("bytes":{{"in":{},"out":{}}},"jobs":{{"live":{},"finished":{},"failed":{}}},"errors":{{)",
                                std::chrono::duration<double>(uptime).count(), metrics.connections_open,
                                metrics.connections_total, metrics.frames_in, metrics.frames_out, metrics.bytes_in,
                                metrics.bytes_out, live_jobs, metrics.jobs_finished, metrics.jobs_failed);
  std::string_view separator;
  for (const auto& [code, count] : metrics.errors) {
    out += separator;
    append_string(out, code);
    fmt::format_to(std::back_inserter(out), ":{}", count);
    separator = ",";
  }
  return out += "}}";
}

std::string auth_result(const Session* session, Via via, TimePoint now) {
  if (!session) return R"({"authenticated":false,"user":null,"device":null,"via":null,"expires_in":null})";
  std::string out = R"({"authenticated":true,)";
  append_member(out, "user", session->user);
  out += ',';
  append_member(out, "device", session->device);
  out += ",\"via\":";
  append_string(out, to_string(via));
  if (session->expires) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(*session->expires - now);
    fmt::format_to(std::back_inserter(out), R"(,"expires_in":{}}})", left.count());
  } else {
    out += R"(,"expires_in":null})";
  }
  return out;
}

}  // namespace procedura::mock::engine
