#include "no_proxy.hpp"

#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/proxy.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <utility>

namespace procedura {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A wrong URL is not taken apart for its message: all that may be a user name or a password is left out.
std::string shown(std::string_view url) {
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) {
    // USER:PASSWORD whose host was forgotten looks like HOST:PORT.
    const std::size_t scheme = url.find("://");
    const std::size_t colon = url.find(':', scheme == std::string_view::npos ? 0 : scheme + 3);
    const std::string_view port = colon == std::string_view::npos ? "" : url.substr(colon + 1);
    const bool is_port =
        url.find('[') != std::string_view::npos || port.find_first_not_of("0123456789/") == std::string_view::npos;
    return "'" + protocol::printable(protocol::excerpt(is_port ? url : url.substr(0, colon + 1), 120)) +
           (is_port ? "" : std::string{protocol::redacted}) + "'";
  }
  return "'" + std::string{protocol::redacted} + protocol::printable(protocol::excerpt(url.substr(at), 120)) + "'";
}

Failure invalid(std::string_view url, std::string_view what) {
  const bool has_user_info = url.find('@') != std::string_view::npos;
  return Failure::of(errc::invalid_url,
                     "the proxy " + shown(url) + " " + std::string{what} + "; write it like http://proxy.example:3128" +
                         (has_user_info ? ", and '@', '/', '#', ':' and '%' in a password as %40, %2F, %23, %3A, %25" : ""));
}

bool is_plain(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
  });
}

// Boost's own port_number() wraps 65536 round to 0 and beyond.
std::uint16_t number_of(std::string_view digits) {
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return fault == std::errc{} && end == digits.data() + digits.size() ? number : std::uint16_t{0};
}

}  // namespace

Result<Proxy> Proxy::parse(std::string_view text) {
  const bool has_scheme = text.find("://") != std::string_view::npos;
  const std::string whole = has_scheme ? std::string{text} : "http://" + std::string{text};
  const auto parsed = boost::urls::parse_uri(whole);
  if (!parsed) return invalid(text, "is not a URL");
  const boost::urls::url_view url = *parsed;
  const std::string scheme = lower(std::string{url.scheme()});
  if (scheme == "https") return invalid(text, "would be spoken to over TLS, which is not supported: use its http:// address");
  if (scheme.starts_with("socks")) return invalid(text, "is a SOCKS proxy, which is not supported: only HTTP proxies are");
  if (scheme != "http") return invalid(text, "is no http:// URL");
  if (url.encoded_path().size() > 1 || url.has_query() || url.has_fragment())
    return invalid(text, "has more than a host and a port");

  Proxy proxy;
  proxy.host = lower(url.host_address());
  if (proxy.host.empty()) return invalid(text, "names no host");
  if (!is_plain(proxy.host)) return invalid(text, "has characters in its host that no host name has");
  if (url.has_port()) proxy.port = number_of({url.port().data(), url.port().size()});
  if (proxy.port == 0) return invalid(text, "has a port that is not between 1 and 65535");
  if (url.has_userinfo()) {
    const std::string user = url.user();
    if (user.empty()) return invalid(text, "has a password but no user name");
    if (user.find(':') != std::string::npos)
      return invalid(text, "has a ':' in its user name, which Basic cannot carry (RFC 7617)");
    proxy.authorization = "Basic " + protocol::encode_base64(user + ":" + url.password());
  }
  return proxy;
}

std::string Proxy::origin() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

ProxyRules ProxyRules::of_environment(const std::function<std::optional<std::string>(const char* name)>& look_up) {
  const auto first_of = [&look_up](std::initializer_list<const char*> names) -> std::optional<std::string> {
    for (const char* name : names) {
      if (auto value = look_up(name); value && !value->empty()) return value;
    }
    return std::nullopt;
  };
  ProxyRules rules;
  const bool is_cgi = look_up("REQUEST_METHOD").has_value();
  rules.http = is_cgi ? first_of({"http_proxy"}) : first_of({"http_proxy", "HTTP_PROXY"});
  rules.https = first_of({"https_proxy", "HTTPS_PROXY"});
  const auto all = first_of({"all_proxy", "ALL_PROXY"});
  if (!rules.http) rules.http = all;
  if (!rules.https) rules.https = all;
  rules.none = first_of({"no_proxy", "NO_PROXY"}).value_or("");
  return rules;
}

ProxyRules ProxyRules::of_process() {
  return of_environment([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  });
}

Result<std::optional<Proxy>> ProxyRules::proxy_for(const Endpoint& endpoint) const {
  const bool by_request = always.has_value();
  if (!by_request && (endpoint.is_loopback() || detail::names(none, endpoint.host, endpoint.port))) return std::nullopt;
  const std::optional<std::string>& url = by_request ? always : endpoint.secure ? https : http;
  if (!url || url->empty()) return std::nullopt;
  auto proxy = Proxy::parse(*url);
  if (proxy) return std::optional<Proxy>{*std::move(proxy)};
  Failure failure = proxy.error();
  if (!by_request) {
    failure.message +=
        std::string{" (in the environment: "} + (endpoint.secure ? "https_proxy" : "http_proxy") + " or all_proxy)";
  }
  return failure;
}

}  // namespace procedura
