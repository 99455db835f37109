#include "diag_handshake.hpp"

#include "diag_tls.hpp"
#include "duration_text.hpp"

#include <array>

namespace procedura::cli {
namespace {

enum class Step : unsigned char { dns, tcp, proxy, tls, websocket, open };

// Where a handshake that failed has stopped: at the first thing that it has not come to.
Step stopped_at(const HandshakeFindings& findings) {
  const HandshakeInfo& info = findings.info;
  if (!findings.failure) return Step::open;
  if (info.addresses.empty()) return Step::dns;
  if (info.remote.empty()) return Step::tcp;
  if (info.proxy && !info.proxy_time) return Step::proxy;
  if (findings.failure->code == errc::tls_failed || (findings.endpoint.secure && !info.tls_time)) return Step::tls;
  return Step::websocket;
}

std::string in_ms(const std::optional<protocol::Duration>& time) {
  return time ? " (" + milliseconds(*time) + " ms)" : std::string{};
}

void add_time(Check& check, const std::optional<protocol::Duration>& time) {
  if (time) check.members.raw("ms", exact_milliseconds(*time));
}

std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

Check dns(const HandshakeFindings& findings) {
  const HandshakeInfo& info = findings.info;
  const std::string asked = info.proxy ? "the proxy " + *info.proxy : findings.endpoint.host;
  const std::string found = listed(info.addresses);
  const bool is_address = info.addresses.size() == 1 && (found.starts_with(asked) || found.starts_with("[" + asked));
  Check check{"DNS", Check::State::ok,
              (is_address ? found + ", an address" : asked + " is " + found) + in_ms(info.resolve_time)};
  std::vector<std::string> addresses;
  for (const std::string& address : info.addresses) addresses.push_back(json_text(address));
  check.members.raw("addresses", json_array(addresses));
  add_time(check, info.resolve_time);
  return check;
}

Check tcp(const HandshakeFindings& findings) {
  Check check{"TCP", Check::State::ok, "connected to " + findings.info.remote + in_ms(findings.info.connect_time)};
  check.members.text("remote", findings.info.remote);
  add_time(check, findings.info.connect_time);
  return check;
}

Check proxy(const HandshakeFindings& findings) {
  if (!findings.info.proxy) return skipped_check("proxy", "none");
  Check check{"proxy", Check::State::ok, "tunnel through " + *findings.info.proxy + in_ms(findings.info.proxy_time)};
  check.members.text("origin", *findings.info.proxy);
  add_time(check, findings.info.proxy_time);
  return check;
}

Check websocket(const HandshakeFindings& findings) {
  const HandshakeInfo& info = findings.info;
  std::string text = std::to_string(info.status);
  std::string_view echo;
  switch (findings.token) {
    case TokenPath::none:
      text += ", no token sent";
      break;
    case TokenPath::both:
      // Not the subprotocol itself: it is the token.
      echo = info.subprotocol.empty() ? "no" : "yes";
      text += info.subprotocol.empty() ? ", token sent, not echoed as subprotocol" : ", token sent and echoed as subprotocol";
      break;
    case TokenPath::bearer_only:
      text += ", token sent as Authorization alone: it cannot be a subprotocol";
      break;
  }
  text += info.compressed ? ", compressed" : findings.compression_asked ? ", compression refused" : ", not compressed";
  Check check{"WebSocket", Check::State::ok, text + in_ms(info.upgrade_time)};
  check.members.raw("status", std::to_string(info.status)).boolean("token_sent", findings.token != TokenPath::none);
  if (!echo.empty()) check.members.boolean("token_echoed", echo == "yes");
  check.members.boolean("compressed", info.compressed);
  add_time(check, info.upgrade_time);
  return check;
}

Check tls(const HandshakeFindings& findings) {
  if (findings.info.tls) return tls_check(*findings.info.tls, findings.info.tls_time, findings.now);
  if (findings.endpoint.is_loopback()) return skipped_check("TLS", "none, and on this machine none is needed");
  return {"TLS", Check::State::warning, "none: everybody on the way can read all that is sent; use wss:// if the agent has it"};
}

struct Row {
  std::string_view name;
  Check (*good)(const HandshakeFindings&);
};

constexpr std::array<Row, 5> rows{{{"DNS", dns}, {"TCP", tcp}, {"proxy", proxy}, {"TLS", tls}, {"WebSocket", websocket}}};

// What was seen until it failed stands beside the failure: the addresses that were tried, the chain that did not hold.
Check failed_at(Step step, const HandshakeFindings& findings) {
  Check check = failed_check(rows[static_cast<std::size_t>(step)].name, *findings.failure, findings.info.proxy.has_value());
  if (step == Step::tcp) {
    check.details.push_back("tried: " + listed(findings.info.addresses));
  } else if (step == Step::tls && findings.info.tls) {
    add_chain(check, *findings.info.tls, findings.now);
  } else if (findings.failure->http_status != 0) {
    check.members.raw("status", std::to_string(findings.failure->http_status));
  }
  return check;
}

}  // namespace

std::vector<Check> handshake_checks(const HandshakeFindings& findings) {
  const auto stopped = static_cast<std::size_t>(stopped_at(findings));
  std::vector<Check> checks;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i < stopped)
      checks.push_back(rows[i].good(findings));
    else if (i == stopped)
      checks.push_back(failed_at(static_cast<Step>(i), findings));
    else
      checks.push_back(skipped_check(rows[i].name, "not reached"));
  }
  return checks;
}

}  // namespace procedura::cli
