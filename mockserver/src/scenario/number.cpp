#include "scenario/number.hpp"

#include <procedura/protocol/json_text.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace procedura::mock {

std::optional<double> number_of(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  if (text.empty() || (text.front() != '-' && digits.find(text.front()) == std::string_view::npos)) return std::nullopt;
  if (digits.find(text.back()) == std::string_view::npos) return std::nullopt;  // no white space behind it either
  if (protocol::check_json(text).fault != protocol::JsonFault::none) return std::nullopt;
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

void append_number(std::string& out, double value) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  std::array<char, 32> digits{};
  const auto end = std::trunc(value) == value && std::abs(value) < exact
                       ? std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value))
                       : std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

}  // namespace procedura::mock
