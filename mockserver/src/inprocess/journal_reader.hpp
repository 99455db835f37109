#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace procedura::mock::inprocess {

/// What passes a filter, read piece by piece: a look costs what is new.
class JournalReader {
 public:
  explicit JournalReader(JournalFilter filter) : filter_{std::move(filter)} {}

  void read(const engine::Engine& engine) {
    const auto& journal = engine.journal_kept();
    while (next_ < journal.recorded()) {
      auto page = journal.since(next_, journal.recorded(), filter_, engine.secrets());
      next_ = page.next;
      std::move(page.entries.begin(), page.entries.end(), std::back_inserter(entries_));
    }
  }
  const std::vector<JournalEntry>& entries() const noexcept { return entries_; }
  std::vector<JournalEntry> take() && { return std::move(entries_); }

 private:
  JournalFilter filter_;
  std::uint64_t next_ = 0;
  std::vector<JournalEntry> entries_;
};

}  // namespace procedura::mock::inprocess
