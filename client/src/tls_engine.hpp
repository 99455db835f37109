#pragma once

#include "tls_context.hpp"
#include "tls_words.hpp"

#include <procedura/tls.hpp>
#include <procedura/url.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::detail {

/// How a connection that was secured ends when it does not end well. `eof` is the end that the peer announced (close_notify).
/// Other values are OpenSSL's reasons.
inline constexpr int tls_truncated = 1;
inline constexpr int tls_flooded = 2;
inline constexpr int tls_broken = 3;
const boost::system::error_category& tls_category() noexcept;

/// The client's side of one TLS connection, without I/O: what the peer sent goes in, what is to be sent comes out. So a
/// handshake can be cut at each of its bytes in a test, and the stream around it decides nothing.
///
/// Nothing of the user's can be written before the certificate was verified: `write` takes nothing before `handshake` is done.
class TlsEngine {
 public:
  using error_code = boost::system::error_code;

  TlsEngine(std::shared_ptr<TlsContext> context, const Endpoint& endpoint);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  void received(std::string_view bytes);
  void peer_ended() noexcept { ended_ = true; }
  /// What is to be sent to the peer is moved to the end of `into`.
  void take_output(std::string& into);

  enum class Step { done, needs_input, failed };
  Step handshake();

  struct Taken {
    std::size_t size = 0;
    error_code ec = {};  ///< with neither: it needs input
  };
  Taken read(void* into, std::size_t size);
  /// Takes all of it. False: the connection is broken.
  bool write(std::string_view bytes);
  /// Says goodbye; nothing can be written after that.
  void close_notify();

  /// What was found out so far.
  TlsInfo info() const;
  /// Why the handshake failed.
  std::string problem() const;
  /// The peer hung up before a single byte: so it was no TLS that failed.
  bool never_answered() const noexcept { return broken_.hung_up && broken_.bytes == 0; }
  /// Why the server gave the connection up after its handshake, as one that does not like our certificate does in TLS 1.3;
  /// nothing if it is not about TLS.
  std::optional<std::string> rejection() const;
  std::size_t bytes_received() const noexcept { return broken_.bytes; }

  /// The callbacks that each context needs.
  static void set_up(SSL_CTX* context);

 private:
  struct Callbacks;

  void prepare();
  bool verify(X509_STORE_CTX* store);
  bool fail(std::string problem);
  void note_failure();
  const TlsInfo& known() const;

  std::shared_ptr<TlsContext> context_;
  TlsAsked asked_;
  std::string whom_;  // the key of its sessions
  TlsInfo info_;
  TlsInfo begun_with_;  // what was known when the session began that is offered to be resumed
  OpenSslPtr<SSL> ssl_;
  BIO* in_ = nullptr;  // `ssl_` owns both
  BIO* out_ = nullptr;
  BrokenHandshake broken_;
  std::string problem_;
  bool secured_ = false;
  bool read_something_ = false;
  bool ended_ = false;
};

}  // namespace procedura::detail
