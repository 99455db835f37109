#include "tls_words.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <ctime>
#include <string_view>

namespace procedura::detail {
namespace {

constexpr std::size_t show_at_most = 160;
constexpr std::size_t names_at_most = 8;

std::string shown(std::string_view text) {
  return protocol::printable(protocol::excerpt(text, show_at_most));
}

std::string names_of(const CertificateInfo& certificate) {
  if (certificate.names.empty()) return "no name at all (it has no subjectAltName)";
  std::string text;
  for (std::size_t i = 0; i < certificate.names.size() && i < names_at_most; ++i) {
    text += (i == 0 ? "" : ", ") + shown(certificate.names[i]);
  }
  if (certificate.names.size() > names_at_most) {
    text += " and " + std::to_string(certificate.names.size() - names_at_most) + " more";
  }
  return text;
}

// Whom a server without a trusted chain can be trusted by.
std::string cure(const TlsAsked& asked, const std::string& whom) {
  if (asked.options.ca) {
    return "it is not among those in " + protocol::printable(*asked.options.ca) + ": give the right file with --ca";
  }
  std::string text = "if you know it, trust " + whom + " with --ca FILE";
  if (asked.system_trusts_nobody) text += " (this machine trusts nobody at all: is the package ca-certificates installed?)";
  return text;
}

std::string reason(const BadCertificate& bad, const TlsAsked& asked, std::chrono::system_clock::time_point now) {
  const CertificateInfo& it = bad.certificate;
  switch (bad.why) {
    case Distrust::expired:
      return "it expired on " + utc(it.not_after) + ": have it renewed; if the clock here is wrong (" + utc(now) + "), set it";
    case Distrust::not_yet_valid:
      return "it is not valid before " + utc(it.not_before) + ": the clock here says " + utc(now) + ", set it if it is wrong";
    case Distrust::wrong_name:
      return "it is for " + names_of(it) + ", and '" + shown(asked.name) +
             "' was asked for: use a name that it bears in the URL, or say with --server-name which one is meant";
    case Distrust::self_signed:
      return "it is self-signed and not trusted here: " + cure(asked, "it");
    case Distrust::unknown_root:
      return "this authority is not trusted here: " + cure(asked, "it");
    case Distrust::unknown_issuer:
      return "its issuer is not known here: " + cure(asked, "that authority") +
             "; a server has to send the certificates in between itself";
    case Distrust::wrong_use:
      return "it is not meant for servers (" + bad.words + "): have one issued that is";
    case Distrust::other:
      break;
  }
  return bad.words;
}

// What the server does not like about the certificate that it was shown, or about its lack.
std::string refused_certificate(unsigned alert, const TlsAsked& asked) {
  const std::string file = protocol::printable(asked.options.certificate.value_or(""));
  switch (alert) {
    case 44:
      return "it says that our certificate " + file + " has been revoked: get a new one";
    case 45:
      return "it says that our certificate " + file + " has expired: get a new one";
    case 48:
      return "it does not trust who signed our certificate " + file + ": --cert has to be one that the agent's owner gave out";
    default:
      return "it does not take our certificate " + file + ": --cert and --key have to be those that the agent's owner gave out";
  }
}

std::string of_alert(unsigned alert, const BrokenHandshake& broken, const TlsAsked& asked) {
  const bool ours_was_shown = asked.options.certificate.has_value();
  const bool about_ours = (alert >= 41 && alert <= 49) || alert == 51;
  if (alert == 116 || (broken.wanted_our_certificate && !ours_was_shown && (about_ours || alert == 40))) {
    return "it wants a client certificate: give yours with --cert FILE and --key FILE";
  }
  if (broken.wanted_our_certificate && ours_was_shown && about_ours) return refused_certificate(alert, asked);
  switch (alert) {
    case 40:
    case 71:
      return "it has no cipher in common with us (alert " + std::to_string(alert) + "): it may be too old, or too strict";
    case 112:
      return "it knows no '" + shown(asked.name) + "': say with --server-name whom it is asked for";
    default:
      return "it refused with alert " + std::to_string(alert) + (broken.words.empty() ? "" : " (" + broken.words + ")");
  }
}

std::string too_old(const TlsAsked& asked) {
  if (asked.options.minimum == TlsVersion::tls13) {
    return "it does not speak TLS 1.3: --tls-min 1.2 would take an older one";
  }
  return "it speaks nothing newer than TLS 1.1, which is not safe: have the agent, or what stands before it, updated";
}

std::string no_tls(const BrokenHandshake& broken, const TlsAsked& asked) {
  if (broken.heard.starts_with("HTTP/")) {
    return "the server at " + asked.authority + " speaks HTTP, not TLS: use ws://" + asked.authority;
  }
  const std::string_view line = std::string_view{broken.heard}.substr(0, broken.heard.find_first_of("\r\n"));
  return "the server at " + asked.authority + " does not speak TLS: it answered '" + shown(line) + "'; use ws://" +
         asked.authority + " if it is an agent without TLS";
}

}  // namespace

std::string explain(const BadCertificate& bad, const TlsAsked& asked, std::chrono::system_clock::time_point now) {
  const CertificateInfo& it = bad.certificate;
  const std::string whose = bad.depth == 0 ? "the certificate of " : "an authority in the chain of ";
  return whose + asked.authority + " is not trusted: " + shown(it.subject.empty() ? "(no subject)" : it.subject) +
         ", issued by " + shown(it.issuer) + ", valid from " + utc(it.not_before) + " to " + utc(it.not_after) + ": " +
         reason(bad, asked, now);
}

std::string explain_pins(const std::vector<CertificateInfo>& chain, const TlsAsked& asked) {
  std::string text = asked.options.insecure ? "the key of " + asked.authority + " is not pinned: seen "
                                            : "no key in the chain of " + asked.authority + " is pinned: seen ";
  const std::size_t count = asked.options.insecure ? std::min<std::size_t>(chain.size(), 1) : chain.size();
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : ", ") + chain[i].pin.text() + " (" + shown(chain[i].subject) + ")";
  }
  if (count == 0) return text + "none";
  return text + "; if the key was changed on purpose: --pin " + chain.front().pin.text();
}

