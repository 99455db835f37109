#include "peer_answer.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

namespace procedura::detail {
namespace {

constexpr std::size_t show_at_most = 120;

constexpr std::size_t look_at_most = std::size_t{64} * 1024;  // of a line, of which so much is never shown

std::string first_line(std::string_view text, const protocol::Redactor& secrets) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  const std::string line = secrets(text.substr(0, std::min(text.find_first_of("\r\n"), look_at_most)));
  const bool cut = line.size() > show_at_most;
  return protocol::printable(std::string_view{line}.substr(0, show_at_most)) + (cut ? "..." : "");
}

// The target of a redirect. What its query holds is nobody's business: it may well be ours.
std::string where(std::string_view location) {
  const std::size_t query = location.find_first_of("?#");
  const bool cut = query != std::string_view::npos;
  return protocol::printable(protocol::excerpt(protocol::redact_url(location.substr(0, query)), show_at_most)) +
         (cut ? "?..." : "");
}

bool can_be_header_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

// A value made by hand may hold anything; one that was parsed has nothing else.
bool can_be_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_' ||
           c == ':' || c == '%';
  });
}

bool can_be_target(std::string_view target) {
  return target.starts_with('/') && std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

constexpr std::string_view plain_scheme = "ws://";

// An alert or a handshake message, of any version: so a TLS server answers what is no TLS.
bool is_tls_record(std::string_view heard) {
  return heard.size() >= 3 && (heard[0] == 0x15 || heard[0] == 0x16) && heard[1] == 3 && heard[2] <= 4;
}

TransportEnd unsendable(errc cause, std::string detail) {
  TransportEnd end;
  end.cause = cause;
  end.detail = std::move(detail);
  return end;
}

}  // namespace

protocol::Redactor secrets_of(const TransportOptions& options) {
  protocol::Redactor secrets;
  for (const auto& subprotocol : options.subprotocols) secrets.add(subprotocol);
  for (const auto& [name, value] : options.headers) {
    if (!boost::algorithm::iequals(name, "Authorization") && !boost::algorithm::iequals(name, "Cookie")) continue;
    secrets.add(value);
    secrets.add(std::string_view{value}.substr(value.rfind(' ') + 1));  // without its scheme
  }
  return secrets;
}

TransportEnd refusal(HttpHead head, std::string_view body, const protocol::Redactor& secrets) {
  TransportEnd end;
  end.cause = errc::handshake_refused;
  end.http_status = head.status;
  end.detail = "the upgrade was refused with HTTP " + std::to_string(head.status);
  if (const std::string words = first_line(head.reason, secrets); !words.empty()) end.detail += " " + words;
  if (const std::string line = first_line(body, secrets); !line.empty()) end.detail += ": " + line;
  if (head.status >= 300 && head.status < 400) {
    const std::string place = where(secrets(head.header("Location").value_or("")));
    end.detail += place.empty()
                      ? " (redirects are not followed)"
                      : " (it points to '" + place + "', but redirects are not followed: use that URL if you trust it)";
  }
  end.http_headers = std::move(head.headers);
  return end;
}

std::optional<TransportEnd> refusal_heard(std::string_view heard, const protocol::Redactor& secrets) {
  auto head = read_http_head(heard);
  if (!head || head->status == 101) return std::nullopt;
  const bool in_chunks = head->header("Transfer-Encoding").has_value();
  const std::size_t body = http_head_size(heard).value_or(heard.size());
  return refusal(*std::move(head), in_chunks ? "" : heard.substr(body), secrets);
}

std::string no_websocket(const Endpoint& endpoint, std::string_view heard, std::string_view why,
                         const protocol::Redactor& secrets) {
  if (is_tls_record(heard)) {
    return "the server at " + endpoint.origin() + " speaks TLS: use wss://" + endpoint.origin().substr(plain_scheme.size());
  }
  const std::string line = first_line(heard, secrets);
  if (line.empty()) {
    // So do many TLS servers, without an alert, when they are spoken to in clear text.
    const std::string or_tls = endpoint.secure ? "" : " (if it speaks TLS, use wss://)";
    return "the server at " + endpoint.origin() + " hung up during the handshake: is it a Procedura agent?" + or_tls;
  }
  return "the server at " + endpoint.origin() + " is no WebSocket server: it answered '" + line + "' (" +
         protocol::printable(why) + ")";
}

std::string seconds(protocol::Duration time) {
  std::ostringstream text;
  text << std::chrono::duration<double>(time).count() << " s";
  return text.str();
}

TransportEnd check(const TransportOptions& options) {
  if (!can_be_host(options.endpoint.host) || !can_be_target(options.endpoint.target)) {
    return unsendable(errc::invalid_url, "the endpoint has characters that no URL has");
  }
  if (options.proxy && (!can_be_host(options.proxy->host) || !can_be_header_value(options.proxy->authorization.value_or("")))) {
    return unsendable(errc::invalid_url, "the proxy has characters that no URL has");
  }
  for (const auto& subprotocol : options.subprotocols) {
    if (!protocol::is_subprotocol(subprotocol)) {
      return unsendable(errc::invalid_token, "a subprotocol has characters that none may have (RFC 9110, token)");
    }
  }
  for (const auto& [name, value] : options.headers) {
    if (!protocol::is_subprotocol(name)) {
      return unsendable(errc::invalid_request, "'" + protocol::printable(name) + "' is no header name");
    }
    if (!can_be_header_value(value)) {
      return unsendable(errc::invalid_request, "the value of the header '" + name + "' has control characters");
    }
  }
  return unsendable(errc::ok, {});
}

}  // namespace procedura::detail
