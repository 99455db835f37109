#pragma once

#include "scenario/delay.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Numbers with a unit, as a scenario writes them.
namespace procedura::mock {

/// Nothing in `text` but a number and one of ns, us, ms, s, m, h, d: `1.5s`.
std::optional<Duration> parse_duration(std::string_view text);
/// The same in its largest whole unit: `1h`.
std::string show_duration(Duration duration);

/// Nothing in `text` but a number and one of B, KiB, MiB, GiB, which are whole bytes together: `1.5MiB`.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// The same in its largest whole unit: `16MiB`.
std::string show_size(std::uint64_t bytes);

}  // namespace procedura::mock
