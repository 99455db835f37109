#include "json_lexer.hpp"

#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace procedura::protocol {
namespace {

constexpr std::array<std::string_view, 7> secret_members{"session_token", "token",  "password", "credential",
                                                         "authorization", "secret", "api_key"};
constexpr std::array<std::string_view, 4> secret_parameters{"token", "access_token", "password", "api_key"};
constexpr std::string_view redacted_json = "\"<redacted>\"";

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return boost::algorithm::iequals(name, other); });
}

/// Every base64 text in which `secret` may stand whole, whatever comes before it: the three ways it can lie on groups of three
/// bytes.
std::array<std::string, 3> base64_forms(std::string_view secret) {
  std::array<std::string, 3> forms;
  for (std::size_t lead = 0; lead < forms.size(); ++lead) {
    std::string bytes(lead, '\0');
    bytes += secret;
    const std::size_t whole_bits = bytes.size() * 8 / 6;  // characters that no later byte can change
    const std::size_t tainted = (lead * 8 + 5) / 6;       // characters that an earlier byte has part in
    forms[lead] = encode_base64(bytes).substr(tainted, whole_bits - tainted);
  }
  return forms;
}

std::string percent_encoded(std::string_view text, std::string_view digits) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                       std::string_view{"-._~"}.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 0xFU];
    }
  }
  return out;
}

/// RFC 4648 section 5.
std::string url_safe(std::string base64) {
  std::replace(base64.begin(), base64.end(), '+', '-');
  std::replace(base64.begin(), base64.end(), '/', '_');
  return base64;
}

/// The inside of a JSON string, as Python's `json.dumps(ensure_ascii=False)` writes it.
std::string json_escaped(std::string_view utf8) {
  std::string escaped;
  append_string(escaped, utf8);
  return escaped.substr(1, escaped.size() - 2);
}

/// The same in ASCII, as `json.dumps` writes it by default. `json_escaped` text, which is UTF-8, goes in.
std::string in_ascii(std::string_view escaped) {
  std::string out;
  const auto append_unit = [&out](std::uint32_t unit) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789abcdef"[(unit >> static_cast<unsigned>(shift)) & 0xFU];
  };
  for (std::size_t at = 0; at < escaped.size();) {
    const auto lead = static_cast<unsigned char>(escaped[at]);
    if (lead < 0x80) {
      out += escaped[at++];
      continue;
    }
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) code = code << 6U | (static_cast<unsigned char>(escaped[at + i]) & 0x3FU);
    at += length;
    if (code < 0x10000) {
      append_unit(code);
    } else {
      append_unit(0xD800U + ((code - 0x10000U) >> 10U));
      append_unit(0xDC00U + ((code - 0x10000U) & 0x3FFU));
    }
  }
  return out;
}

/// Text with its escapes undone, and where in the text that was asked about each byte of it began.
struct Undone {
  std::string text;
  std::vector<std::size_t> from;  // one more than there are bytes: the end
};

std::optional<std::uint32_t> hex_value(std::string_view text, std::size_t at, std::size_t digits) {
  std::uint32_t value = 0;
  if (at + digits > text.size()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + digits, value, 16);
  return error == std::errc{} && end == text.data() + at + digits ? std::optional{value} : std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | code >> 6U);
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(code < 0x10000 ? 0xE0U | code >> 12U : 0xF0U | code >> 18U);
    if (code >= 0x10000) out += static_cast<char>(0x80U | (code >> 12U & 0x3FU));
    out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

/// One escape at `at` undone into `out`: percent or JSON. How long it was; 0 if there is none.
std::size_t undo_escape(std::string_view text, std::size_t at, std::string& out) {
  if (text[at] == '%') {
    const auto byte = hex_value(text, at + 1, 2);
    if (byte) out += static_cast<char>(*byte);
    return byte ? 3 : 0;
  }
  if (text[at] != '\\' || at + 1 == text.size()) return 0;
  if (text[at + 1] != 'u') {
    constexpr std::string_view names = R"("\/bfnrt)";
    const std::size_t which = names.find(text[at + 1]);
    if (which != std::string_view::npos) out += "\"\\/\b\f\n\r\t"[which];
    return which != std::string_view::npos ? 2 : 0;
  }
  const auto unit = hex_value(text, at + 2, 4);
  if (!unit) return 0;
  if (*unit >= 0xD800 && *unit < 0xDC00 && text.substr(std::min(at + 6, text.size()), 2) == "\\u") {
    if (const auto low = hex_value(text, at + 8, 4); low && *low >= 0xDC00 && *low < 0xE000) {
      append_utf8(out, 0x10000U + ((*unit - 0xD800U) << 10U) + (*low - 0xDC00U));
      return 12;
    }
  }
  append_utf8(out, *unit);
  return 6;
}

