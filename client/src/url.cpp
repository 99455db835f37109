#include <procedura/protocol/redaction.hpp>
#include <procedura/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace procedura {
namespace {

Failure invalid(std::string_view url, std::string_view what) {
  return Failure::of(errc::invalid_url, "'" + protocol::printable(protocol::redact_url(url)) + "' " + std::string{what} +
                                            "; write it like ws://127.0.0.1:8765 or wss://agent.example/path");
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A host goes into a header, a message and a file: nothing but what a name or an address is made of.
bool is_plain(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
  });
}

std::string bracketed(const Endpoint& endpoint) {
  return endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
}

// A label that is empty can be looked up by nobody, and before a name it would mean "whatever is below" to whoever checks a
// certificate. What follows a '%' is the interface of an IPv6 address, and nothing of a name.
bool is_name_or_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  return host.find('%') == std::string_view::npos && !host.starts_with('.') && host.find("..") == std::string_view::npos;
}

bool grants_nothing(boost::urls::url_view url) {
  for (const auto& parameter : url.params()) {
    if (parameter.key == "token" || parameter.key == "access_token") return true;
  }
  return false;
}

// Boost's own port_number() wraps 65536 round to 0 and beyond.
std::uint16_t number_of(std::string_view digits) {
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return fault == std::errc{} && end == digits.data() + digits.size() ? number : std::uint16_t{0};
}

constexpr std::uint16_t scheme_port(bool secure) {
  return secure ? 443 : 80;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) {
    return invalid(text, text.find("://") == std::string_view::npos ? "has no scheme" : "is not a URL");
  }
  const boost::urls::url_view url = *parsed;
  const std::string scheme = lower(std::string{url.scheme()});
  if (scheme != "ws" && scheme != "wss") return invalid(text, "is neither a ws:// nor a wss:// URL");
  if (url.has_userinfo()) {
    return invalid(text, "has user info, which no WebSocket handshake sends: log in or pass a token instead");
  }
  if (url.has_fragment()) return invalid(text, "has a fragment ('#'), which a WebSocket URL must not have (RFC 6455)");

  Endpoint endpoint;
  endpoint.secure = scheme == "wss";
  endpoint.host = lower(url.host_address());
  if (endpoint.host.empty()) return invalid(text, "names no host");
  if (!is_plain(endpoint.host) || !is_name_or_address(endpoint.host))
    return invalid(text, "has characters in its host that no host name has");
  if (url.has_port() && url.port().empty()) return invalid(text, "has a ':' with no port after it");
  endpoint.port = url.has_port() ? number_of({url.port().data(), url.port().size()}) : scheme_port(endpoint.secure);
  if (endpoint.port == 0) return invalid(text, "has a port that is not between 1 and 65535");
  endpoint.target = url.encoded_target().empty() ? "/" : std::string{url.encoded_target()};
  if (endpoint.target.front() != '/') endpoint.target.insert(0, "/");
  if (grants_nothing(url)) {
    endpoint.warning = "a token in the URL grants nothing and ends up in logs: log in, or pass it as a token";
  }
  return endpoint;
}

std::string Endpoint::origin() const {
  return (secure ? "wss://" : "ws://") + bracketed(*this) + ":" + std::to_string(port);
}

std::string Endpoint::host_header() const {
  return port == scheme_port(secure) ? bracketed(*this) : bracketed(*this) + ":" + std::to_string(port);
}

std::string Endpoint::url() const {
  return protocol::redact_url((secure ? "wss://" : "ws://") + host_header() + target);
}

bool Endpoint::is_loopback() const {
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  const auto address = boost::urls::parse_ipv4_address(host);
  return address && address->is_loopback();
}

}  // namespace procedura
