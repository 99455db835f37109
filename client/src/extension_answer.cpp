#include "extension_answer.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace procedura::detail {
namespace {

struct Parameter {
  std::string name;
  std::optional<std::string> value;
};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

// name, name=value or name="value"
Parameter read_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {lower(text), std::nullopt};
  std::string_view value = trimmed(text.substr(equals + 1));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  return {lower(trimmed(text.substr(0, equals))), std::string{value}};
}

bool is_window(const std::optional<std::string>& bits) {
  constexpr std::array<std::string_view, 8> all{"8", "9", "10", "11", "12", "13", "14", "15"};
  return bits && std::find(all.begin(), all.end(), *bits) != all.end();
}

std::optional<std::string> problem_of(const Parameter& parameter) {
  const auto& [name, value] = parameter;
  if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
    if (value) return "a value for '" + name + "'";
    return std::nullopt;
  }
  if (name != "server_max_window_bits" && name != "client_max_window_bits") {
    return "the parameter '" + protocol::printable(protocol::excerpt(name, 40)) + "', which it does not have";
  }
  if (!is_window(value)) return "a '" + name + "' that is not between 8 and 15";
  // zlib's deflate, and Beast's after it, takes 9 where it is asked for 8.
  if (name == "client_max_window_bits" && *value == "8") return "a client window of 256 bytes, which we cannot keep to";
  return std::nullopt;
}

ExtensionAnswer failed(std::string problem) {
  return {false, "the server selected " + std::move(problem) + " (RFC 7692)"};
}

}  // namespace

ExtensionAnswer read_extension_answer(std::string_view header, bool deflate_was_offered) {
  if (trimmed(header).empty()) return {};
  const auto parts = split(header, ';');
  const std::string shown = protocol::printable(protocol::excerpt(trimmed(header), 120));
  if (!deflate_was_offered) {
    return {false, "the server selected an extension that was not offered: '" + shown + "' (RFC 6455, 4.1)"};
  }
  // A quoted comma would be a value that no parameter has.
  if (lower(parts.front()) != "permessage-deflate" || header.find(',') != std::string_view::npos) {
    return {false,
            "the server selected extensions other than the permessage-deflate it was offered: '" + shown + "' (RFC 6455, 4.1)"};
  }
  std::vector<std::string> seen;
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    const Parameter parameter = read_parameter(*part);
    if (auto problem = problem_of(parameter)) return failed("permessage-deflate with " + *std::move(problem));
    if (std::find(seen.begin(), seen.end(), parameter.name) != seen.end()) {
      return failed("permessage-deflate with '" + parameter.name + "' twice");
    }
    seen.push_back(parameter.name);
  }
  return {true, std::nullopt};
}

}  // namespace procedura::detail
