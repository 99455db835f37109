#pragma once

#include <procedura/mock/verdict.hpp>

namespace procedura::mock {

/// How the program ends, for who looks at nothing else.
enum Exit : int {
  passed = 0,         ///< the expectations are met
  failed = 1,         ///< some are not, or something unexpected happened
  wrong_usage = 2,    ///< a wrong command line or scenario, or a file that cannot be read or written
  cannot_listen = 3,  ///< no address, or no TLS
  broken = 4,         ///< `--strict`: a client broke the protocol
  deadline = 5,       ///< `--deadline` passed before the expectations were met
  bug = 70,           ///< of mock-agent itself
};

/// What became of a run that began.
struct Ended {
  bool bug = false;          ///< something threw that never should
  bool output_lost = false;  ///< the journal or the report could not be written
};

/// Where several hold, the first of 70, 2, 4, 5, 1. (3 ends a run before it begins.)
Exit exit_code(const Ended& ended, const Verdict& verdict);

}  // namespace procedura::mock
