#include "io/machine.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace procedura::bench {
namespace {

/// The value of the first line that begins with `name`, as /proc has them: "name : value". Empty: there is none.
std::string value_of(const char* file, std::string_view name) {
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name, 0) != 0) continue;
    const std::size_t colon = line.find(':');
    const std::size_t value = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? std::string{} : protocol::printable(line.substr(value));
  }
  return {};
}

std::string processor_and_kernel() {
  std::string processor = value_of("/proc/cpuinfo", "model name");
  utsname kernel{};
  if (uname(&kernel) != 0) return processor;
  return fmt::format("{}{}{} {} {}", processor, processor.empty() ? "" : ", ", kernel.sysname, kernel.release, kernel.machine);
}

}  // namespace

Surroundings surroundings() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return {fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)), PROCEDURA_VERSION, std::thread::hardware_concurrency(),
          processor_and_kernel(), value_of("/proc/self/status", "Cpus_allowed_list")};
}

void raise_file_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace procedura::bench
