#include <procedura/conformance/tap/head.hpp>

#include <algorithm>

namespace procedura::conformance::tap {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

const std::string* Head::find(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [name](const auto& header) { return same(header.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

std::vector<std::string_view> Head::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : headers) {
    if (same(key, name)) {
      out.emplace_back(value);
    }
  }
  return out;
}

void Head::set(std::string_view name, std::string value) {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [name](const auto& header) { return same(header.first, name); });
  if (found == headers.end()) {
    add(std::string{name}, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

void Head::add(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
}

void Head::remove(std::string_view name) {
  std::erase_if(headers, [name](const auto& header) { return same(header.first, name); });
}

unsigned Head::status() const {
  if (start.rfind("HTTP/", 0) != 0) {
    return 0;
  }
  const auto digits = std::string_view{start}.substr(std::min(start.find(' ') + 1, start.size()), 3);
  unsigned status = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') {
      return 0;
    }
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  return digits.size() == 3 ? status : 0;
}

bool Head::asks_for_websocket() const {
  const std::string* upgrade = find("Upgrade");
  return upgrade != nullptr && same(*upgrade, "websocket");
}

Head read_head(std::string_view text) {
  Head head;
  bool first = true;
  while (!text.empty()) {
    const auto end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (first) {
      head.start = line;
      first = false;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      head.add(std::string{line.substr(0, colon)}, std::string{trim(line.substr(colon + 1))});
    } else if (!line.empty()) {
      head.add(std::string{line}, {});
    }
  }
  return head;
}

std::string render(const Head& head) {
  std::string out = head.start + "\r\n";
  for (const auto& [name, value] : head.headers) {
    out += name + ": " + value + "\r\n";
  }
  return out + "\r\n";
}

}  // namespace procedura::conformance::tap
