#pragma once

#include "engine/accounts.hpp"
#include "scenario/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::mock::engine {

/// What an upgrade request brought, as its headers said it. Absent headers are empty.
struct Upgrade {
  std::string target = "/";
  std::string subprotocols;  ///< `Sec-WebSocket-Protocol`, several headers joined by commas
  std::string authorization;
  std::string origin;
  std::string partition = {};  ///< `X-Procedura-Partition`
};

/// How an identity came to its connection.
/// `query`: by `?token=`, where `auth.break` lets it.
enum class Via : std::uint8_t { none, subprotocol, bearer, login, query };
std::string_view to_string(Via via) noexcept;

/// Who may connect from a web page (CON-11).
struct OriginRules {
  bool check = true;  ///< while the mock listens on loopback
  std::vector<std::string> allowed;
};

namespace door {
struct Accept {
  std::optional<std::string> subprotocol;  ///< to select
  std::string token;                       ///< what the peer showed, good or not; looked at with each request (AUT-9)
  Via via = Via::none;
  std::uint16_t close_code = 0;  ///< not 0: close with it as soon as the handshake is done
  std::string partition = {};    ///< it belongs to; empty: the default one
};
struct Refuse {
  unsigned http_status;
  std::string body;
};
struct Stall {};  ///< never answer
struct Drop {};   ///< end the TCP connection without an answer
}  // namespace door

using DoorDecision = std::variant<door::Accept, door::Refuse, door::Stall, door::Drop>;

/// What a page of somewhere else gets, whatever it asks for (CON-11); nothing: there is nothing against where it comes from.
std::optional<door::Refuse> refuse_origin(const OriginRules& origins, std::string_view origin);

/// Lets a connection in or not, wherever it comes from (AUT-1 ... AUT-6).
DoorDecision at_the_door(const Auth& auth, const Accounts& accounts, TimePoint now, const Upgrade& upgrade);

/// The partition that an upgrade asks for: by its header, else by its path `/p/NAME`, else "default". Nothing: that is no name.
std::optional<std::string_view> partition_of(const Upgrade& upgrade);

/// True for an origin on this machine: localhost, 127.0.0.0/8, [::1], any scheme and port.
bool is_loopback_origin(std::string_view origin);

}  // namespace procedura::mock::engine
