#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::testing {

/// A TCP client on the loopback with no WebSocket library beneath it, so that it can do what none would, and sees every byte.
/// Everything waits for at most `limit`; what takes longer throws.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, std::chrono::milliseconds limit = std::chrono::seconds{10});
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void write(std::string_view bytes);
  /// Up to and with `end`; throws if the peer hangs up before that.
  std::string read_until(std::string_view end);
  /// All that comes until the peer hangs up. Nothing if it resets the connection.
  std::optional<std::string> read_to_end();
  /// True if nothing comes and nobody hangs up for so long.
  bool silent_for(std::chrono::milliseconds time);
  /// What has come by now; waits for nothing.
  std::string arrived();
  void hang_up();
  /// Ends with a RST.
  void reset();

  /// Sends an upgrade request with these further headers (each with its CRLF) and returns the head of the answer.
  std::string upgrade(std::string_view headers = {}, std::string_view target = "/");

  /// One frame, masked as a client's must be. `first` is the first byte: 0x81 for a whole text message.
  static std::string frame(unsigned char first, std::string_view payload);
  void send(std::string_view text) { write(frame(0x81, text)); }
  void send_close(std::uint16_t code);

  struct Frame {
    unsigned char first = 0;
    std::string payload;
    std::uint16_t close_code() const;  ///< 0 if it is no Close with a code
  };
  Frame read_frame();
  /// The payload of the next text message; throws if something else comes.
  std::string read_text();

 private:
  std::string take(std::size_t bytes);
  bool fill();  // false at the peer's end
  void wait(short events);

  int socket_;
  std::chrono::milliseconds limit_;
  std::string buffer_;
};

}  // namespace procedura::testing
