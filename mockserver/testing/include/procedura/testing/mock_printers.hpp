#pragma once

#include <procedura/mock/journal_entry.hpp>
#include <procedura/mock/verdict.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>

/// How GoogleTest shows what a mock saw, in one line each. Secrets have been redacted by the mock; control characters are
/// escaped here, and no more is shown of a frame than a person reads.
namespace procedura::mock {

/// `in`, `out` or `note`.
inline std::string_view to_string(JournalEntry::Direction direction) noexcept {
  return direction == JournalEntry::Direction::in ? "in" : direction == JournalEntry::Direction::out ? "out" : "note";
}

/// `#4 1.250 ms connection 1 in by ada (a): {"id":...}`
inline void PrintTo(const JournalEntry& entry, std::ostream* out) {
  char time[32];
  std::snprintf(time, sizeof time, "%.3f ms", static_cast<double>(entry.t_ns) / 1e6);
  *out << '#' << entry.seq << ' ' << time;
  if (!entry.partition.empty() && entry.partition != "default") *out << " partition " << entry.partition;
  if (entry.connection != 0) *out << " connection " << entry.connection;
  switch (entry.event) {
    case JournalEntry::Event::frame:
      *out << ' ' << to_string(entry.direction);
      break;
    case JournalEntry::Event::opened:
      *out << " opened" << (entry.via.empty() ? "" : " with a token as ") << entry.via;
      break;
    case JournalEntry::Event::closed:
      *out << " closed with " << entry.code;
      break;
    case JournalEntry::Event::fault:
      *out << " fault " << entry.fault;
      break;
    case JournalEntry::Event::note:
      *out << " note";
      break;
  }
  if (!entry.user.empty()) *out << " by " << protocol::printable(entry.user);
  if (!entry.stub.empty()) *out << " [" << protocol::printable(entry.stub) << ' ' << entry.instance << ']';
  if (!entry.frame.empty()) *out << ": " << protocol::printable(protocol::excerpt(entry.frame, 400));
}

inline void PrintTo(const Verdict& verdict, std::ostream* out) {
  *out << verdict.report();
}

}  // namespace procedura::mock
