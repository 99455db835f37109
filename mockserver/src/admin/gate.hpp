#pragma once

#include "net/http_side.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::admin {

/// Who may speak to the admin side.
struct AdminOptions {
  bool enabled = true;                       ///< false: there is nothing under /__admin
  bool tls = false;                          ///< the scheme of our own pages: https instead of http
  std::uint16_t port = 0;                    ///< that we listen on
  std::vector<std::string> hosts;            ///< names and addresses that we listen on, besides those of loopback; no ports
  bool any_address = false;                  ///< we listen on all addresses (0.0.0.0, ::): every numeric one is ours
  std::vector<std::string> allowed_origins;  ///< of web pages, besides our own
  std::string token;                         ///< empty: none is asked for. Only where nobody but this machine can connect
};

/// Why a request is not answered.
struct Denial {
  unsigned status;
  std::string code;
  std::string message;
};

/// Keeps the web out (CON-11). A browser lets any page send requests here: one whose name was made to point to this address
/// (DNS rebinding) bears a foreign `Host`, any other a foreign `Origin`, and what a form can send is never JSON.
class Gate {
 public:
  explicit Gate(AdminOptions options) : options_{std::move(options)} {}

  /// An address that was bound (as it goes into a URL), at what port, and whether TLS is spoken there.
  void listens_on(std::string host, std::uint16_t port, bool tls);
  bool enabled() const noexcept { return options_.enabled; }
  /// By `Host` and `Origin`.
  std::optional<Denial> check_sender(const net::HttpRequest& request) const;
  /// By the admin token, if there is one.
  std::optional<Denial> check_token(const net::HttpRequest& request) const;
  /// True for a page that is not ours, but was allowed.
  bool is_guest(const net::HttpRequest& request) const;

 private:
  bool knows_host(std::string_view host) const;
  AdminOptions options_;
};

}  // namespace procedura::mock::admin
