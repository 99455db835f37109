#include "repeat_line.hpp"

#include <fmt/format.h>

namespace procedura::mock {

namespace {

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./,:=@%+";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string{text};
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return word + "'";
}

// In the largest unit that loses nothing.
std::string as_written(std::chrono::nanoseconds duration) {
  auto count = duration.count();
  const char* unit = "ns";
  for (const char* larger : {"us", "ms", "s"}) {
    if (count % 1000 != 0) break;
    count /= 1000;
    unit = larger;
  }
  return fmt::format("{}{}", count, unit);
}

}  // namespace

std::string repeat_line(const Serve& serve, std::uint64_t seed) {
  std::string line = "mock-agent";
  for (const auto& script : serve.scripts) line += " --script " + shell_word(script);
  line += fmt::format(" --seed {}", seed);
  if (serve.chaos != 0) line += fmt::format(" --chaos {}", serve.chaos);
  if (serve.time_scale != 1) line += fmt::format(" --time-scale {}", serve.time_scale);
  if (serve.strict) line += " --strict";
  if (serve.until_met) line += " --until-met";
  if (serve.deadline) line += " --deadline " + as_written(*serve.deadline);
  return line;
}

}  // namespace procedura::mock
