#pragma once

#include "measure/units.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace procedura::bench {

/// How much of a CPU the calling thread has used since it began, in user and kernel mode, to the nanosecond.
Nanos thread_cpu_time() noexcept;

/// The same of all threads of a process, without its children. A process that ended and was not waited for yet keeps its
/// figure. Nothing: there is none.
std::optional<Nanos> process_cpu_time(pid_t process) noexcept;

/// How often the calling thread had to leave the CPU to another although it had work to do.
std::uint64_t thread_preemptions() noexcept;

/// The CPU time of this machine since it began, in the kernel's ticks.
struct MachineCpu {
  std::uint64_t total = 0;   ///< of all CPUs, idle or not
  std::uint64_t stolen = 0;  ///< that its host gave to other machines

  /// The first line of /proc/stat. Nothing: it is none, or one of a kernel that does not count what is stolen.
  static std::optional<MachineCpu> parse(std::string_view proc_stat);
  /// Of now. Nothing: there is no /proc/stat to be read.
  static std::optional<MachineCpu> now();
};

/// The share of the machine's time between the two that was stolen, 0 to 1. Nothing: less time has passed than the ticks can
/// tell, which is half a second of one CPU.
std::optional<double> stolen_share(const MachineCpu& from, const MachineCpu& to) noexcept;

}  // namespace procedura::bench
