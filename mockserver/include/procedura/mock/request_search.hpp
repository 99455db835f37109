#pragma once

#include <procedura/mock/journal_entry.hpp>
#include <procedura/mock/request_match.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace procedura::mock {

/// Looks for requests in a journal, by the same conditions as stubs and expectations have:
///
///     RequestSearch{request("place_ooi_sprites").option("n", at_least(4))}.in(agent.journal())
///
/// It sees what the journal shows: secrets are redacted, the device of a session is not there, and `connection` is the ordinal
/// over the whole mock. One leading argument that equals the command is taken for the module's name (REQ-4). A value.
class RequestSearch {
 public:
  /// Throws `MockError` with what is wrong with a condition.
  explicit RequestSearch(const script::Request& wanted);

  /// Whether it is a request, and one of those that are looked for.
  bool matches(const JournalEntry& entry) const;
  /// Those that match, in their order.
  std::vector<JournalEntry> in(const std::vector<JournalEntry>& journal) const;

  /// For people: `cmd "place_ooi_sprites", options.n {"atLeast":4}`.
  std::string describe() const;
  /// For people: the request that came nearest, and field by field what is otherwise; may have several lines. Empty if there is
  /// no request in the journal but such that match.
  std::string nearest(const std::vector<JournalEntry>& journal) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace procedura::mock
