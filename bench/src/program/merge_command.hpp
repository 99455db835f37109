#pragma once

#include "program/command.hpp"

namespace procedura::bench {

/// `merge`: puts the reports of shards together to that of the whole run.
Command merge_command();

}  // namespace procedura::bench