std::string explain(const BrokenHandshake& broken, const TlsAsked& asked) {
  if (!may_be_tls(broken.heard)) return no_tls(broken, asked);
  if (broken.hung_up && broken.bytes == 0) {
    return asked.authority +
           " took the connection, but hung up without a word of TLS: what should answer there may not be up; " +
           "if it is an agent without TLS, use ws://" + asked.authority;
  }
  const std::string at = "the TLS handshake with " + asked.authority + " failed: ";
  if (broken.too_old || broken.alert == 70) return at + too_old(asked);
  if (broken.alert) return at + of_alert(*broken.alert, broken, asked);
  if (!broken.hung_up) return at + (broken.words.empty() ? "it broke the protocol" : broken.words);
  if (broken.wanted_our_certificate && !asked.options.certificate) {
    return at + "it asked for a client certificate and hung up: give yours with --cert FILE and --key FILE";
  }
  return at + "it hung up in the middle of it, after " + std::to_string(broken.bytes) + " bytes: is the agent all right?";
}

std::string unanswered_hello(const std::string& authority, std::size_t bytes) {
  if (bytes == 0) return authority + " took the connection, but did not answer the TLS hello";
  return authority + " began the TLS handshake, but did not end it";
}

bool may_be_tls(std::string_view heard) noexcept {
  // The type of a record (20 to 23), and 3 for every version from SSL 3.0 to TLS 1.3.
  if (!heard.empty() && (heard[0] < 20 || heard[0] > 23)) return false;
  return heard.size() < 2 || heard[1] == 3;
}

std::string utc(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "?";
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts));
  return text;
}

}  // namespace procedura::detail
