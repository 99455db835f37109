#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace procedura::detail {

/// What a server selected of the WebSocket extensions it was offered: permessage-deflate (RFC 7692) or none. Beast takes any
/// answer to that; what it passes over would surface later, as a message that cannot be read.
struct ExtensionAnswer {
  bool deflate = false;
  std::optional<std::string> problem;  ///< the handshake has failed, and why; fit for a terminal
};

/// `header` is the value of Sec-WebSocket-Extensions, of all of them with commas between; empty if there was none.
ExtensionAnswer read_extension_answer(std::string_view header, bool deflate_was_offered);

}  // namespace procedura::detail
