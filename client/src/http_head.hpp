#pragma once

#include <procedura/transport.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::detail {

/// The head of an HTTP/1.x response, as far as a decision or a message needs it. All of it is the peer's text: untrusted.
struct HttpHead {
  unsigned status = 0;
  std::string reason;
  Headers headers;

  /// Value of the first header of that name, whatever its case; nothing if there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Reads a head that ends where `text` ends, or is cut off there. Nothing if it does not begin with a status line. Lines that
/// are no header are passed over: nothing is decided by them.
std::optional<HttpHead> read_http_head(std::string_view text);

/// How many of the bytes belong to the head, its empty line included (lines may end with a bare LF, RFC 9112, 2.2); nothing
/// if it has not ended yet.
std::optional<std::size_t> http_head_size(std::string_view text) noexcept;

}  // namespace procedura::detail
