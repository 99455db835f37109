#pragma once

#include <cstddef>
#include <string_view>

namespace procedura::detail {

/// What a record begins with, and so what part of one that was not written whole does.
inline constexpr std::string_view record_start = "{\"at\":\"";
/// More than any record has.
inline constexpr std::size_t longest_record = std::size_t{16} * 1024;

/// What is to be done at the end of a log before a line is appended.
struct Mending {
  std::size_t cut = 0;   ///< so many bytes are part of a record, and go
  bool newline = false;  ///< a line of somebody else's has no end, and gets one: it is not ours to cut
  friend bool operator==(const Mending&, const Mending&) noexcept = default;
};

/// From the last `longest_record` bytes of the file, or all of it.
inline Mending mending_of(std::string_view tail) noexcept {
  if (tail.empty() || tail.back() == '\n') return {};
  const std::string_view line = tail.substr(tail.rfind('\n') + 1);  // npos + 1 is 0
  const bool is_record = line.substr(0, record_start.size()) == record_start.substr(0, line.size());
  return is_record ? Mending{line.size(), false} : Mending{0, true};
}

}  // namespace procedura::detail
