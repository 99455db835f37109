#pragma once

#include "scenario/match.hpp"

namespace procedura::mock {

/// False when no field could ever meet the condition. Only what can be told without guessing: values named one by one, bounds,
/// and what a number is written with.
bool could_match(const Condition& condition);

/// The same for a field that is always there and counts from 1: the ordinal of a connection or an instance.
bool could_match_ordinal(const Condition& condition);

}  // namespace procedura::mock
