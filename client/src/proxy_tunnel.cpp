#include "proxy_tunnel.hpp"

#include "peer_answer.hpp"

#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace procedura::detail {
namespace {

constexpr std::size_t all_heads_at_most = std::size_t{16} * 1024;  // with those of 1xx answers
constexpr std::size_t show_at_most = 120;

std::string authority(const Endpoint& endpoint) {
  const bool is_v6 = endpoint.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + endpoint.host + "]:" : endpoint.host + ":") + std::to_string(endpoint.port);
}

// The proxy may repeat what it was shown.
protocol::Redactor secrets_of(const Proxy& proxy) {
  protocol::Redactor secrets;
  if (!proxy.authorization) return secrets;
  const std::string_view encoded = std::string_view{*proxy.authorization}.substr(proxy.authorization->rfind(' ') + 1);
  secrets.add(encoded);
  if (const auto credential = protocol::decode_base64(encoded)) secrets.add_credential(*credential);
  return secrets;
}

// The first word of a Proxy-Authenticate header.
std::string scheme_asked_for(const HttpHead& head) {
  const std::string_view value = head.header("Proxy-Authenticate").value_or("");
  return protocol::printable(protocol::excerpt(value.substr(0, value.find_first_of(" ,")), 40));
}

std::string no_http_proxy(const Proxy& proxy, std::string_view heard) {
  const std::string_view line = heard.substr(0, heard.find_first_of("\r\n"));
  return "the proxy " + proxy.origin() + " is no HTTP proxy: it answered '" +
         protocol::printable(protocol::excerpt(secrets_of(proxy)(line), show_at_most)) + "'";
}

// Something else is told at once: it may well wait for us to go on.
bool can_become_http(std::string_view heard) {
  constexpr std::string_view beginning = "HTTP/1.";
  if (heard.size() < beginning.size()) return beginning.starts_with(heard);
  return heard.find('\n') == std::string_view::npos ? heard.starts_with(beginning) : read_http_head(heard).has_value();
}

bool is_basic(std::string scheme) {
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return scheme == "basic";
}

}  // namespace

ProxyTunnel::ProxyTunnel(Proxy proxy, const Endpoint& to) : proxy_{std::move(proxy)}, target_{authority(to)} {}

std::string ProxyTunnel::request() const {
  std::string request = "CONNECT " + target_ + " HTTP/1.1\r\nHost: " + target_ + "\r\n";
  if (proxy_.authorization) request += "Proxy-Authorization: " + *proxy_.authorization + "\r\n";
  return request + "\r\n";
}

std::size_t ProxyTunnel::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (state_ == State::reading && used < bytes.size()) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t before = heard_.size();
    heard_.append(rest.substr(0, all_heads_at_most + 1 - taken_));
    const auto size = http_head_size(heard_);
    const std::size_t taken = size.value_or(heard_.size()) - before;
    used += taken;
    taken_ += taken;
    if (taken_ > all_heads_at_most) {
      refuse("the proxy " + proxy_.origin() + " sends an answer without an end");
    } else if (size) {
      const auto head = read_http_head(std::string_view{heard_}.substr(0, *size));
      head ? judge(*head) : refuse(no_http_proxy(proxy_, heard_));
      heard_.clear();
    } else if (!can_become_http(heard_)) {
      refuse(no_http_proxy(proxy_, heard_));
    }
  }
  return used;
}

void ProxyTunnel::hung_up() {
  if (state_ != State::reading) return;
  if (heard_.empty()) return refuse("the proxy " + proxy_.origin() + " hung up without an answer: is it an HTTP proxy?");
  if (!read_http_head(heard_)) return refuse(no_http_proxy(proxy_, heard_));
  refuse("the proxy " + proxy_.origin() + " hung up in the middle of its answer");
}

void ProxyTunnel::judge(const HttpHead& head) {
  if (head.status < 200 && head.status != 101) return;  // "wait": the answer is still to come
  if (head.status >= 200 && head.status < 300) {
    state_ = State::open;
    return;
  }
  std::string why =
      "the proxy " + proxy_.origin() + " refuses a tunnel to " + target_ + ": HTTP " + std::to_string(head.status);
  if (!head.reason.empty()) why += " " + protocol::printable(protocol::excerpt(secrets_of(proxy_)(head.reason), show_at_most));
  refuse(why + "; " + what_to_do(head));
}

std::string ProxyTunnel::what_to_do(const HttpHead& head) const {
  switch (head.status) {
    case 407: {
      const std::string scheme = scheme_asked_for(head);
      if (!scheme.empty() && !is_basic(scheme)) return "it wants '" + scheme + "' credentials, and only Basic is spoken here";
      if (proxy_.authorization) return "it does not take the user name and password of its URL";
      return "give its URL a user name and password: http://USER:PASSWORD@HOST:PORT";
    }
    case 403:
      return "ask whoever runs it (many allow port 443 only), or reach the agent without it (NO_PROXY)";
    case 400:
    case 405:
    case 501:
      return "does it do CONNECT, as an HTTP proxy should?";
    case 404:
    case 502:
    case 503:
    case 504:
      return "it cannot reach the agent: is that running, and does the proxy know its name?";
    default:
      return "ask whoever runs it, or reach the agent without it (NO_PROXY)";
  }
}

void ProxyTunnel::refuse(std::string why) {
  state_ = State::refused;
  why_ = std::move(why);
}

}  // namespace procedura::detail
