#pragma once

#include <procedura/mock/journal_entry.hpp>

#include <string>

namespace procedura::mock::admin {

/// An entry of the journal as one JSON object on one line, without the line's end. What it has nothing to say of is left out.
std::string entry_text(const JournalEntry& entry);

}  // namespace procedura::mock::admin
