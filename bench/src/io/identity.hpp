#pragma once

#include "load/plan.hpp"
#include "program/arguments.hpp"

#include <procedura/error.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/transport.hpp>

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace procedura::bench {

/// As whom the load is made: what each handshake carries (AUT-1), and what must not be shown of it (AUT-7).
struct Identity {
  std::vector<std::string> subprotocols;
  Headers headers;
  protocol::Redactor redactor;
  std::optional<protocol::ArgsStyle> args_style;  ///< what a login found to work
};

using Environ = std::function<std::optional<std::string>(const std::string&)>;

/// The session token in a file, without the blanks around it; nothing if it cannot be read.
std::optional<std::string> token_in(const std::string& path);

/// Reads the token file, or logs in with the credential, as the plan says; nobody in particular if it says neither. Blocks.
std::variant<Identity, UsageError, Failure> identify(const Plan& plan, const Environ& env);

}  // namespace procedura::bench
