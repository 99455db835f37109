#pragma once

#include <procedura/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace procedura {

inline constexpr std::string_view default_url = "ws://127.0.0.1:8765";  ///< CON-1

/// Where an agent listens: a `ws://` or `wss://` URL, taken apart.
struct Endpoint {
  bool secure = false;             ///< `wss://`
  std::string host = "127.0.0.1";  ///< lower case, decoded; an IPv6 address without its brackets
  std::uint16_t port = 8765;       ///< 1 to 65535
  std::string target = "/";        ///< path and query, as they go into the request line
  std::string warning;             ///< for people: something in the URL that will not do what it seems to; usually empty

  /// Fails with `invalid_url`. Without a port it is 80 for `ws` and 443 for `wss` (RFC 6455). User info and fragments are
  /// refused; a token in the query grants nothing (AUT-7): that is said in `warning`.
  static Result<Endpoint> parse(std::string_view url);

  std::string origin() const;       ///< `ws://host:port`: what a token is kept for (AUT-8)
  std::string host_header() const;  ///< `host:port`, the port left out where it is the scheme's own
  std::string url() const;          ///< whole, with secrets in its query redacted
  bool is_loopback() const;         ///< 127.0.0.0/8, ::1, localhost and names below it
};

}  // namespace procedura
