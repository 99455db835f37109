#pragma once

#include "scenario/fault.hpp"

#include <string>

namespace procedura::mock::engine {

/// The bytes of something that RFC 6455 forbids a server to send, whole in itself: to be written between two frames. Its reader
/// has to fail the connection (RFC 6455, sections 5.1 to 5.5 and 8.1).
std::string illegal_frame(fault::Illegal::Kind kind);

/// A Close frame with any code, as bytes: also one that no endpoint may send.
std::string close_frame(std::uint16_t code);

}  // namespace procedura::mock::engine
