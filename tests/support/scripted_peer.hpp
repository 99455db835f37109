#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::testing {

/// A TCP server on the loopback that does to each connection what a test's script says, on a thread of its own: also what no
/// decent server would do. Everything blocks; everything ends when the peer goes, or when the server is destroyed.
class ScriptedPeer {
 public:
  class Link;
  using Script = std::function<void(Link&)>;

  explicit ScriptedPeer(Script script);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::string url() const;  ///< ws://127.0.0.1:PORT
  std::uint16_t port() const;
  int connections() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// One connection, in the hands of a script. A script ends by returning; what it throws ends it too. The connection is then
/// closed, as a process that dies would.
class ScriptedPeer::Link {
 public:
  virtual ~Link() = default;

  // Bytes.
  virtual std::string read_head() = 0;  ///< the request up to its empty line
  virtual void write(std::string_view bytes) = 0;
  virtual std::string read(std::size_t bytes) = 0;  ///< exactly so many
  /// Something can be read now, as far as the system knows; more may be buffered.
  virtual bool readable() = 0;
  virtual void wait_for_hang_up() = 0;
  /// A FIN behind what was written; returns when the peer has hung up too.
  virtual void finish() = 0;
  /// A RST, at once.
  virtual void reset() = 0;

  // WebSocket. `upgrade` reads the request and accepts it.
  struct Upgrade {
    std::vector<std::string> offered;  ///< subprotocols
    std::string authorization;
    std::string target;
    std::string host;
    std::string extensions;
  };
  /// Selects `subprotocol`, or the first one offered.
  virtual Upgrade upgrade(std::optional<std::string> subprotocol = std::nullopt) = 0;
  /// Before `upgrade`: agree to permessage-deflate if it is offered, with windows of so many bits for either side.
  virtual void compress(int window_bits = 15, bool context_takeover = true) = 0;
  virtual std::optional<std::string> receive() = 0;  ///< nothing once the peer has closed
  virtual void send(std::string_view text) = 0;
  virtual void send_binary(std::string_view bytes) = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual std::uint16_t close_code() const = 0;  ///< that the peer sent
};

/// The whole answer to an upgrade request, for a script that writes its frames byte by byte.
std::string accepted(std::string_view head);
/// A frame as a server sends it: `first` is its first byte, 0x81 for a whole text message.
std::string server_frame(unsigned char first, std::string_view payload);
/// Reads one whole frame of a client, and returns its payload unmasked.
std::string read_client_frame(ScriptedPeer::Link& link);

/// The value of a string member of a flat JSON object; empty if there is none. For scripts: enough to echo an id.
std::string member(std::string_view frame, std::string_view name);

}  // namespace procedura::testing
