#include "admin/gate.hpp"

#include "engine/same_text.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/token.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace procedura::mock::admin {
namespace {

namespace urls = boost::urls;

// Nothing for what is no port: Boost.URL reads 74301 as 8765.
std::optional<std::uint16_t> port_of(urls::authority_view authority, bool tls) {
  constexpr std::uint16_t http = 80;
  constexpr std::uint16_t https = 443;
  if (!authority.has_port()) return tls ? https : http;
  const std::string_view text{authority.port()};
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional{port} : std::nullopt;
}

}  // namespace

void Gate::listens_on(std::string host, std::uint16_t port, bool tls) {
  options_.any_address = options_.any_address || host == "0.0.0.0" || host == "[::]";
  options_.hosts.push_back(std::move(host));
  options_.port = port;
  options_.tls = tls;
}

// As it was sent: a percent-encoded name or one with a dot at its end is not a name that we gave out.
bool Gate::knows_host(std::string_view host) const {
  const auto parsed = urls::parse_authority({host.data(), host.size()});
  if (!parsed || parsed->has_userinfo()) return false;
  if (port_of(*parsed, options_.tls) != options_.port) return false;
  switch (parsed->host_type()) {
    case urls::host_type::ipv4:
      if (options_.any_address || parsed->host_ipv4_address().is_loopback()) return true;
      break;
    case urls::host_type::ipv6:
      if (options_.any_address || parsed->host_ipv6_address().is_loopback()) return true;
      break;
    case urls::host_type::name:
      if (boost::algorithm::iequals(std::string_view{parsed->encoded_host()}, "localhost")) return true;
      break;
    case urls::host_type::none:
    case urls::host_type::ipvfuture:
      return false;
  }
  const std::string_view name{parsed->encoded_host()};
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& own) { return boost::algorithm::iequals(own, name); });
}

bool Gate::is_guest(const net::HttpRequest& request) const {
  return std::find(options_.allowed_origins.begin(), options_.allowed_origins.end(), request.origin) !=
         options_.allowed_origins.end();
}

std::optional<Denial> Gate::check_sender(const net::HttpRequest& request) const {
  if (!knows_host(request.host)) {
    return Denial{421, "UNKNOWN_HOST",
                  fmt::format("the Host {} is not one of this mock's names; use the address that it printed when it started",
                              quote(request.host))};
  }
  if (request.origin.empty() || is_guest(request)) return std::nullopt;
  const std::string own = fmt::format("{}://{}", options_.tls ? "https" : "http", request.host);
  if (boost::algorithm::iequals(request.origin, own)) return std::nullopt;
  return Denial{
      403, "FOREIGN_ORIGIN",
      fmt::format("web pages of {} may not use this; start mock-agent with --allow-origin to let them", quote(request.origin))};
}

std::optional<Denial> Gate::check_token(const net::HttpRequest& request) const {
  if (options_.token.empty()) return std::nullopt;
  const auto offered = protocol::bearer_token(request.authorization);
  if (offered && engine::same_text(*offered, options_.token)) return std::nullopt;
  return Denial{401, "ADMIN_TOKEN_REQUIRED",
                offered ? "this is not the admin token" : "this needs the admin token, as `Authorization: Bearer TOKEN`"};
}

}  // namespace procedura::mock::admin
