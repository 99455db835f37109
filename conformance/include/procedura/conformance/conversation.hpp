#pragma once

#include <procedura/conformance/tap/record.hpp>
#include <procedura/conformance/transcript.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// A whole text or binary message, however many frames it came in.
struct Message {
  protocol::TimePoint at{};  ///< of its last frame
  bool binary = false;
  std::string bytes;
};

/// What one side of a connection said.
struct Speech {
  std::optional<tap::Head> head;                                   ///< of the upgrade: request or response
  std::vector<std::pair<protocol::TimePoint, tap::Frame>> frames;  ///< all of them, control frames too
  std::vector<Message> messages;                                   ///< in order
  std::uint64_t stray = 0;                                         ///< bytes that were neither head nor frame
  std::optional<std::uint16_t> closed;                             ///< code of its Close frame; 0: it had none
  protocol::TimePoint closed_at{};                                 ///< of that frame
  std::string ended;                                               ///< "FIN", "RST", ...; empty: it did not end
  protocol::TimePoint ended_at{};
};

/// One connection of a client, as a tap saw it. Raw: secrets are in it.
struct Conversation {
  unsigned connection = 0;  ///< through the tap, from 1
  protocol::TimePoint opened{};
  Speech client;
  Speech agent;
};

/// The connections that are in `records`, in their order. Pure.
std::vector<Conversation> conversations(const std::vector<tap::Record>& records);

/// For a transcript: each head, frame and end with its time since `began`. Connections are counted from `first`. Not sealed.
Transcript transcript_of(const std::vector<tap::Record>& records, protocol::TimePoint began, unsigned first);

}  // namespace procedura::conformance
