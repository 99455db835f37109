#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::engine {

/// The ordinal of a connection, from 1, in the order in which they were let in. Never reused.
using ConnectionId = std::uint64_t;

/// One thing to do.
struct Output {
  enum class Kind : std::uint8_t {
    text,   ///< write the payload as one text message
    close,  ///< close with `code` and the payload as the reason; nothing follows on this connection
  };
  Kind kind = Kind::text;
  std::uint16_t code = 0;
  ConnectionId connection = 0;
  std::size_t offset = 0;  // of the payload, in the common buffer
  std::size_t size = 0;
};

/// What one input led to, in the order in which it is to be done. All payloads lie in one buffer, so that a reply is rendered
/// by appending and costs no allocation once the buffer has grown. Reuse it: `clear` keeps the memory, unless it is a lot.
class Outputs {
 public:
  /// Append a payload here, then say what it is with `text` or `close`.
  std::string& buffer() noexcept { return buffer_; }
  void text(ConnectionId to, std::size_t offset) { add(Output::Kind::text, 0, to, offset); }
  void close(ConnectionId to, std::uint16_t code, std::string_view reason) {
    const std::size_t offset = buffer_.size();
    buffer_ += reason;
    add(Output::Kind::close, code, to, offset);
  }

  const std::vector<Output>& list() const noexcept { return list_; }
  std::string_view payload(const Output& output) const noexcept {
    return std::string_view{buffer_}.substr(output.offset, output.size);
  }
  bool empty() const noexcept { return list_.empty(); }
  void clear() noexcept {
    constexpr std::size_t kept = std::size_t{1024} * 1024;
    list_.clear();
    buffer_.clear();
    if (buffer_.capacity() > kept) std::string{}.swap(buffer_);
  }

 private:
  void add(Output::Kind kind, std::uint16_t code, ConnectionId to, std::size_t offset) {
    list_.push_back({kind, code, to, offset, buffer_.size() - offset});
  }

  std::string buffer_;
  std::vector<Output> list_;
};

}  // namespace procedura::mock::engine
