#pragma once

#include "trial.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// What all trials together say about the suite. Pure.
namespace procedura::conformance::mutants {

/// How many broken agents (or clients) were caught.
struct Score {
  struct Part {
    std::size_t caught = 0;
    std::size_t all = 0;
  };
  Part must;   ///< those that break a MUST
  Part other;  ///< the rest

  /// Every one that breaks a MUST, and at least 95 of a hundred of the rest.
  bool good() const { return must.caught == must.all && other.caught * 100 >= other.all * 95; }
};

Score score_of(const std::vector<Trial>& trials);

/// For people: a line per clause, the sums, and why those that survived did.
std::string score_table(const std::vector<Trial>& trials);
/// Which checks turned red for which: the named ones, and behind `also` those that went with them.
std::string matrix(const std::vector<Trial>& trials);
/// {"score": ..., "trials": [{name, clause, level, breaks, caught, evidence, faults, checks: {id: outcome}}]}
std::string score_json(const std::vector<Trial>& trials);

}  // namespace procedura::conformance::mutants
