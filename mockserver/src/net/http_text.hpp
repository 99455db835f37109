#pragma once

#include "net/http_side.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace procedura::mock::net {

/// How a response is framed.
struct HttpFraming {
  bool keep_alive = false;
  bool head = false;   ///< an answer to HEAD: no body follows
  bool chunks = true;  ///< the peer knows chunks (HTTP/1.1); else a body that is made while it is sent ends with the connection
};

/// Appends the head of a response, and its body unless that is made while it is sent.
void append_response(std::string& out, const HttpResponse& response, const HttpFraming& framing);
/// Appends a piece of a body; an empty one appends nothing, as that would be the end of it.
void append_chunk(std::string& out, std::string_view piece);
constexpr std::string_view last_chunk = "0\r\n\r\n";

/// The words that go with a status.
std::string_view reason_of(unsigned status) noexcept;

}  // namespace procedura::mock::net
