#pragma once

#include <procedura/mock/journal_entry.hpp>
#include <procedura/mock/verdict.hpp>

#include <cstdint>
#include <string>

/// The journal as NDJSON: one object per line. schema/journal.schema.json says what stands in each.
namespace procedura::mock::engine {

/// Appends a line. `entry` must be redacted. A frame that is a JSON object stands in the line as it was, number for number,
/// under `frame`; any other text is a string under `text`.
void append_ndjson(std::string& out, const JournalEntry& entry);

/// The line that stands for entries that are not there: so many from `first` on.
void append_ndjson_gap(std::string& out, std::uint64_t first, std::uint64_t count);

/// The last line of a finished journal: how many events there were, how many have no line, and how late frames left.
void append_ndjson_end(std::string& out, std::uint64_t recorded, std::uint64_t dropped, const LatenessSummary& lateness);

}  // namespace procedura::mock::engine
