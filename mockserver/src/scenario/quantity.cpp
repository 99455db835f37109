#include "scenario/quantity.hpp"

#include "scenario/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace procedura::mock {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t worth;
};
// The largest first: the first that divides is the one to show.
constexpr std::array<Unit, 7> durations = {{{"d", 86'400'000'000'000},
                                            {"h", 3'600'000'000'000},
                                            {"m", 60'000'000'000},
                                            {"s", 1'000'000'000},
                                            {"ms", 1'000'000},
                                            {"us", 1'000},
                                            {"ns", 1}}};
constexpr std::array<Unit, 4> sizes = {{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}};

template <typename Units>
std::optional<double> parse(std::string_view text, const Units& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& each) { return each.name == text.substr(digits); });
  const auto number = number_of(text.substr(0, digits));
  if (unit == units.end() || !number) return std::nullopt;
  return *number * static_cast<double>(unit->worth);
}

template <typename Units>
std::string show(std::int64_t value, const Units& units) {
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& each) { return value % each.worth == 0; });
  return std::to_string(value / unit->worth) + std::string{unit->name};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr double longest = 9.2e18;  // nanoseconds in a Duration
  const auto nanoseconds = parse(text, durations);
  if (!nanoseconds || *nanoseconds > longest) return std::nullopt;
  return Duration{std::llround(*nanoseconds)};
}

std::string show_duration(Duration duration) {
  return duration == Duration::zero() ? "0s" : show(duration.count(), durations);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr double exact = 9007199254740992.0;  // up to here a double holds every whole number
  const auto bytes = parse(text, sizes);
  if (!bytes || *bytes > exact || std::trunc(*bytes) != *bytes) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

std::string show_size(std::uint64_t bytes) {
  return bytes == 0 ? "0B" : show(static_cast<std::int64_t>(bytes), sizes);
}

}  // namespace procedura::mock
