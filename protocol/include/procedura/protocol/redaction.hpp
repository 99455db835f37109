#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

/// AUT-7: tokens, passwords and credentials show as `<redacted>`, wherever a frame, a URL or a text is shown or written.
namespace procedura::protocol {

/// What stands where a secret was (AUT-7).
inline constexpr std::string_view redacted = "<redacted>";

/// Secrets that are known by value, and what they may look like on their way out.
class Redactor {
 public:
  /// Adds a secret and its forms: base64 (with either alphabet, and within other bytes), percent-encoded, JSON-escaped. Secrets
  /// of fewer than 4 bytes are not searched for: they would blot out ordinary text.
  void add(std::string_view secret);
  /// Adds a credential (LOG-1): itself, its password, and `user:password` in base64.
  void add_credential(std::string_view credential);

  /// `text` with every known secret replaced.
  std::string operator()(std::string_view text) const;
  /// Checked JSON with every known secret replaced in its strings, however they are escaped. It stays JSON: numbers are left
  /// alone, and what has no secret in it stays to the letter.
  std::string json(std::string_view json) const;
  /// It knows no secret.
  bool empty() const noexcept { return needles_.empty(); }

 private:
  std::unordered_multimap<std::uint32_t, std::string> needles_;  // by their first 4 bytes
};

/// What members are called whose values are secret: `session_token`, `token`, `password`, `credential`, `authorization`,
/// `secret` and `api_key`. Case does not matter.
std::span<const std::string_view> secret_member_names() noexcept;

/// A frame (request or reply) made fit to be shown, by structure: the arguments of `login_password` that are not options, the
/// values of options in `args` whose names end like a secret's (`--token X`, `--api-key=X`), and
/// every member of `secret_member_names`, at any depth. Text that is no JSON object comes back as `<N bytes, not JSON>`,
/// because nothing can be known of it. Member order and numbers stay.
std::string redact_frame(std::string_view text);

/// A URL without its user info and without the values of `token`, `access_token`, `password` and `api_key` in its query.
std::string redact_url(std::string_view url);

/// `text` for a terminal: control characters (but tab and newline when `multi_line`), bidirectional overrides and broken UTF-8
/// are shown as escapes. Server text is untrusted.
std::string printable(std::string_view text, bool multi_line = false);

/// The first `most` bytes of `text`, cut between two characters, and `...` for the rest; all of it if it is no longer. A peer
/// may send megabytes where a person reads a line.
std::string excerpt(std::string_view text, std::size_t most);

}  // namespace procedura::protocol
