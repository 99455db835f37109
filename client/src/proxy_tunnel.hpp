#pragma once

#include "http_head.hpp"

#include <procedura/proxy.hpp>
#include <procedura/url.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace procedura::detail {

/// Asks a proxy for a tunnel to the agent (CONNECT; RFC 9110, 9.3.6) and reads its answer. Pure: bytes go in.
///
/// The head of the answer is read here and not by Beast: nothing but its status decides, a body never matters, and the byte
/// after the head has to be known exactly, because it is the agent's. That keeps the way to a byte stream out of Beast's
/// slow translation units.
class ProxyTunnel {
 public:
  enum class State { reading, open, refused };

  ProxyTunnel(Proxy proxy, const Endpoint& to);

  /// What is sent: the target, and the proxy's own credentials. Nothing of the session: that goes through the tunnel.
  std::string request() const;

  /// Takes what follows the bytes taken before. Says how many of them were the proxy's; the others come through the tunnel.
  std::size_t feed(std::string_view bytes);
  void hung_up();

  State state() const noexcept { return state_; }
  /// Why it was refused: for people, one line, fit for a terminal.
  const std::string& why() const noexcept { return why_; }

 private:
  void judge(const HttpHead& head);
  std::string what_to_do(const HttpHead& head) const;
  void refuse(std::string why);

  Proxy proxy_;
  std::string target_;  // host:port
  std::string heard_;   // of the current head
  std::size_t taken_ = 0;
  State state_ = State::reading;
  std::string why_;
};

}  // namespace procedura::detail
