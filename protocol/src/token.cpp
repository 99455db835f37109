#include <procedura/protocol/token.hpp>

#include <algorithm>

namespace procedura::protocol {
namespace {

bool is_tchar(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_visible(char c) noexcept {
  return c >= 0x21 && c <= 0x7E;
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool is_subprotocol(std::string_view token) noexcept {
  return !token.empty() && std::all_of(token.begin(), token.end(), is_tchar);
}

bool is_header_safe(std::string_view token) noexcept {
  return !token.empty() && std::all_of(token.begin(), token.end(), is_visible);
}

std::optional<HandshakeToken> handshake_token(std::string_view token) {
  if (!is_header_safe(token)) return std::nullopt;
  HandshakeToken out;
  if (is_subprotocol(token)) out.subprotocol.emplace(token);
  out.authorization = "Bearer ";
  out.authorization += token;
  return out;
}

std::optional<std::string_view> bearer_token(std::string_view value) noexcept {
  constexpr std::string_view scheme = "bearer";
  constexpr std::string_view space = " \t";
  const auto begin = std::min(value.find_first_not_of(space), value.size());
  value.remove_prefix(begin);
  value = value.substr(0, value.find_last_not_of(space) + 1);
  if (value.size() <= scheme.size() || space.find(value[scheme.size()]) == std::string_view::npos) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if (lower(value[i]) != scheme[i]) return std::nullopt;
  }
  value.remove_prefix(value.find_first_not_of(space, scheme.size()));
  return value;
}

}  // namespace procedura::protocol
