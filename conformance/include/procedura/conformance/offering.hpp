#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// Something a case needs from the profile. Without it the case is N/A.
enum class Need : std::uint8_t {
  // of an agent
  quick,
  slow,
  streaming,
  failing,
  echo,
  protected_module,
  public_module,  ///< one of the above that anybody may run
  credential,
  second_user,     ///< another credential, of another user
  colon_password,  ///< a credential with a `:` in its password
  revoked_token,
  tls,       ///< it is reached over wss://
  loopback,  ///< and on the machine that the suite runs on
  // of a client: its commands
  login_command,
  run_command,
  stream_command,
  several_command,
  // its options
  token_option,
  token_file_option,
  ca_option,
  connect_timeout_option,
  ack_timeout_option,
  final_timeout_option,
  idle_timeout_option,
  ping_interval_option,
  pong_timeout_option,
  // and what else it tells
  token_file,
  message_limit,
  result_on_stdout,
};

std::string_view to_string(Need need) noexcept;  ///< the profile's own words: "modules.quick", "options.ca"

/// What decides which checks apply to a subject: what it has, and which of our own clauses it claims to keep.
struct Offering {
  std::set<Need> needs;
  std::set<std::string, std::less<>> declares;

  bool has(Need need) const { return needs.contains(need); }
  bool declared(std::string_view clause) const { return declares.contains(clause); }
};

}  // namespace procedura::conformance
