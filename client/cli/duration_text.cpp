#include "duration_text.hpp"

#include <array>
#include <cstdio>

namespace procedura::cli {
namespace {

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

double in_ms(protocol::Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string two_units(long long greater, const char* unit, long long lesser, const char* lesser_unit) {
  return std::to_string(greater) + unit + (lesser > 0 ? " " + std::to_string(lesser) + lesser_unit : std::string{});
}

}  // namespace

std::string milliseconds(protocol::Duration time) {
  const double ms = in_ms(time);
  return fixed(ms, ms < 9.9995 ? 3 : ms < 99.95 ? 1 : 0);
}

std::string exact_milliseconds(protocol::Duration time) {
  return fixed(in_ms(time), 6);
}

std::string lasting(std::chrono::seconds time) {
  const long long s = time.count();
  constexpr long long minute = 60;
  constexpr long long hour = 60 * minute;
  constexpr long long day = 24 * hour;
  if (s < minute) return std::to_string(s) + " s";
  if (s < hour) return two_units(s / minute, " min", s % minute, " s");
  if (s < day) return two_units(s / hour, " h", s % hour / minute, " min");
  return std::to_string(s / day) + (s < 2 * day ? " day" : " days");
}

std::string utc_date(std::chrono::system_clock::time_point time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text.data();
}

std::string utc_time(std::chrono::system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time) - day};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return utc_date(time) + text.data();
}

}  // namespace procedura::cli
