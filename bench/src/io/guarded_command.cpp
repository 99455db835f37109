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

constexpr int parent_died = SIGUSR1;
constexpr int cannot_run = 126;

[[noreturn]] void become(const char* const* words, int output) {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD}) ::signal(signal, SIG_DFL);
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

[[noreturn]] void guard(const char* const* words, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_PDEATHSIG, parent_died);
  if (::getppid() != parent) ::_exit(cannot_run);  // it was too late to be told

  const pid_t command = ::fork();
  if (command == 0) become(words, output);
  if (command < 0) ::_exit(cannot_run);
  ::close_range(0, ~0U, 0);  // who reads the output is to see the command's end, not ours
  for (;;) {
    const int signal = ::sigwaitinfo(&all, nullptr);
    if (signal == parent_died) ::kill(0, SIGKILL);
    int status = 0;
    if (::waitpid(command, &status, WNOHANG) != command) continue;
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
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
