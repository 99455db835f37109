#pragma once

#include <procedura/conformance/wire.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

class Case;

/// The first byte of a WebSocket frame (RFC 6455, 5.2).
namespace frame {
inline constexpr unsigned char text = 0x81;
inline constexpr unsigned char continuation = 0x80;
inline constexpr unsigned char close = 0x88;
inline constexpr unsigned char ping = 0x89;
inline constexpr unsigned char pong = 0x8a;
}  // namespace frame

/// A frame of the agent's, as it came.
struct RawFrame {
  unsigned char first = 0;
  std::string payload;
  std::uint16_t close_code() const;  ///< 0: it is no Close with a code
};

/// One connection of a case on which it says what no WebSocket library would, with its part of the transcript.
class RawConnection {
 public:
  RawConnection(Case& owner, unsigned ordinal, Depth depth);

  bool open() const { return wire_ != nullptr && !wire_->ended(); }
  const std::string& why() const { return why_; }  ///< there was no connection, for people
  const std::optional<TlsSight>& tls() const { return tls_; }

  /// `what` stands in the transcript.
  void write(std::string bytes, std::string_view what);
  /// Asks for an upgrade with exactly these headers, and waits for the answer's head. The status; 0: there was no HTTP.
  unsigned ask(const std::vector<std::pair<std::string, std::string>>& headers);
  const std::string& answer() const { return answer_; }  ///< its head, as it came
  /// A proper upgrade. True if it was accepted.
  bool upgrade();
  /// A frame as a client sends it, or one that is not masked.
  void send_frame(unsigned char first, std::string_view payload, bool masked = true);
  /// The next frame; nothing if none comes in time, or the connection ends.
  std::optional<RawFrame> next_frame();
  /// Reads until the agent ends the connection, and drops what comes but a Close. False: it did not in time.
  bool until_ended();
  std::uint16_t close_code() const { return close_code_; }  ///< of a Close that was read; 0: none came, or one without
  /// Ends with a RST.
  void reset();

  /// The headers of a proper upgrade.
  std::vector<std::pair<std::string, std::string>> headers() const;

 private:
  bool fill(TimePoint until);
  std::optional<RawFrame> take_frame();

  Case& owner_;
  unsigned ordinal_;
  std::unique_ptr<RawWire> wire_;
  std::string why_;
  std::optional<TlsSight> tls_;
  std::string buffer_;
  std::string answer_;
  std::uint16_t close_code_ = 0;
};

}  // namespace procedura::conformance
