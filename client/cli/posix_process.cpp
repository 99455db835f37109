#include "posix_process.hpp"

#include "private_file.hpp"
#include "status_line.hpp"

#include <procedura/protocol/redaction.hpp>

#include <sys/file.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <limits.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace procedura::cli {
namespace {

constexpr std::size_t longest_line = std::size_t{64} * 1024;  // of a credential on stdin
constexpr std::size_t longest_file = std::size_t{1024} * 1024;

std::string error_text(int error) {
  return std::generic_category().message(error);
}

// Byte by byte, so that what follows the line stays for whoever reads stdin next.
std::optional<std::string> line_from_stdin() {
  std::string line;
  for (char byte = 0; line.size() < longest_line;) {
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0) return std::nullopt;  // also when a signal came
    if (got == 0) {
      if (line.empty()) return std::nullopt;
      break;
    }
    if (byte == '\n') break;
    line += byte;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

volatile std::sig_atomic_t caught = 0;

extern "C" void note_signal(int signal) {
  caught = signal;
}

volatile std::sig_atomic_t line_drawn = 0;

// Only what may be called in a signal handler. The next draw, after SIGCONT, brings the line back.
extern "C" void erase_and_stop(int) {
  const int error = errno;
  if (line_drawn != 0 && ::write(STDERR_FILENO, erase_line.data(), erase_line.size()) < 0) errno = error;
  line_drawn = 0;
  ::raise(SIGSTOP);
  errno = error;
}

// Echo comes back however the reading ends: signals that would end the process only end the reading.
class HiddenTyping {
 public:
  HiddenTyping() {
    struct sigaction handler {};
    handler.sa_handler = note_signal;  // without SA_RESTART: read() returns
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : signals) sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_);  // until `wait`: one that came just before it would be slept through
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &handler, &before_[i]);
    if (::tcgetattr(STDIN_FILENO, &settings_) != 0) return;
    termios hidden = settings_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    hidden_ = true;
  }
  ~HiddenTyping() {
    // Half a password that was typed before a signal must not come to light as the shell's next input.
    if (hidden_) ::tcsetattr(STDIN_FILENO, caught != 0 ? TCSAFLUSH : TCSANOW, &settings_);
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;

  /// True when there is a line, or the end of input; false when a signal came.
  bool wait() const {
    pollfd typed{STDIN_FILENO, POLLIN, 0};
    return ::ppoll(&typed, 1, nullptr, &mask_) > 0;
  }

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGTSTP};
  std::array<struct sigaction, signals.size()> before_{};
  sigset_t mask_{};
  termios settings_{};
  bool hidden_ = false;
};

// Held by whoever is about to replace the file beside it. The lock file stays: removing it would let two hold the lock at once.
class FileLock {
 public:
  explicit FileLock(const std::string& path) : file_{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)} {
    if (file_ < 0) {
      problem_ = "cannot write " + protocol::printable(path) + ": " + error_text(errno);
      return;
    }
    // Not for ever: whoever holds it may be stopped.
    const timespec pause{0, 10'000'000};
    for (int tries = 1000; ::flock(file_, LOCK_EX | LOCK_NB) != 0;) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) problem_ = "cannot lock " + protocol::printable(path) + ": " + error_text(errno);
      if (--tries == 0) problem_ = "another process has held " + protocol::printable(path) + " for 10 s: end it, or try again";
      if (!problem_.empty()) return;
      ::nanosleep(&pause, nullptr);
    }
  }
  ~FileLock() {
    if (file_ >= 0) ::close(file_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  const std::string& problem() const noexcept { return problem_; }

 private:
  int file_;
  std::string problem_;
};

}  // namespace

