#include "record/spelt_secrets.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <optional>

namespace procedura::mock::record {
namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit);
}

std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_word(text[at])) ++at;
  return at;
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view what) {
  return std::min(text.find_first_not_of(what, at), text.size());
}

// A quote, perhaps an escaped one; '\0': there is none.
char take_quote(std::string_view text, std::size_t& at) {
  const std::size_t quote = at < text.size() && text[at] == '\\' ? at + 1 : at;
  if (quote >= text.size() || (text[quote] != '"' && text[quote] != '\'')) return '\0';
  at = quote + 1;
  return text[quote];
}

// RFC 7519: three parts, and the first two are JSON objects, which in base64 begin like this.
std::optional<SpeltSecret> web_token(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("eyJ")) return std::nullopt;
  const std::size_t payload = word_end(text, at) + 1;
  if (!text.substr(std::min(payload - 1, text.size())).starts_with(".eyJ")) return std::nullopt;
  std::size_t end = word_end(text, payload);
  if (end < text.size() && text[end] == '.') end = word_end(text, end + 1);
  return SpeltSecret{at, end - at, true};
}

// What follows the scheme of an `Authorization`. Not every bearer bears a token.
std::optional<SpeltSecret> bearer_token(std::string_view text, std::size_t at) {
  constexpr std::size_t surely_no_word = 16;
  if (at >= text.size() || text[at] != ' ') return std::nullopt;
  const std::size_t begin = skip(text, at, " ");
  const std::size_t end = std::min(text.find_first_of(" \t\r\n,;\"'<>()", begin), text.size());
  const std::string_view token = text.substr(begin, end - begin);
  if (token.size() < 4 || (!has_digit(token) && token.size() < surely_no_word)) return std::nullopt;
  return SpeltSecret{begin, token.size(), true};
}

std::size_t skip_scheme(std::string_view text, std::size_t at) {
  for (const std::string_view scheme : {"bearer ", "basic "}) {
    if (boost::algorithm::istarts_with(text.substr(at), scheme)) return skip(text, at + scheme.size(), blanks);
  }
  return at;
}

// `at` is behind a secret's name.
std::optional<SpeltSecret> value_behind(std::string_view text, std::size_t at) {
  const bool name_was_quoted = take_quote(text, at) != '\0';
  at = skip(text, at, blanks);
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::nullopt;
  const char sign = text[at];
  at = skip(text, skip(text, at, "=:"), blanks);
  const char quote = take_quote(text, at);
  at = skip_scheme(text, at);
  const std::size_t end = quote != '\0' ? text.find(quote, at) : text.find_first_of(" \t\r\n,;&)}]\"'<>", at);
  std::string_view value = text.substr(at, std::min(end, text.size()) - at);
  if (quote != '\0' && value.ends_with('\\')) value.remove_suffix(1);
  if (value.empty() || value == protocol::redacted) return std::nullopt;
  const bool as_in_json = name_was_quoted && quote != '\0' && value.size() >= 4;
  const bool as_in_a_query = sign == '=' && value.size() >= 8 && has_digit(value);
  return SpeltSecret{at, value.size(), as_in_json || as_in_a_query};
}

}  // namespace

std::vector<SpeltSecret> spelt_secrets(std::string_view text, const std::function<bool(std::string_view)>& named) {
  std::vector<SpeltSecret> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = word_end(text, at);
    if (end == at) {
      ++at;
      continue;
    }
    const std::string_view word = text.substr(at, end - at);
    auto secret = web_token(text, at);
    if (!secret && boost::algorithm::iequals(word, "bearer")) secret = bearer_token(text, end);
    if (!secret && named(word)) secret = value_behind(text, end);
    if (secret) found.push_back(*secret);
    at = secret ? secret->at + secret->size : end;
  }
  return found;
}

}  // namespace procedura::mock::record
