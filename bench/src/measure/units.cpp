#include "measure/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace procedura::bench {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};

constexpr std::array units{
    Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000},
    Unit{"ms", 1'000'000},        Unit{"us", 1'000},         Unit{"ns", 1},
};

constexpr double longest_nanos = 30.0 * 24 * 3600 * 1e9;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Digits with at most one point inside: `from_chars` alone would also take signs, exponents, "inf" and "nan".
std::optional<double> parse_decimal(std::string_view text) {
  if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; })) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text.substr(digits); });
  const auto number = parse_decimal(text.substr(0, digits));
  if (unit == units.end() || !number) return std::nullopt;
  const double nanos = *number * static_cast<double>(unit->nanos);
  if (nanos > longest_nanos) return std::nullopt;
  return Nanos{std::llround(nanos)};
}

std::string format_duration(Nanos duration) {
  const auto nanos = static_cast<double>(duration.count());
  if (nanos < 1000) return fmt::format("{} ns", duration.count());
  // 999,500 ns has to become "1.00 ms" and not "1000 us".
  const auto [scaled, name] = nanos < 999.5e3   ? std::pair{nanos / 1e3, "us"}
                              : nanos < 999.5e6 ? std::pair{nanos / 1e6, "ms"}
                                                : std::pair{nanos / 1e9, "s"};
  const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", scaled, decimals, name);
}

std::string exact_duration(Nanos duration) {
  if (duration.count() == 0) return "0s";
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return duration.count() % u.nanos == 0; });
  return fmt::format("{}{}", duration.count() / unit->nanos, unit->name);
}

std::string exact_number(double value) {
  std::array<char, 400> digits{};  // the least double has some 340
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed).ptr;
  return {digits.data(), end};
}

std::optional<double> parse_positive(std::string_view text, double most) {
  const auto value = parse_decimal(text);
  if (!value || *value <= 0 || *value > most) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

std::optional<Quantile> Quantile::parse(std::string_view text) {
  if (text.size() < 2 || text.front() != 'p') return std::nullopt;
  text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view{};
  if (point < text.size() && (fraction.empty() || fraction.size() > 4)) return std::nullopt;
  const auto percent = parse_whole(text.substr(0, point), 0, 99);
  const auto rest = parse_whole(fraction.empty() ? "0" : fraction, 0, 9999);
  if (!percent || !rest) return std::nullopt;
  std::uint64_t ppm = *rest;
  for (std::size_t digit = fraction.size(); digit < 4; ++digit) ppm *= 10;
  ppm += *percent * 10'000;
  if (ppm == 0) return std::nullopt;
  return Quantile{static_cast<std::uint32_t>(ppm)};
}

std::string Quantile::name() const {
  std::string name = fmt::format("p{}.{:04}", ppm_ / 10'000, ppm_ % 10'000);
  name.erase(name.find_last_not_of('0') + 1);
  if (name.back() == '.') name.pop_back();
  return name;
}

}  // namespace procedura::bench
