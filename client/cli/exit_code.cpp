#include "exit_code.hpp"

namespace procedura::cli {
namespace {

constexpr std::string_view log_in = "run `procedura login`";
constexpr std::string_view through_which = "--proxy says through which proxy, `--proxy direct` through none";

// 401 and 403 at the handshake and the close code 4401 are how an agent refuses a token before any request (AUT-6).
bool is_refused_login(const FailureKind& failure) noexcept {
  switch (failure.code) {
    case errc::agent_error:
      return failure.agent_code.starts_with("AUTH_");
    case errc::handshake_refused:
      return failure.http_status == 401 || failure.http_status == 403;
    case errc::connection_lost:
      return failure.close_code == 4401;
    default:
      return false;
  }
}

}  // namespace

ExitCode exit_code(const FailureKind& failure) noexcept {
  if (is_refused_login(failure)) return ExitCode::login;
  switch (failure.code) {
    case errc::ok:
      return ExitCode::ok;
    case errc::agent_error:
      return ExitCode::failed;
    case errc::invalid_request:
    case errc::invalid_url:
      return ExitCode::usage;
    case errc::connect_timeout:
    case errc::connect_failed:
    case errc::handshake_refused:
    case errc::tls_failed:
    case errc::connection_lost:
      return ExitCode::no_connection;
    case errc::invalid_token:
    case errc::token_store:
    case errc::wrong_origin:
      return ExitCode::login;
    case errc::ack_timeout:
    case errc::final_timeout:
    case errc::deadline:
    case errc::slow_consumer:
    case errc::send_queue_full:
      return ExitCode::timeout;
    case errc::protocol_error:
    case errc::message_too_big:
    case errc::end_of_stream:
      return ExitCode::broken_protocol;
    case errc::cancelled:
      return ExitCode::interrupted;
  }
  return ExitCode::failed;
}

std::string_view advice(const FailureKind& failure) noexcept {
  if (failure.code == errc::agent_error && failure.agent_code == "AUTH_FAILED") return "check user and password";
  if (is_refused_login(failure)) return failure.logging_in ? "an agent lets everybody try to log in: check --url" : log_in;
  switch (failure.code) {
    case errc::connect_failed:
      if (failure.proxied) return through_which;
      return "--url says where, --wait SECS waits for it";
    case errc::connect_timeout:
      if (failure.proxied) return through_which;
      return "check --url; --connect-timeout SECS waits longer";
    case errc::handshake_refused:
      return "check that --url is an agent's endpoint";
    case errc::ack_timeout:
      if (failure.checking) return "--timeout SECS waits longer";
      return "the agent may be busy; --ack-timeout SECS waits longer";
    case errc::final_timeout:
      if (failure.checking) return "--timeout SECS waits longer";
      return "--final-timeout (run) and --idle-timeout (stream) wait longer";
    case errc::slow_consumer:
      return "read the output faster";
    case errc::send_queue_full:
      return "the agent does not read what it is sent";
    case errc::protocol_error:
      return "this is a fault of the agent";
    case errc::message_too_big:
      return "ask the module for less";
    case errc::invalid_token:
      return log_in;
    case errc::wrong_origin:
      return "for that: `procedura login`, --token or --token-file";
    default:
      return {};
  }
}

}  // namespace procedura::cli
