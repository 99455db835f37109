#pragma once

#include "scenario/model.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace procedura::mock {

/// The stub that came closest to a request that none matched.
struct NearestMiss {
  const Stub* stub = nullptr;
  std::vector<FieldReport> fields;  ///< all that the stub looks at, met or not
};

/// Finds the stub for a request: the highest priority, then the first. Stubs for other commands cost nothing. Keeps pointers to
/// the stubs, which must stay where they are; const use from any thread.
class StubIndex {
 public:
  explicit StubIndex(const std::vector<Stub>& stubs);

  const Stub* find(const ReceivedRequest& request) const;

  /// True when some stub's condition on `cmd` takes this one: not unknown then, only unmatched.
  bool knows(std::string_view cmd) const;

  /// The stub of this command, or of any, with the fewest unmet fields, the first of them; null if there are no stubs that
  /// could have been meant.
  std::optional<NearestMiss> nearest_miss(const ReceivedRequest& request) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  struct Entry {
    std::size_t rank;  ///< in the order of matching
    const Stub* stub;
  };
  using Entries = std::vector<Entry>;
  template <typename Visit>
  void candidates(std::string_view cmd, Visit visit) const;

  std::unordered_map<std::string, Entries, Hash, std::equal_to<>> by_cmd_;  ///< stubs that name their commands
  Entries any_cmd_;                                                         ///< those that have a pattern, or nothing, for it
};

/// `stub "x" at a.json:2:1: options.n: expected 4, found "5"; ...`: one line with its unmet fields, as an error message has it.
std::string to_string(const NearestMiss& miss, const Scenario& scenario);

}  // namespace procedura::mock
