#pragma once

#include "load/plan.hpp"
#include "report/report.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace procedura::bench {

/// How a run stands, for a terminal: a title, how far it is, the rate, the latencies of the last second and so far, the errors.
/// At most `rows` lines, the most important ones; they may be wider than the terminal. All text in them is printable.
std::vector<std::string> live_lines(const Plan& plan, const Progress& progress, std::size_t rows);

/// What draws lines over those that were drawn last, in one write. The cursor rests at the beginning of the first: where a
/// terminal that becomes narrower wraps lines, it stays there, and the next drawing erases all below. What is too wide is cut
/// off by the terminal.
std::string drawing_of(const std::vector<std::string>& lines);
inline constexpr std::string_view erase_drawing = "\r\x1b[J";

}  // namespace procedura::bench
