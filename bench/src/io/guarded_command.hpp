#pragma once

#include <sys/types.h>

#include <string>

namespace procedura::bench {

/// Starts a command by /bin/sh in a process group of its own, with nothing on its standard input and `output` as its standard
/// output and error. No descriptor of ours stays open in it, and no signal blocked or ignored.
///
/// The group is led by a guard that does nothing but wait, for the command, whose exit code it passes on (128 and the signal's
/// number, if a signal ended it), and for the end of this process: should it be killed, the guard kills the group.
/// Returns the guard, a child of this process that is to be waited for; throws std::system_error.
pid_t start_guarded(const std::string& command, int output);

}  // namespace procedura::bench
