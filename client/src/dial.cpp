#include "dial.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

namespace procedura::detail {

Result<Dial> dial(const Options& options, const Endpoint& endpoint, const std::optional<std::string>& token) {
  Dial dial;
  TransportOptions& transport = dial.transport;
  transport.endpoint = endpoint;
  transport.max_message = options.limits.max_message;
  transport.connect_timeout = options.connect_timeout;
  transport.close_timeout = options.close_timeout;
  transport.ping_interval = options.ping_interval;
  transport.pong_timeout = options.pong_timeout;
  transport.compress = options.compress;
  auto proxy = options.proxy.proxy_for(endpoint);
  if (!proxy) return proxy.error();
  transport.proxy = *std::move(proxy);
  if (!endpoint.warning.empty()) dial.notes.emplace_back(LogLevel::warning, endpoint.warning);
  if (!token) return dial;

  const auto handshake = protocol::handshake_token(*token);
  if (!handshake) {
    return Failure::of(
        errc::invalid_token,
        "the token is empty or has characters that no header can carry (space, control or non-ASCII): log in anew");
  }
  if (handshake->subprotocol) {
    transport.subprotocols.push_back(*handshake->subprotocol);
  } else {
    dial.notes.emplace_back(LogLevel::info,
                            "the token has characters that no subprotocol may have: it is sent as Authorization alone");
  }
  transport.headers.emplace_back("Authorization", handshake->authorization);
  if (!endpoint.secure && !endpoint.is_loopback()) {
    dial.notes.emplace_back(LogLevel::warning, "the token goes to " + endpoint.host + " in the clear: use wss:// if you can");
  }
  return dial;
}

std::string insecure_warning(const Endpoint& endpoint, bool pinned) {
  if (pinned) {
    return protocol::printable(
        "insecure: of " + endpoint.origin() +
        " nothing is checked but the key that is pinned: neither the name nor the dates of its certificate");
  }
  return protocol::printable("insecure: nobody has checked that " + endpoint.origin() +
                             " is who it should be; whoever is in between can read everything, the token included");
}

Result<void> check_saved(const SavedToken& saved, const Endpoint& endpoint, std::int64_t now,
                         std::vector<std::pair<LogLevel, std::string>>& notes) {
  if (auto allowed = may_send(saved.origin, endpoint); !allowed) return allowed;
  for (const std::string& warning : saved.warnings) notes.emplace_back(LogLevel::warning, warning);
  if (saved.expires && *saved.expires <= now) {
    notes.emplace_back(LogLevel::warning, "the saved token has expired: log in anew");
  }
  return {};
}

}  // namespace procedura::detail
