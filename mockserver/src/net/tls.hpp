#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

namespace procedura::mock::net {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// What the server shows its clients, and what it wants to be shown. All files are PEM.
struct TlsOptions {
  std::string certificate_file;  ///< with the chain behind it; empty: a self-signed one is made, which no file ever holds
  std::string key_file;          ///< of the certificate, without a passphrase
  std::string client_ca_file;    ///< not empty: clients must show a certificate that one of these has signed
};

/// TLS on a socket that somebody else owns, and that outlives it. One read and one write at a time.
class TlsStream {
 public:
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
  using EndHandler = boost::asio::any_completion_handler<void(boost::system::error_code)>;

  virtual ~TlsStream() = default;
  virtual void async_handshake(EndHandler done) = 0;
  virtual void async_read_some(boost::asio::mutable_buffer into, Handler done) = 0;
  virtual void async_write_some(boost::asio::const_buffer from, Handler done) = 0;
  /// Says goodbye and waits for the peer's.
  virtual void async_shutdown(EndHandler done) = 0;
};

/// A certificate and its key, ready for any number of connections. At least TLS 1.2.
class TlsIdentity {
 public:
  virtual ~TlsIdentity() = default;
  /// Of the certificate, SHA-256: `AA:BB:...`.
  virtual const std::string& fingerprint() const = 0;
  virtual std::unique_ptr<TlsStream> over(Socket& socket) = 0;
};

/// Loads or makes it. `host` is listened on: a self-signed certificate is good for it and for this machine's own names, from an
/// hour ago for 30 days. The other outcome is what is wrong, for people.
std::variant<std::shared_ptr<TlsIdentity>, std::string> make_tls_identity(const TlsOptions& options, const std::string& host);

/// Why a handshake failed, in a few words.
std::string handshake_failure(boost::system::error_code ec);
/// It failed because what came was plain HTTP.
bool was_plain_http(boost::system::error_code ec) noexcept;

}  // namespace procedura::mock::net
