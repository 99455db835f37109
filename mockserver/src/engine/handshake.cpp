#include "engine/handshake.hpp"

#include <procedura/protocol/token.hpp>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What cannot be a subprotocol was not validly offered, and is never sent back: the selected value goes into a header.
std::vector<std::string_view> offered_subprotocols(std::string_view header) {
  std::vector<std::string_view> offered;
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    const auto value = trim(header.substr(0, comma));
    if (protocol::is_subprotocol(value)) offered.push_back(value);
    header.remove_prefix(std::min(comma + 1, header.size()));
  }
  return offered;
}

struct Shown {
  std::string token;
  Via via = Via::none;
};

// The value of `token` in a URL's query, percent-decoded.
std::optional<std::string> query_token(std::string_view target) {
  const auto value_of = [](char digit) -> std::optional<unsigned> {
    constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
    const auto at = digits.find(digit);
    return at == std::string_view::npos ? std::nullopt : std::optional{static_cast<unsigned>(at % 16)};
  };
  const auto question = target.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  std::string_view query = target.substr(question + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!pair.starts_with("token=")) continue;
    pair.remove_prefix(6);
    std::string token;
    for (std::size_t i = 0; i < pair.size(); ++i) {
      const auto high = pair[i] == '%' && i + 2 < pair.size() ? value_of(pair[i + 1]) : std::nullopt;
      const auto low = high ? value_of(pair[i + 2]) : std::nullopt;
      token += low ? static_cast<char>(static_cast<unsigned char>(*high * 16 + *low)) : pair[i];
      if (low) i += 2;
    }
    return token.empty() ? std::nullopt : std::optional{std::move(token)};
  }
  return std::nullopt;
}

// AUT-2a: where both are there, the subprotocol decides. A client offers its token alone (AUT-1); from one that offers more, a
// value that is somebody's token is taken before one that is not.
Shown shown_token(const Auth& auth, const Accounts& accounts, const std::vector<std::string_view>& offered,
                  const Upgrade& upgrade) {
  Shown bearer;
  if (auth.accept_bearer) {
    if (const auto token = protocol::bearer_token(upgrade.authorization)) bearer = {std::string{*token}, Via::bearer};
  }
  if (bearer.via != Via::none && auth.breaks.bearer_first) {
    if (!offered.empty() && offered.front() != bearer.token) accounts.broke("bearer-first");
    return bearer;
  }
  if (auth.accept_subprotocol && !offered.empty()) {
    const auto known =
        std::find_if(offered.begin(), offered.end(), [&](auto value) { return accounts.find(value) != nullptr; });
    return {std::string{known == offered.end() ? offered.front() : *known}, Via::subprotocol};
  }
  if (bearer.via != Via::none) return bearer;
  if (auth.breaks.query_token) {
    if (auto token = query_token(upgrade.target)) {
      accounts.broke("query-token");
      return {std::move(*token), Via::query};
    }
  }
  return {};
}

std::optional<std::string> selection(const Auth& auth, const std::vector<std::string_view>& offered, const Shown& shown) {
  switch (auth.echo.kind) {
    case Echo::Kind::never:
      return std::nullopt;
    case Echo::Kind::value:
      return auth.echo.value;
    case Echo::Kind::offered:
      break;
  }
  if (offered.empty()) return std::nullopt;
  return shown.via == Via::subprotocol ? shown.token : std::string{offered.front()};
}

}  // namespace

std::string_view to_string(Via via) noexcept {
  switch (via) {
    case Via::subprotocol:
      return "subprotocol";
    case Via::bearer:
      return "bearer";
    case Via::login:
      return "login";
    case Via::query:
      return "query";
    case Via::none:
      break;
  }
  return "";
}

std::optional<std::string_view> partition_of(const Upgrade& upgrade) {
  constexpr std::string_view prefix = "/p/";
  constexpr std::size_t longest = 64;
  std::string_view name = upgrade.partition;
  if (name.empty()) {
    const std::string_view target = upgrade.target;
    const auto path = target.substr(0, target.find_first_of("?#"));
    if (!path.starts_with(prefix)) return "default";
    name = path.substr(prefix.size());
    name = name.substr(0, name.find('/'));
  }
  constexpr std::string_view legal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (name.empty() || name.size() > longest || name.find_first_not_of(legal) != std::string_view::npos) return std::nullopt;
  return name;
}

bool is_loopback_origin(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return false;
  std::string_view host = origin.substr(scheme_end + 3);
  if (host.starts_with("[::1]")) {
    host.remove_prefix(5);
    return host.empty() || host.front() == ':';
  }
  host = host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  // 127.evil.example is no address: after the prefix come digits and dots alone.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<door::Refuse> refuse_origin(const OriginRules& origins, std::string_view origin) {
  if (!origins.check || origin.empty() || is_loopback_origin(origin)) return std::nullopt;
  if (std::find(origins.allowed.begin(), origins.allowed.end(), origin) != origins.allowed.end()) return std::nullopt;
  return door::Refuse{403, "This origin may not connect. Start mock-agent with --allow-origin to let it in.\n"};
}

DoorDecision at_the_door(const Auth& auth, const Accounts& accounts, TimePoint now, const Upgrade& upgrade) {
  const auto offered = offered_subprotocols(upgrade.subprotocols);
  const Shown shown = shown_token(auth, accounts, offered, upgrade);
  door::Accept accept{selection(auth, offered, shown), shown.token, shown.via, 0, {}};

  // AUT-5: nobody is turned away for having no token yet. AUT-6 speaks of tokens that are no good, where one is needed.
  if (!auth.required || shown.via == Via::none) return accept;
  const Session* session = accounts.find(shown.token);
  if (session && accounts.live(*session, now)) return accept;
  switch (auth.refuse.kind) {
    case mock::Refusal::Kind::error:
      break;  // each protected request is told
    case mock::Refusal::Kind::http:
      return door::Refuse{auth.refuse.http_status,
                          "The session token is unknown or has expired. Log in on a connection without one.\n"};
    case mock::Refusal::Kind::close:
      accept.close_code = 4401;
      break;
    case mock::Refusal::Kind::stall:
      return door::Stall{};
  }
  return accept;
}

}  // namespace procedura::mock::engine
