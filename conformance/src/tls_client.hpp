#pragma once

#include <procedura/conformance/wire.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// The client's side of TLS without I/O: bytes in, bytes out. It trusts everybody, and says whom it should not have.
class TlsClientSide {
 public:
  /// `only_old`: TLS 1.1 and nothing newer.
  TlsClientSide(const std::string& host, const std::string& ca, bool only_old);
  ~TlsClientSide();
  TlsClientSide(const TlsClientSide&) = delete;
  TlsClientSide& operator=(const TlsClientSide&) = delete;

  void received(std::string_view bytes);  ///< from the peer; the first call begins the handshake, with no bytes
  void send(std::string_view plain);
  std::string take_output();  ///< for the peer
  std::string take_plain();   ///< from the peer
  bool secured() const { return secured_; }
  bool over() const { return over_; }                      ///< by an alert, a fault or a close_notify
  const std::string& problem() const { return problem_; }  ///< why it is over, for people
  TlsSight sight() const;

 private:
  struct Parts;
  void go_on();

  std::string host_;
  std::unique_ptr<Parts> parts_;
  std::string plain_;
  std::string problem_;
  bool secured_ = false;
  bool over_ = false;
};

}  // namespace procedura::conformance
