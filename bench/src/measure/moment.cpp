#include "measure/moment.hpp"

#include "measure/units.hpp"

#include <fmt/chrono.h>

namespace procedura::bench {

std::optional<std::chrono::sys_seconds> parse_moment(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits, std::uint64_t most) {
    return parse_whole(text.substr(at, digits), 0, most);
  };
  const auto hour = number(11, 2, 23);
  const auto minute = number(14, 2, 59);
  const auto second = number(17, 2, 60);
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*number(0, 4, 9999))},
                                         std::chrono::month{static_cast<unsigned>(*number(5, 2, 99))},
                                         std::chrono::day{static_cast<unsigned>(*number(8, 2, 99))}};
  if (!date.ok() || !hour || !minute || !second) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

std::string moment_text(std::chrono::sys_seconds moment) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(moment.time_since_epoch().count()));
}

}  // namespace procedura::bench
