#pragma once

#include "scenario/model.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace procedura::mock {

/// A stub that no request can reach.
struct Shadowed {
  std::size_t stub;  ///< index into the stubs
  std::size_t by;    ///< of the one that takes all its requests
};

struct ShadowReport {
  std::vector<Shadowed> shadowed;
  bool complete = true;  ///< false: so many stubs for one command that only the first were compared
};

/// True when every request that `narrow` takes is taken by `wide` too. Only what can be told without guessing: conditions that
/// are the same, or values named one by one that all meet the wider condition.
bool covers(const Match& wide, const Match& narrow);

/// Finds the stubs that can never match, because one before them in the order of matching takes all they could.
/// At most so many pairs are compared; the default takes about a second and is reached by some 2,000 stubs for one command.
ShadowReport find_shadowed(const std::vector<Stub>& stubs, std::size_t most_comparisons = 2'000'000);

}  // namespace procedura::mock
