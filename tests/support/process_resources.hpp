#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace procedura::testing {

/// What this process holds of the system, read from /proc/self.
struct Resources {
  std::size_t threads = 0;
  std::size_t descriptors = 0;

  static Resources now() { return {count("/proc/self/task"), count("/proc/self/fd")}; }

  /// Waits until no more is held than before. A thread that has been joined, or a socket whose close handshake ends by itself,
  /// may be seen for a moment longer. False: something was left behind.
  static bool back_to(const Resources& before, std::chrono::milliseconds patience = std::chrono::seconds{10}) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
      const Resources held = now();
      if (held.threads <= before.threads && held.descriptors <= before.descriptors) return true;
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

 private:
  static std::size_t count(const char* folder) {
    std::size_t entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) entries += entry.path().empty() ? 0U : 1U;
    return entries;
  }
};

/// Bytes of memory that are resident now; nothing under a sanitizer, which keeps what was freed.
inline std::size_t resident_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  std::ifstream statm{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#endif
}

}  // namespace procedura::testing
