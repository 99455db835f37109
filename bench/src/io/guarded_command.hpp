#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>

namespace procedura::bench {

/// Starts a command by /bin/sh in a process group of its own, with nothing on its standard input and `output` as its standard
/// output and error. No descriptor of ours stays open in it, and no signal blocked or ignored.
///
/// The group is led by a guard that does nothing but wait, for the command, whose exit code it passes on (128 and the signal's
/// number, if a signal ended it), and for the end of this process. What the command has started is the guard's when its own
/// parent ends, also outside of the group (a daemon): the guard passes SIGTERM on to it, and kills all that is left when the
/// command ends, when this process does, and when it gets `end_command_now`.
/// Returns the guard, a child of this process that is to be waited for; throws std::system_error.
pid_t start_guarded(const std::string& command, int output);

inline constexpr int end_command_now = SIGUSR1;

}  // namespace procedura::bench
