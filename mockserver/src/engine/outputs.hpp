#pragma once

#include "scenario/fault.hpp"

#include <procedura/protocol/deadlines.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::mock::engine {

/// The ordinal of a connection over the whole agent, from 1, in the order in which they were let in. Never reused.
using ConnectionId = std::uint64_t;

/// How a connection carries what it sends from now on, or its next text message: a fault below the WebSocket layer.
struct WireChange {
  /// Output is held back for `value`. A new latency takes the place of the old one; drawn once, by the engine.
  struct Latency {
    protocol::Duration value{};
  };
  std::variant<fault::HalfOpen, fault::NoPong, fault::NoClose, fault::Bandwidth, Latency, fault::Fragment, fault::Dribble>
      change;
};

/// One thing to do.
struct Output {
  enum class Kind : std::uint8_t {
    text,         ///< write the payload as one text message, whatever it is
    binary,       ///< write the payload as one binary message
    bytes,        ///< write the payload as it is, below the WebSocket layer
    close,        ///< close with `code` and the payload as the reason; nothing follows on this connection
    close_frame,  ///< send a Close frame with `code` (0: an empty one), whatever it is; nothing follows on this connection
    reset,        ///< end with a TCP RST; nothing follows
    drop,         ///< end with a TCP FIN, without a Close; nothing follows
    wire,         ///< a `WireChange`: `offset` is its index
  };
  Kind kind = Kind::text;
  std::uint16_t code = 0;
  ConnectionId connection = 0;
  std::size_t offset = 0;  // of the payload, in the common buffer
  std::size_t size = 0;
  std::uint64_t seq = 0;           ///< of a frame in the journal, to be told when it has left; 0: in no journal
  protocol::TimePoint intended{};  ///< when a frame should leave: what its lateness is measured from
};

/// What one input led to, in the order in which it is to be done. All payloads lie in one buffer, so that a reply is rendered
/// by appending and costs no allocation once the buffer has grown. Reuse it: `clear` keeps the memory, unless it is a lot.
class Outputs {
 public:
  /// Append a payload here, then say what it is with one of the functions below.
  std::string& buffer() noexcept { return buffer_; }
  void text(ConnectionId to, std::size_t offset, std::uint64_t seq = 0, protocol::TimePoint intended = {}) {
    add(Output::Kind::text, 0, to, offset, seq, intended);
  }
  void binary(ConnectionId to, std::size_t offset, std::uint64_t seq = 0, protocol::TimePoint intended = {}) {
    add(Output::Kind::binary, 0, to, offset, seq, intended);
  }
  void bytes(ConnectionId to, std::size_t offset) { add(Output::Kind::bytes, 0, to, offset); }
  void close(ConnectionId to, std::uint16_t code, std::string_view reason) {
    const std::size_t offset = buffer_.size();
    buffer_ += reason;
    add(Output::Kind::close, code, to, offset);
  }
  void close_frame(ConnectionId to, std::uint16_t code) { add(Output::Kind::close_frame, code, to, buffer_.size()); }
  void reset(ConnectionId to) { add(Output::Kind::reset, 0, to, buffer_.size()); }
  void drop(ConnectionId to) { add(Output::Kind::drop, 0, to, buffer_.size()); }
  void wire(ConnectionId to, WireChange change) {
    list_.push_back({Output::Kind::wire, 0, to, changes_.size(), 0, 0, {}});
    changes_.push_back(change);
  }
  /// The same payload once more, to another connection or again.
  void repeat(const Output& output) { list_.push_back(output); }

  const std::vector<Output>& list() const noexcept { return list_; }
  std::string_view payload(const Output& output) const noexcept {
    return std::string_view{buffer_}.substr(output.offset, output.size);
  }
  const WireChange& change(const Output& output) const noexcept { return changes_[output.offset]; }
  bool empty() const noexcept { return list_.empty(); }
  void clear() noexcept {
    constexpr std::size_t kept = std::size_t{1024} * 1024;
    list_.clear();
    changes_.clear();
    buffer_.clear();
    if (buffer_.capacity() > kept) std::string{}.swap(buffer_);
  }

 private:
  void add(Output::Kind kind, std::uint16_t code, ConnectionId to, std::size_t offset, std::uint64_t seq = 0,
           protocol::TimePoint intended = {}) {
    list_.push_back({kind, code, to, offset, buffer_.size() - offset, seq, intended});
  }

  std::string buffer_;
  std::vector<Output> list_;
  std::vector<WireChange> changes_;
};

}  // namespace procedura::mock::engine
