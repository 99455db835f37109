#pragma once

#include <procedura/protocol/errc.hpp>

#include <string_view>

namespace procedura::cli {

/// The process's answer to the shell. Public: scripts depend on it, `help exit-codes` documents it.
enum class ExitCode : int {
  ok = 0,
  failed = 1,  ///< the module failed, or the output could not be written
  usage = 2,
  no_connection = 3,  ///< cannot connect, or connection lost
  login = 4,          ///< login needed or refused
  timeout = 5,
  broken_protocol = 6,
  interrupted = 130,
  terminated = 143,  ///< SIGTERM, or the terminal has gone
};

/// What is known of a failure when the program ends on it.
struct FailureKind {
  errc code = errc::agent_error;
  std::string_view agent_code = {};  ///< the `code` of the agent's own error object; empty if it has none
  unsigned http_status = 0;          ///< of a refused handshake; 0: none
  unsigned short close_code = 0;     ///< of a lost connection; 0: none
  bool logging_in = false;           ///< it was a login that failed
  bool checking = false;             ///< `ws diag` or `ws ping` asked
  bool proxied = false;              ///< the agent was to be reached through a proxy
};

ExitCode exit_code(const FailureKind& failure) noexcept;

/// What the user can do about it, as a clause; empty where there is no general advice.
std::string_view advice(const FailureKind& failure) noexcept;

}  // namespace procedura::cli
