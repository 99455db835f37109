#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace procedura::protocol {

/// True when every byte is a `tchar` of RFC 9110, and there is one: such a token can be a WebSocket subprotocol (AUT-4).
bool is_subprotocol(std::string_view token) noexcept;

/// True when every byte is in 0x21..0x7E, and there is one: anything else is never put into a header (AUT-4).
bool is_header_safe(std::string_view token) noexcept;

/// How a token travels in the handshake (AUT-1).
struct HandshakeToken {
  std::optional<std::string> subprotocol;  ///< nothing when the token cannot be one: it then goes as Bearer alone
  std::string authorization;               ///< value of the `Authorization` header: `Bearer <token>`
};

/// Nothing when the token has bytes that no header can carry.
std::optional<HandshakeToken> handshake_token(std::string_view token);

/// The token of an `Authorization` header's value; nothing if the scheme is not Bearer (case does not matter) or there is none.
std::optional<std::string_view> bearer_token(std::string_view header_value) noexcept;

}  // namespace procedura::protocol
