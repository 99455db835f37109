#pragma once

#include "diag_report.hpp"

#include <procedura/transport.hpp>

#include <chrono>
#include <optional>
#include <vector>

/// From an address to an open WebSocket: what was found, judged. Pure.
namespace procedura::cli {

/// What of the token goes with the handshake (AUT-1, AUT-4).
enum class TokenPath : unsigned char { none, both, bearer_only };

struct HandshakeFindings {
  Endpoint endpoint;
  HandshakeInfo info = {};              ///< of the open connection, or how far it came
  std::optional<Failure> failure = {};  ///< why it did not open
  TokenPath token = TokenPath::none;
  bool compression_asked = false;
  std::chrono::system_clock::time_point now = {};
};

/// DNS, TCP, proxy, TLS and WebSocket, in this order, always all five: what was not come to is skipped.
std::vector<Check> handshake_checks(const HandshakeFindings& findings);

}  // namespace procedura::cli
