#pragma once

#include "measure/units.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Words and figures as they stand on a page.
namespace procedura::bench::html {

/// Text of anybody's, in an element or between an attribute's quotes: printable, and no markup.
std::string text(std::string_view raw);

/// "1,500"
std::string grouped(std::uint64_t count);
/// "500.0/s", "0.25/s"
std::string rate(double per_second);
/// "12.3 %", of 0.123.
std::string share(double part);
/// The same of counts; "–" of none.
std::string share(std::uint64_t part, std::uint64_t whole);
/// "1 job", "2 jobs"
std::string counted(std::uint64_t count, std::string_view what);

/// How a state looks: the class that gives it its colour, and a mark for those who see none.
struct Look {
  std::string_view css;
  std::string_view mark;
};
inline constexpr Look good{"pass", "✓"};
inline constexpr Look bad{"fail", "✗"};
inline constexpr Look doubtful{"warn", "?"};
inline constexpr Look plain{"none", "–"};

/// Mark and word of a state, coloured.
std::string tag(Look look, std::string_view word);
/// A command, with a button that copies it.
std::string copyable(std::string_view command);

/// What holds the figures; where they do not stand, they are struck out.
std::string main_begin(bool they_stand);

/// What ends every page: the command that does it again, and where the JSON lies.
std::string again(std::string_view command);

/// A part of the page under a heading of its own. `intro` is markup, one or two sentences on how to read it; may be empty.
std::string section(std::string_view id, std::string_view title, std::string_view intro, const std::string& body);

}  // namespace procedura::bench::html
