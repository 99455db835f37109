#pragma once

#include <procedura/transport.hpp>

#include <memory>
#include <string>
#include <vector>

namespace procedura::detail {

/// The seam below `Transport`: plain and TLS connections stand behind it, each in a translation unit of its own, because Beast
/// is slow to compile.
class TransportImpl {
 public:
  virtual ~TransportImpl() = default;
  virtual void open() = 0;
  virtual void send_text(std::string message) = 0;
  virtual void send_binary(std::string message) = 0;
  virtual void send_fragments(std::vector<std::string> parts) = 0;
  virtual void ping(std::string payload) = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;
  virtual void abort() = 0;
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  virtual std::size_t queued() const noexcept = 0;
  /// The owner is gone: say nothing more, and let go, unless a close handshake is under way.
  virtual void release() = 0;
};

/// In ws_transport.cpp.
std::shared_ptr<TransportImpl> make_plain_transport(const boost::asio::any_io_executor& executor, TransportOptions options,
                                                    TransportHandler& handler);

/// In ws_tls_transport.cpp. `options.tls` is set.
std::shared_ptr<TransportImpl> make_tls_transport(const boost::asio::any_io_executor& executor, TransportOptions options,
                                                  TransportHandler& handler);

}  // namespace procedura::detail
