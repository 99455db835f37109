#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace procedura::testing {

/// Between a client and a server on the loopback, byte by byte, until it stops: then nothing passes any more, in either
/// direction, and nothing is closed, as if a cable were pulled. On a thread of its own.
class ForwardingProxy {
 public:
  /// `to`: the server's port.
  explicit ForwardingProxy(std::uint16_t to);
  ~ForwardingProxy();
  ForwardingProxy(const ForwardingProxy&) = delete;
  ForwardingProxy& operator=(const ForwardingProxy&) = delete;

  std::uint16_t port() const;
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(port()); }
  /// Of the connections that are there. Later ones are forwarded.
  void stop_forwarding();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace procedura::testing