bool FileOutput::write(std::string_view text) {
  while (!text.empty()) {
    // In pieces that a pipe takes whole or not at all: a signal that finds us blocked then always shows as EINTR, and Ctrl-C
    // works although the reader does not.
    const ssize_t written = ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    error_ = errno;
    if (error_ != EAGAIN) return false;
    // A terminal or pipe that somebody else made non-blocking: wait for room rather than lose output.
    pollfd room{descriptor_, POLLOUT, 0};
    if (::poll(&room, 1, -1) < 0) {
      error_ = errno;
      return false;
    }
  }
  return true;
}

bool FileOutput::interrupted() const {
  return error_ == EINTR;
}

std::string FileOutput::trouble() const {
  return error_ == EPIPE ? "its reader has gone" : error_text(error_);
}

bool FileOutput::is_terminal() const {
  return ::isatty(descriptor_) == 1;
}

bool FileOutput::reader_gone() const {
  if (error_ == EPIPE) return true;
  pollfd state{descriptor_, 0, 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & POLLERR) != 0;
}

bool FileOutput::in_foreground() const {
  const pid_t owner = ::tcgetpgrp(descriptor_);
  return owner < 0 || owner == ::getpgrp();  // negative: not our controlling terminal, so there are no jobs on it
}

std::size_t FileOutput::width() const {
  winsize size{};
  return ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::optional<std::string> StandardInput::read_line() {
  return line_from_stdin();
}

std::optional<std::string> StandardInput::read_hidden_line(const std::function<void()>& ask) {
  for (;;) {
    std::optional<std::string> line;
    caught = 0;
    {
      const HiddenTyping hidden;
      ask();
      if (hidden.wait()) line = line_from_stdin();
    }
    // What was typed so far is gone: it was never shown, so nobody could know where to go on.
    if (caught == 0) return line;
    if (caught == SIGINT) return std::nullopt;
    ::raise(caught);  // it now does what it does: with Ctrl-Z we go on later, and ask anew
  }
}

bool StandardInput::is_terminal() const {
  return ::isatty(STDIN_FILENO) == 1;
}

std::optional<std::string> DiskFiles::read(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  std::string text;
  int error = file < 0 ? errno : 0;
  std::array<char, 4096> chunk{};
  while (error == 0) {
    const ssize_t got = ::read(file, chunk.data(), chunk.size());
    if (got < 0) error = errno;
    if (got <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > longest_file) error = EFBIG;
  }
  if (file >= 0) ::close(file);
  if (error != 0) throw UsageError("cannot read " + protocol::printable(path) + ": " + error_text(error));
  return text;
}

Result<void> DiskFiles::edit(const std::string& path,
                             const std::function<std::string(const std::optional<std::string>&)>& change) {
  if (auto made = detail::make_private_folder(std::filesystem::path{path}.parent_path()); !made) return made;
  const FileLock lock{path + ".lock"};
  if (!lock.problem().empty()) return Failure::of(errc::invalid_request, lock.problem());
  return detail::write_private_file(path, change(read(path)));
}

Variables process_variables() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string{name}.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

void secure_standard_streams() {
  // Opened the wrong way round: writing to a closed stdout still fails, as it should.
  for (const auto& [descriptor, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}})
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", mode);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is an error of the write, and must not end a request
}

SuspendGuard::SuspendGuard() {
  if (is_ignored(SIGTSTP)) return;
  struct sigaction handler {};
  handler.sa_handler = erase_and_stop;
  handler.sa_flags = SA_RESTART;  // a write to a slow reader goes on afterwards
  ::sigaction(SIGTSTP, &handler, nullptr);
}

SuspendGuard::~SuspendGuard() {
  if (!is_ignored(SIGTSTP)) std::signal(SIGTSTP, SIG_DFL);
}

void SuspendGuard::line_is_drawn(bool drawn) {
  line_drawn = drawn ? 1 : 0;
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

void blot_out(char** argv, std::span<const std::size_t> places) {
  for (const std::size_t place : places) {
    char* word = argv[place];
    const std::size_t size = std::strlen(word);
    std::memset(word, 0, size);
    if (size > 0) word[0] = '*';
  }
}

}  // namespace procedura::cli
