#pragma once

#include "certificates.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance {

/// Where a client is sent to see whom it trusts: a TLS server that writes down what it is told, and answers every request with
/// 503. What a client says inside TLS, it says to somebody it has taken for its agent. With `agent_port` it answers nothing
/// itself, and stands before an agent without TLS on that port.
///
/// It listens on a free port of 127.0.0.1 when the constructor returns (which throws std::runtime_error if it cannot), on a
/// thread of its own, one connection after the other. Its members may be called from any thread.
class TlsListener {
 public:
  explicit TlsListener(const Certificate& certificate, std::optional<std::uint16_t> agent_port = {});
  TlsListener(const TlsListener&) = delete;
  TlsListener& operator=(const TlsListener&) = delete;
  ~TlsListener();

  std::string url() const;  ///< "wss://127.0.0.1:PORT"
  /// TCP connections so far. It and `said` first hear out, for 5 s at most, who has connected already.
  std::size_t connections() const;
  /// What was said inside TLS, one text for each handshake that came to its end; empty where the client said nothing.
  std::vector<std::string> said() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::conformance
