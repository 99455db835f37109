#pragma once

#include "engine/moment.hpp"

#include <procedura/mock/verdict.hpp>

#include <span>
#include <string>
#include <utility>

namespace procedura::mock::engine {

struct JunitRun {
  std::string name;    ///< of the suites' class: the scenario's
  Duration took{};     ///< the whole run
  std::string repeat;  ///< the line that repeats it
};

/// Verdicts by partition as JUnit XML, in the shape that GitHub's and GitLab's reports read: a suite per partition; a case per
/// expectation, with its place in the scenario; and one for everything else that can fail a run. What XML forbids shows as an
/// escape. Texts are redacted already.
std::string junit_xml(std::span<const std::pair<std::string, Verdict>> partitions, const JunitRun& run);

}  // namespace procedura::mock::engine
