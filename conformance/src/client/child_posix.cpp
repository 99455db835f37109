#include "child.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace procedura::conformance {
namespace {

using Clock = std::chrono::steady_clock;
using protocol::TimePoint;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_{fd} {}
  Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

 private:
  int fd_;
};

[[noreturn]] void give_up(const char* what, int error) {
  throw std::system_error{error, std::generic_category(), what};
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      give_up("no pipe", errno);
    }
    read = Descriptor{ends[0]};
    write = Descriptor{ends[1]};
    // Ours alone: what the child makes of its end is its own affair.
    ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  }
  Descriptor read;
  Descriptor write;
};

/// What posix_spawn is to do on the way. Its functions fail for want of memory alone.
class Spawning {
 public:
  Spawning() {
    if (::posix_spawn_file_actions_init(&actions_) != 0 || ::posix_spawnattr_init(&attributes_) != 0) {
      throw std::bad_alloc{};
    }
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// 0, or why not.
  int start(pid_t& pid, const ChildStart& what, int out, int err) {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    // The sockets of mocks that other threads have open are not the child's: it would keep connections open.
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

    std::vector<std::string> words = what.argv;
    std::vector<std::string> variables;
    for (const auto& [name, value] : what.env) {
      variables.push_back(name + "=" + value);
    }
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> list;
      for (std::string& text : texts) {
        list.push_back(text.data());
      }
      list.push_back(nullptr);
      return list;
    };
    return ::posix_spawnp(&pid, words.front().c_str(), &actions_, &attributes_, pointers(words).data(),
                          pointers(variables).data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::string why_not(const std::string& program, int error) {
  const std::string hint = error == ENOENT && program.find('/') == std::string::npos ? "; it is not in PATH" : "";
  return program + " cannot be started: " + std::strerror(error) + hint;
}

constexpr std::chrono::milliseconds attention{100};  // to Ctrl-C

int poll_timeout(TimePoint until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count() + 1;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

/// A program that runs.
class Running {
 public:
  Running(pid_t pid, Pipe& out, Pipe& err, const ChildLimits& limits, Child& child)
      : pid_{pid}, limits_{limits}, child_{child}, out_{std::move(out.read)}, err_{std::move(err.read)} {
    exit_ = Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    if (!exit_.open()) {
      const int error = errno;
      kill_group();
      ::waitpid(pid_, nullptr, 0);
      give_up("no descriptor of a process (Linux 5.3 has them)", error);
    }
  }

  void to_its_end() {
    while (!over_) {
      step(limits_.interrupted == nullptr ? limits_.until : std::min<TimePoint>(limits_.until, Clock::now() + attention));
      if (!over_ && limits_.interrupted != nullptr && *limits_.interrupted) {
        kill("the run was interrupted");
      } else if (!over_ && Clock::now() >= limits_.until) {
        kill("still running");
      } else if (!over_ && std::max(child_.out.bytes, child_.err.bytes) > limits_.most) {
        kill("wrote without end");
      }
    }
    kill_group();  // what it left behind; it itself is a zombie still, so that its number is nobody else's
    settle();
    const TimePoint until = Clock::now() + limits_.last_words;
    while ((out_.open() || err_.open()) && Clock::now() < until) {
      step(until);
    }
  }

 private:
  void step(TimePoint until) {
    std::array<pollfd, 3> fds = {pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0},
                                 pollfd{over_ ? -1 : exit_.get(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), poll_timeout(until)) <= 0) {
      return;
    }
    if (fds[0].revents != 0) {
      read(out_, child_.out);
    }
    if (fds[1].revents != 0) {
      read(err_, child_.err);
    }
    if (fds[2].revents != 0) {
      over_ = true;
      child_.ended = Clock::now();
    }
  }

  void read(Descriptor& from, Output& into) {
    const ssize_t size = ::read(from.get(), buffer_.data(), buffer_.size());
    if (size > 0) {
      const auto came = static_cast<std::size_t>(size);
      into.bytes += came;
      into.text.append(buffer_.data(), std::min(came, limits_.kept - std::min(limits_.kept, into.text.size())));
      into.last = Clock::now();
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      from.close();
    }
  }

  void kill(const char* why) {
    child_.end = Child::End::killed;
    child_.why = why;
    kill_group();
    over_ = true;
    child_.ended = Clock::now();
  }

  /// And the program itself, which may have left its group. It has not been waited for, so the number is still its own.
  void kill_group() const {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
  }

  void settle() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (child_.end == Child::End::killed) {
      return;
    }
    child_.end = WIFEXITED(status) ? Child::End::exited : Child::End::signalled;
    child_.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  }

  pid_t pid_;
  const ChildLimits& limits_;
  Child& child_;
  Descriptor out_;
  Descriptor err_;
  Descriptor exit_;
  bool over_ = false;
  std::array<char, 64 * 1024> buffer_{};
};

}  // namespace

Child run_child(const ChildStart& start, const ChildLimits& limits) {
  Child child;
  child.began = child.ended = Clock::now();
  pid_t pid = 0;
  Pipe out;
  Pipe err;
  if (const int error = Spawning{}.start(pid, start, out.write.get(), err.write.get()); error != 0) {
    child.why = why_not(start.argv.front(), error);
    return child;
  }
  out.write.close();
  err.write.close();
  Running{pid, out, err, limits, child}.to_its_end();
  return child;
}

std::optional<std::string> why_not_startable(const ChildStart& start) {
  const Child child = run_child(start, {.until = Clock::now(), .last_words = std::chrono::milliseconds{0}});
  return child.end == Child::End::not_started ? std::optional{child.why} : std::nullopt;
}

}  // namespace procedura::conformance
