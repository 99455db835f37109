#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace procedura::mock {

/// Where something stands in a scenario file. Lines and columns count from 1, columns in bytes; line 0: the file as a whole.
struct Place {
  std::uint32_t file = 0;  ///< index into `Scenario::files`
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator<(const Place& a, const Place& b) noexcept {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  }
};

/// Something wrong with a scenario.
struct Problem {
  enum class Severity : std::uint8_t {
    error,    ///< the scenario cannot be used
    warning,  ///< it can, but hardly does what its author meant
  };
  Severity severity = Severity::error;
  Place place;
  std::string file;     ///< as it was named to the loader
  std::string pointer;  ///< RFC 6901; empty for the file as a whole
  std::string message;  ///< one line: what was expected, what was found, perhaps what was meant; control characters escaped
};

using Problems = std::vector<Problem>;

/// `file:line:col: /json/pointer: message`; a warning says so before its message.
std::string to_string(const Problem& problem);

}  // namespace procedura::mock
