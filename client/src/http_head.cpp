#include "http_head.hpp"

#include <algorithm>
#include <cctype>

namespace procedura::detail {
namespace {

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool same_name(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// "HTTP/1.1 401 Unauthorized"; 0 if it is no status line.
unsigned status_of(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return 0;
  if (line.size() > 12 && line[12] != ' ') return 0;
  unsigned status = 0;
  for (const char digit : line.substr(9, 3)) {
    if (digit < '0' || digit > '9') return 0;
    status = status * 10 + static_cast<unsigned>(digit - '0');
  }
  return status >= 100 ? status : 0;
}

}  // namespace

std::optional<std::string_view> HttpHead::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [name](const auto& header) { return same_name(header.first, name); });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::optional<HttpHead> read_http_head(std::string_view text) {
  HttpHead head;
  const std::string_view status_line = next_line(text);
  head.status = status_of(status_line);
  if (head.status == 0) return std::nullopt;
  if (status_line.size() > 13) head.reason = trimmed(status_line.substr(13));
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    head.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return head;
}

std::optional<std::size_t> http_head_size(std::string_view text) noexcept {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const std::string_view rest = text.substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return std::nullopt;
}

}  // namespace procedura::detail