/// Nothing if there is no escape in it.
std::optional<Undone> undone(const Undone& before) {
  if (before.text.find_first_of("%\\") == std::string::npos) return std::nullopt;
  Undone after;
  after.text.reserve(before.text.size());
  after.from.reserve(before.from.size());
  for (std::size_t at = 0; at < before.text.size();) {
    std::size_t length = undo_escape(before.text, at, after.text);
    if (length == 0) {
      after.text += before.text[at];
      length = 1;
    }
    after.from.resize(after.text.size(), before.from[at]);
    at += length;
  }
  after.from.push_back(before.from.back());
  return after.text.size() == before.text.size() ? std::nullopt : std::optional{std::move(after)};
}

// JSON in a string of JSON, percent-encoded: who escapes more often than that has something to hide.
constexpr int most_layers = 3;
constexpr std::size_t piece = std::size_t{64} * 1024;
constexpr std::size_t overlap = std::size_t{16} * 1024;  // longer than any secret is, escaped

constexpr std::size_t shortest_needle = 4;

/// The first bytes of a text that has at least so many.
std::uint32_t head_of(std::string_view text) {
  std::uint32_t head = 0;
  std::memcpy(&head, text.data(), sizeof head);
  return head;
}
static_assert(sizeof(std::uint32_t) == shortest_needle);

/// Copies checked JSON, the values of secret members replaced, at any depth.
void append_redacted(std::string& out, std::string_view json) {
  std::size_t copied = 0;
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    lexer::skip_string(json, at);
    const std::string_view raw = json.substr(begin, at - begin);
    std::size_t behind = at;
    lexer::skip_space(json, behind);
    // In checked JSON a string before a colon is a member's name.
    if (!lexer::take(json, behind, ':') || !is_one_of(secret_members, *decode_string(raw))) continue;
    lexer::skip_space(json, behind);
    out.append(json.substr(copied, behind - copied));
    out += redacted_json;
    lexer::skip_value(json, behind, 1024);
    copied = at = behind;
  }
  out.append(json.substr(copied));
}

/// Whether an option of this name has a secret value: `--token`, `--api-key`, `--clientSecret`.
bool is_secret_option(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += c;
  }
  constexpr std::array<std::string_view, 8> endings{"token",  "password", "passwd",     "passphrase",
                                                    "secret", "apikey",   "credential", "authorization"};
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return boost::algorithm::iends_with(plain, ending); });
}

/// The elements of a request's `args`: the values of secret options go, and of a login all but its own name and its options.
void append_redacted_args(std::string& out, std::string_view raw, bool login) {
  if (raw.front() != '[') {
    if (login) {
      out += redacted_json;
    } else {
      append_redacted(out, raw);
    }
    return;
  }
  bool value_follows = false;
  std::size_t copied = 0;
  for (std::size_t at = 1; lexer::skip_space(raw, at), at < raw.size();) {
    const std::size_t begin = at;
    if (raw[at] == ',' || raw[at] == ']') {
      ++at;
      continue;
    }
    lexer::skip_value(raw, at, 1024);
    const std::string_view element = raw.substr(begin, at - begin);
    const std::string text = decode_string(element).value_or(std::string{});
    out.append(raw.substr(copied, begin - copied));
    copied = at;
    if (text.starts_with("--")) {
      const std::size_t equals = std::min(text.find('='), text.size());
      const bool secret = is_secret_option(std::string_view{text}.substr(2, equals - 2));
      value_follows = secret && equals == text.size();
      if (secret && equals < text.size()) {
        append_string(out, text.substr(0, equals + 1) + std::string{redacted});
      } else {
        out.append(element);
      }
    } else if (std::exchange(value_follows, false) || (login && text != "login_password")) {
      out += redacted_json;
    } else {
      append_redacted(out, element);
    }
  }
  out.append(raw.substr(copied));
}

// A password whose `/`, `?` or `#` is not escaped ends the authority too early: what is left of it has no host, or ends in what
// is no port.
bool may_be_authority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos || authority.ends_with(']')) return true;
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return !authority.empty();
  const std::string_view port = authority.substr(colon + 1);
  return !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void Redactor::add(std::string_view secret) {
  const auto keep = [this](std::string needle) {
    if (needle.size() < shortest_needle) return;
    const auto [first, last] = needles_.equal_range(head_of(needle));
    if (std::none_of(first, last, [&](const auto& other) { return other.second == needle; })) {
      needles_.emplace(head_of(needle), std::move(needle));
    }
  };
  if (secret.size() < shortest_needle) return;
  keep(std::string{secret});
  for (std::string& form : base64_forms(secret)) {
    keep(url_safe(form));
    keep(std::move(form));
  }
  keep(percent_encoded(secret, "0123456789ABCDEF"));
  keep(percent_encoded(secret, "0123456789abcdef"));
  if (is_utf8(secret)) {
    const std::string escaped = json_escaped(secret);
    keep(in_ascii(escaped));
    keep(escaped);
  }
}

void Redactor::add_credential(std::string_view text) {
  add(text);
  const auto credential = parse_credential(text);
  if (!credential) return;
  add(credential->password);
  add(credential->user + ":" + credential->password);
}

