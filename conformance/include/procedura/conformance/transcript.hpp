#pragma once

#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// What happened on the wire, one thing at a time.
struct Entry {
  enum class Kind : std::uint8_t {
    dialed,    ///< text: what was offered in the handshake
    opened,    ///< text: what was selected
    refused,   ///< text: why
    sent,      ///< a text message of ours
    sent_raw,  ///< bytes of ours that are meant to be no frame, a ping, a Close: text says what
    received,  ///< a text message
    noticed,   ///< a binary message, a pong, the end: text says what
    gave_up,   ///< we stopped to wait; text: for what
    left_out,  ///< some that a report has no room for; text says how many
    process,   ///< a client's program was started or ended; text says which and how. Its connection is 0
  } kind;
  unsigned connection;    ///< counted from 1 within the case
  protocol::Duration at;  ///< since the case began
  std::string text;
};

using Transcript = std::vector<Entry>;

std::string_view direction(Entry::Kind kind) noexcept;  ///< ">>" ours, "<<" the agent's, "--" neither

/// A transcript that may be shown: secrets redacted (by structure, and by what is known), and messages cut to `most` bytes.
/// After this nothing in it is secret; it may still hold control characters of the agent's.
Transcript sealed(const Transcript& transcript, const protocol::Redactor& redactor, std::size_t most = 2000);

/// The same for a sentence that may quote the agent.
std::string sealed(std::string_view text, const protocol::Redactor& redactor, std::size_t most = 600);

}  // namespace procedura::conformance
