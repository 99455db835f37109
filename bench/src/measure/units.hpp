#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The quantities that plans are written in and reports are read in.
namespace procedura::bench {

/// All times of a run are counted from its start, in nanoseconds.
using Nanos = std::chrono::nanoseconds;

/// "60s", "1.5ms", "200us": a decimal number and one of ns, us, ms, s, m, h. Nothing for anything else, for a negative number
/// and for more than 30 days.
std::optional<Nanos> parse_duration(std::string_view text);

/// Three significant digits and a unit: "1.23 ms". For people.
std::string format_duration(Nanos duration);

/// The shortest text that `parse_duration` reads back as exactly this: "1500us". For commands that repeat a run.
std::string exact_duration(Nanos duration);

/// The shortest decimal number, without exponent, that is read back as exactly this. For commands that repeat a run.
std::string exact_number(double value);

/// A decimal number above 0 and not above `most`, written without sign or exponent.
std::optional<double> parse_positive(std::string_view text, double most);

/// A whole number in [least, most].
std::optional<std::uint64_t> parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most);

/// A quantile, exact in parts per million so that no rounding decides whether a sample can carry it.
class Quantile {
 public:
  static constexpr std::uint32_t whole = 1'000'000;

  constexpr explicit Quantile(std::uint32_t ppm) : ppm_{ppm} {}
  /// "p50", "p99.9", up to "p99.9999"; nothing for p0, p100 and anything else.
  static std::optional<Quantile> parse(std::string_view text);

  constexpr std::uint32_t ppm() const noexcept { return ppm_; }
  std::string name() const;  ///< "p99.9"

  /// True when at least 100 of `samples` lie beyond this quantile. With fewer, the figure would be mostly chance.
  constexpr bool carried_by(std::uint64_t samples) const noexcept { return samples >= needed_samples(); }
  /// The smallest sample that carries it: 200 for p50, 10,000 for p99.
  constexpr std::uint64_t needed_samples() const noexcept {
    const std::uint64_t beyond = whole - ppm_;
    return (100 * std::uint64_t{whole} + beyond - 1) / beyond;
  }

  /// Which of `samples` in ascending order it is, counted from 1: `ceil(q * samples)`; 0 of none.
  constexpr std::uint64_t rank_in(std::uint64_t samples) const noexcept {
    // Whole millions of samples and the rest apart, so that nothing leaves 64 bits.
    const std::uint64_t rest = (ppm_ * (samples % whole) + whole - 1) / whole;
    return ppm_ * (samples / whole) + rest;
  }

  constexpr bool operator==(const Quantile&) const noexcept = default;

 private:
  std::uint32_t ppm_;
};

}  // namespace procedura::bench
