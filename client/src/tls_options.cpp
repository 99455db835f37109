#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/tls.hpp>

namespace procedura {
namespace {

constexpr std::size_t digest_size = 32;
constexpr std::size_t show_at_most = 80;

Failure no_pin(std::string_view text, const char* why) {
  return Failure::of(errc::tls_failed, "'" + protocol::printable(protocol::excerpt(text, show_at_most)) +
                                           "' is no pin: " + why +
                                           "; it looks like sha256/BASE64, and `procedura ws diag` shows that of a server");
}

}  // namespace

std::string_view to_string(TlsVersion version) noexcept {
  return version == TlsVersion::tls13 ? "TLS 1.3" : "TLS 1.2";
}

std::optional<TlsVersion> tls_version_from(std::string_view name) noexcept {
  if (name == "1.2") return TlsVersion::tls12;
  if (name == "1.3") return TlsVersion::tls13;
  return std::nullopt;
}

Result<Pin> Pin::parse(std::string_view text) {
  constexpr std::string_view prefix = "sha256/";
  if (!text.starts_with(prefix)) return no_pin(text, "it does not begin with sha256/");
  std::string_view base64 = text.substr(prefix.size());
  if (base64.starts_with('/') && base64.size() > 44) base64.remove_prefix(1);  // as curl writes it
  auto digest = protocol::decode_base64(base64);
  if (!digest) return no_pin(text, "what follows sha256/ is not base64");
  if (digest->size() != digest_size) return no_pin(text, "a SHA-256 has 32 bytes");
  return Pin{*std::move(digest)};
}

std::string Pin::text() const {
  return "sha256/" + protocol::encode_base64(digest_);
}

}  // namespace procedura
