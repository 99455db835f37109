#include "record/agent_url.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace procedura::mock::record {
namespace {

constexpr std::uint16_t port_of(bool secure) {
  return secure ? 443 : 80;
}

std::optional<std::uint16_t> port_number(std::string_view digits) {
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return fault == std::errc{} && end == digits.data() + digits.size() ? std::optional{number} : std::nullopt;
}

// A host goes into a header and into messages: nothing but what a name or an address is made of.
bool is_plain(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
  });
}

}  // namespace

std::string AgentUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == port_of(secure) ? name : name + ":" + std::to_string(port);
}

std::string AgentUrl::target(std::string_view target) const {
  if (path.empty()) return std::string{target};
  return target.starts_with("/?") || target == "/" ? path + std::string{target.substr(1)} : path + std::string{target};
}

std::variant<AgentUrl, std::string> parse_agent_url(std::string_view text, bool any_port) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return "is no URL such as ws://127.0.0.1:8765 or wss://agent.example/path";
  const boost::urls::url_view url = *parsed;
  const std::string scheme = boost::algorithm::to_lower_copy(std::string{url.scheme()});
  if (scheme != "ws" && scheme != "wss") return "is neither a ws:// nor a wss:// URL";
  if (url.has_userinfo()) return "has user info, which no WebSocket handshake sends: clients log in, or bring their token";
  if (url.has_query() || url.has_fragment()) return "has more than a host, a port and a path";

  AgentUrl agent{scheme == "wss", std::string{url.host_address()}, 0, std::string{url.encoded_path()}};
  if (!is_plain(agent.host)) return "names no host";
  const auto port = url.has_port() ? port_number({url.port().data(), url.port().size()}) : port_of(agent.secure);
  if (!port || (*port == 0 && !any_port)) return "has a port that is not from 1 to 65535";
  agent.port = *port;
  while (agent.path.ends_with('/')) agent.path.pop_back();
  return agent;
}

}  // namespace procedura::mock::record
