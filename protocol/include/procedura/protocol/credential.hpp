#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace procedura::protocol {

/// Who logs in, and the secret that proves it.
struct Credential {
  std::string user;      ///< not empty, UTF-8
  std::string password;  ///< may have `:` in it
};

/// Reads a credential in the order of LOG-1: prefix `b64:` means base64; with a `:` it is plain, split at the first one;
/// anything else is base64. Nothing if it is malformed: not base64, no `:` in it, an empty user, or not UTF-8.
std::optional<Credential> parse_credential(std::string_view text);

/// RFC 4648 section 4, padding optional, strict otherwise. Written here because the pure room links no OpenSSL.
std::optional<std::string> decode_base64(std::string_view text);
/// RFC 4648 section 4, with padding.
std::string encode_base64(std::string_view bytes);

}  // namespace procedura::protocol
