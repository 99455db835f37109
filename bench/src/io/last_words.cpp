#include "io/last_words.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace procedura::bench {

LastWords::~LastWords() {
  if (thread_.joinable()) {
    ::close(stop_[1]);  // which its reader sees
    thread_.join();
    ::close(stop_[0]);
  }
  if (pipe_ >= 0) ::close(pipe_);
}

void LastWords::read_from(int pipe) {
  pipe_ = pipe;
  ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
  if (::pipe2(stop_.data(), O_CLOEXEC) != 0) throw std::system_error{errno, std::generic_category(), "no pipe"};
  thread_ = std::thread{[this] { read(); }};
}

void LastWords::read() {
  std::array<char, most> buffer{};
  for (;;) {
    std::array<pollfd, 2> waiting{pollfd{pipe_, POLLIN, 0}, pollfd{stop_[0], POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) break;
    if (waiting[1].revents != 0) break;
    const ssize_t size = ::read(pipe_, buffer.data(), buffer.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) break;
    const std::lock_guard lock{mutex_};
    text_.append(buffer.data(), static_cast<std::size_t>(size));
    if (text_.size() > most) text_.erase(0, text_.size() - most);
  }
  const std::lock_guard lock{mutex_};
  is_over_ = true;
  over_.notify_all();
}

void LastWords::wait_for_the_end(std::chrono::milliseconds at_most) {
  std::unique_lock lock{mutex_};
  over_.wait_for(lock, at_most, [this] { return is_over_; });
}

std::string LastWords::text() const {
  const std::lock_guard lock{mutex_};
  return text_;
}

}  // namespace procedura::bench