std::string Redactor::operator()(std::string_view text) const {
  if (needles_.empty()) return std::string{text};
  using Range = std::pair<std::size_t, std::size_t>;
  std::vector<Range> hidden;
  const auto find = [&](std::string_view in, const std::vector<std::size_t>* from) {
    for (std::size_t at = 0; at + shortest_needle <= in.size(); ++at) {
      const std::string_view rest = in.substr(at);
      std::size_t longest = 0;
      const auto [first, last] = needles_.equal_range(head_of(rest));
      for (auto needle = first; needle != last; ++needle) {
        if (needle->second.size() > longest && rest.starts_with(needle->second)) longest = needle->second.size();
      }
      if (longest == 0) continue;
      hidden.push_back(from == nullptr ? Range{at, at + longest} : Range{(*from)[at], (*from)[at + longest]});
    }
  };
  find(text, nullptr);
  if (text.find_first_of("%\\") != std::string_view::npos) {
    // In pieces that overlap: where each byte came from takes eight times the room of the text.
    for (std::size_t begin = 0; begin < text.size(); begin += piece) {
      Undone plain{std::string{text.substr(begin, piece + overlap)}, {}};
      plain.from.resize(plain.text.size() + 1);
      std::iota(plain.from.begin(), plain.from.end(), begin);
      for (int layer = 0; layer < most_layers; ++layer) {
        auto next = undone(plain);
        if (!next) break;
        plain = *std::move(next);
        find(plain.text, &plain.from);
      }
    }
    std::sort(hidden.begin(), hidden.end());
  }
  std::string out;
  std::size_t covered = 0;  // `text` up to here is in `out`, or was taken out
  for (const auto& [begin, end] : hidden) {
    // Secrets that overlap go together, so that none leaves a rest.
    if (begin >= covered) out.append(text.substr(covered, begin - covered)).append(redacted);
    covered = std::max(covered, end);
  }
  return out.append(text.substr(covered));
}

std::string Redactor::json(std::string_view json) const {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    lexer::skip_string(json, at);
    const std::string text = decode_string(json.substr(begin, at - begin)).value_or(std::string{});
    const std::string shown = (*this)(text);
    if (shown == text) continue;
    out.append(json.substr(copied, begin - copied));
    append_string(out, shown);
    copied = at;
  }
  out.append(json.substr(copied));
  return out;
}

std::span<const std::string_view> secret_member_names() noexcept {
  return secret_members;
}

std::string redact_frame(std::string_view text) {
  ObjectScanner scan{text, 256};
  std::string_view cmd;
  std::string_view args;
  std::size_t times = 0;  // `args` may stand there more than once
  while (const auto member = scan.next()) {
    if (string_equals(member->key, "cmd")) cmd = member->value;
    if (string_equals(member->key, "args")) {
      args = member->value;
      ++times;
    }
  }
  if (!scan.done()) return "<" + std::to_string(text.size()) + " bytes, not JSON>";
  std::string out;
  out.reserve(text.size());
  if (times == 0) {
    append_redacted(out, text);
    return out;
  }
  if (times > 1) return "<" + std::to_string(text.size()) + " bytes, with arguments given twice>";
  const auto begin = static_cast<std::size_t>(args.data() - text.data());
  append_redacted(out, text.substr(0, begin));
  append_redacted_args(out, args, string_equals(cmd, "login_password"));
  append_redacted(out, text.substr(begin + args.size()));
  return out;
}

std::string redact_url(std::string_view url) {
  std::string out;
  const std::size_t scheme = url.find("://");
  std::size_t at = scheme == std::string_view::npos ? 0 : scheme + 3;
  out.append(url.substr(0, at));
  std::size_t authority_end = std::min(url.find_first_of("/?#", at), url.size());
  if (scheme == std::string_view::npos || !may_be_authority(url.substr(at, authority_end - at)))
    if (const std::size_t user_end = url.rfind('@'); user_end != std::string_view::npos && user_end > authority_end)
      authority_end = std::min(url.find_first_of("/?#", user_end), url.size());
  const std::string_view authority = url.substr(at, authority_end - at);
  if (const std::size_t user_end = authority.rfind('@'); user_end != std::string_view::npos) {
    out += redacted;
    out.append(authority.substr(user_end));
  } else {
    out.append(authority);
  }
  const std::size_t query = std::min(url.find('?', authority_end), url.size());
  out.append(url.substr(authority_end, query - authority_end));
  for (at = query; at < url.size();) {
    // `at` stands on the `?` or `&` before a parameter.
    const std::size_t end = std::min(url.find_first_of("&#", at + 1), url.size());
    const std::string_view parameter = url.substr(at, end - at);
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && is_one_of(secret_parameters, parameter.substr(1, equals - 1))) {
      out.append(parameter.substr(0, equals + 1));
      out += redacted;
    } else {
      out.append(parameter);
    }
    at = end;
  }
  return out;
}

}  // namespace procedura::protocol
