#pragma once

#include "tls_peer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace procedura::testing {

/// The server's side of TLS on OpenSSL alone, without I/O. Connections of one context can be resumed.
class TlsServerSide {
 public:
  struct Options {
    PemPair own = {};
    std::string chain_file = {};      ///< further certificates that are sent
    std::string client_ca_file = {};  ///< not empty: clients have to show a certificate that these signed
    int oldest_version = 0;           ///< as OpenSSL numbers them; 0: any
    int newest_version = 0;
  };
  using Context = std::shared_ptr<ssl_ctx_st>;
  static Context make_context(const Options& options);

  explicit TlsServerSide(Context context);
  ~TlsServerSide();
  TlsServerSide(const TlsServerSide&) = delete;
  TlsServerSide& operator=(const TlsServerSide&) = delete;

  void received(std::string_view bytes);
  std::string take_output();
  void send(std::string_view plain);
  void close_notify();
  void ask_for_handshake();  ///< a HelloRequest (TLS 1.2)
  bool secured() const;
  bool failed() const { return failed_; }
  bool resumed() const;
  std::string asked_for() const;  ///< the name that the client asked for (SNI)
  std::string plain;              ///< all application data that came

 private:
  Context context_;
  ssl_st* ssl_;
  bool failed_ = false;
};

/// A TLS server on the loopback that writes down every byte that it ever receives, and what of it is application data. It
/// serves one connection after the other.
class RecordingTlsServer {
 public:
  struct Options : TlsServerSide::Options {
    /// The connection is cut after so many bytes of the server's.
    std::size_t cut_after = std::numeric_limits<std::size_t>::max();
    bool silent = false;       ///< never says a word
    std::string instead = {};  ///< of TLS: what is said to whatever comes first
    /// What is answered to an HTTP request; nothing: a WebSocket upgrade.
    std::optional<std::string> answer = {};
    bool cut_after_answer = false;  ///< without a close_notify
  };
  explicit RecordingTlsServer(Options options);
  ~RecordingTlsServer();
  RecordingTlsServer(const RecordingTlsServer&) = delete;
  RecordingTlsServer& operator=(const RecordingTlsServer&) = delete;

  void cut_after(std::size_t bytes);  ///< of connections from now on
  std::uint16_t port() const;
  std::string url(std::string_view host = "localhost") const;  ///< wss://
  struct Record {
    int connections = 0;
    int secured = 0;
    int resumed = 0;
    std::string raw;    ///< of all connections
    std::string plain;  ///< ditto
    std::string asked_for;
  };
  /// Of the connections that are over; waits until none is open, with a deadline.
  Record record() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::testing
