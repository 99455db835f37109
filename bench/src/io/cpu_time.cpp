#include "io/cpu_time.hpp"

#include <sys/resource.h>

#include <charconv>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace procedura::bench {
namespace {

Nanos from_timespec(const timespec& time) noexcept {
  return std::chrono::seconds{time.tv_sec} + Nanos{time.tv_nsec};
}

// A tick is 10 ms, and what is one more or less is chance: of so many it is 2 % at the most.
constexpr std::uint64_t least_ticks = 50;

std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return numbers;
    text.remove_prefix(begin);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return numbers;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
}

}  // namespace

Nanos thread_cpu_time() noexcept {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return from_timespec(time);
}

std::optional<Nanos> process_cpu_time(pid_t process) noexcept {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return std::nullopt;
  return from_timespec(time);
}

std::uint64_t thread_preemptions() noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nivcsw);
}

std::optional<MachineCpu> MachineCpu::parse(std::string_view proc_stat) {
  constexpr std::string_view name = "cpu ";
  if (proc_stat.substr(0, name.size()) != name) return std::nullopt;
  const auto line = proc_stat.substr(name.size(), proc_stat.find('\n') - name.size());
  const auto ticks = numbers_in(line);
  // user, nice, system, idle, iowait, irq, softirq, steal; the guests' that follow are in user and nice already.
  constexpr std::size_t counted = 8;
  if (ticks.size() < counted) return std::nullopt;
  MachineCpu cpu;
  for (std::size_t i = 0; i < counted; ++i) cpu.total += ticks[i];
  cpu.stolen = ticks[counted - 1];
  return cpu;
}

std::optional<MachineCpu> MachineCpu::now() {
  std::ifstream file{"/proc/stat"};
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return parse(line);
}

std::optional<double> stolen_share(const MachineCpu& from, const MachineCpu& to) noexcept {
  if (to.total < from.total + least_ticks || to.stolen < from.stolen) return std::nullopt;
  return static_cast<double>(to.stolen - from.stolen) / static_cast<double>(to.total - from.total);
}

}  // namespace procedura::bench
