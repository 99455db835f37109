#include <procedura/conformance/offering.hpp>

namespace procedura::conformance {

std::string_view to_string(Need need) noexcept {
  switch (need) {
    case Need::quick:
      return "modules.quick";
    case Need::slow:
      return "modules.slow";
    case Need::streaming:
      return "modules.streaming";
    case Need::failing:
      return "modules.failing";
    case Need::echo:
      return "modules.echo";
    case Need::protected_module:
      return "modules.protected";
    case Need::public_module:
      return "public module";
    case Need::credential:
      return "credentials";
    case Need::second_user:
      return "credentials of a second user";
    case Need::colon_password:
      return "credentials with a `:` in the password";
    case Need::revoked_token:
      return "revoked_token";
    case Need::tls:
      return "wss://";
    case Need::loopback:
      return "loopback";
    case Need::login_command:
      return "commands.login";
    case Need::run_command:
      return "commands.run";
    case Need::stream_command:
      return "commands.stream";
    case Need::several_command:
      return "commands.several";
    case Need::token_option:
      return "options.token";
    case Need::token_file_option:
      return "options.token_file";
    case Need::ca_option:
      return "options.ca";
    case Need::connect_timeout_option:
      return "options.connect_timeout";
    case Need::ack_timeout_option:
      return "options.ack_timeout";
    case Need::final_timeout_option:
      return "options.final_timeout";
    case Need::idle_timeout_option:
      return "options.idle_timeout";
    case Need::ping_interval_option:
      return "options.ping_interval";
    case Need::pong_timeout_option:
      return "options.pong_timeout";
    case Need::token_file:
      return "token_file";
    case Need::message_limit:
      return "limits.message_bytes";
    case Need::result_on_stdout:
      break;
  }
  return "stdout";
}

}  // namespace procedura::conformance
