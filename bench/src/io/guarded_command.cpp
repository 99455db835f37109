#include "io/guarded_command.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace procedura::bench {
namespace {

// What runs between fork and exec makes system calls and nothing else: another thread may have held a lock.

constexpr int cannot_run = 126;

[[noreturn]] void become(const char* const* words, int output) {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD, SIGXFSZ}) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0) {
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execv(words[0], const_cast<char* const*>(words));
  }
  ::_exit(cannot_run);
}

/// Sends a signal to each child of this process, or to those alone that have left its group. Returns how many it found; those
/// that come while it looks are found the next time.
int signal_children(int signal, bool only_those_that_left) {
  std::array<char, 4096> numbers{};
  const int file = ::open("/proc/thread-self/children", O_RDONLY);
  const ssize_t size = ::read(file, numbers.data(), numbers.size());
  ::close(file);
  int found = 0;
  pid_t child = 0;
  for (ssize_t i = 0; i < size; ++i) {
    const char digit = numbers[static_cast<std::size_t>(i)];
    if (digit >= '0' && digit <= '9') {
      child = child * 10 + (digit - '0');
      continue;
    }
    if (child > 0 && !(only_those_that_left && ::getpgid(child) == ::getpgrp())) ::kill(child, signal);
    if (child > 0) ++found;
    child = 0;  // a number that was cut off at the end is not used: it would be another's
  }
  return found;
}

// Orphans come to the guard, so that at last all that the command started is its child, whatever group it is in.
void kill_all_children() {
  while (signal_children(SIGKILL, false) > 0) ::waitpid(-1, nullptr, 0);
}

[[noreturn]] void guard(const char* const* words, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, end_command_now);
  if (::getppid() != parent) ::_exit(cannot_run);  // it was too late to be told

  const pid_t command = ::fork();
  if (command == 0) become(words, output);
  if (command < 0) ::_exit(cannot_run);
  ::close_range(0, ~0U, 0);  // who reads the output is to see the command's end, not ours
  for (;;) {
    const int signal = ::sigwaitinfo(&all, nullptr);
    if (signal == SIGTERM) signal_children(SIGTERM, true);  // the others have had it
    if (signal == end_command_now) {
      kill_all_children();
      ::kill(0, SIGKILL);
    }
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != command) continue;
      kill_all_children();
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
  }
}

}  // namespace

pid_t start_guarded(const std::string& command, int output) {
  const std::array<const char*, 4> words{"/bin/sh", "-c", command.c_str(), nullptr};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) guard(words.data(), output, parent);
  if (pid < 0) throw std::system_error{errno, std::generic_category(), "no process"};
  ::setpgid(pid, pid);  // whichever of the two is first
  return pid;
}

}  // namespace procedura::bench
