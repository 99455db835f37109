#pragma once

#include <procedura/error.hpp>
#include <procedura/url.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace procedura {

/// An HTTP proxy that is asked for a tunnel with CONNECT (RFC 9110, 9.3.6), for `ws://` and `wss://` alike. Only the proxy's
/// own credentials are shown to it; the token goes through the tunnel.
struct Proxy {
  std::string host;                               ///< lower case, decoded; an IPv6 address without its brackets
  std::uint16_t port = 3128;                      ///< of the proxy
  std::optional<std::string> authorization = {};  ///< value of Proxy-Authorization, from the URL's user info; a secret

  /// "http://[USER:PASSWORD@]HOST[:PORT]", or without the scheme; USER and PASSWORD percent-encoded. Fails with `invalid_url`,
  /// without the user info in the message; proxies that speak TLS or SOCKS themselves are refused by name.
  static Result<Proxy> parse(std::string_view url);
  std::string origin() const;  ///< `http://host:port`, fit to be shown
};

/// Which proxy an endpoint is reached by. A plain value; nothing is read from the environment behind its back.
struct ProxyRules {
  /// By request: for every endpoint, whatever the others say; an empty one means directly.
  std::optional<std::string> always = {};
  std::optional<std::string> http = {};   ///< for `ws://`
  std::optional<std::string> https = {};  ///< for `wss://`
  /// Hosts that are reached without one, between commas: a name with all names below it ("example.org"; ".example.org" and
  /// "*.example.org" mean the same), an address, a network ("10.0.0.0/8"), each with a port if only that one is meant
  /// ("[::1]:8765"), or "*" for all. Beside them, the loopback.
  std::string none = {};

  /// http_proxy, https_proxy, all_proxy and no_proxy, in small letters or else in capitals; `look_up` gets their names. Empty
  /// ones count as not there, and so does HTTP_PROXY in a CGI program, whose caller sets it (CVE-2016-5385).
  static ProxyRules of_environment(const std::function<std::optional<std::string>(const char* name)>& look_up);
  /// Those of this process's environment.
  static ProxyRules of_process();

  /// Nothing: directly. Fails as `Proxy::parse`, naming where the wrong URL stands.
  Result<std::optional<Proxy>> proxy_for(const Endpoint& endpoint) const;
};

}  // namespace procedura
