#pragma once

#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/report.hpp>
#include <procedura/conformance/wire.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace procedura::conformance {

struct RunOptions {
  std::vector<std::string> select;  ///< patterns that each match a case; none: all cases
  unsigned jobs = 1;                ///< cases at a time
  std::chrono::milliseconds max_time = std::chrono::seconds{90};
  std::uint64_t seed = 0;
  bool strict = false;
  std::string started;  ///< for the report: UTC, "2026-11-23T15:04:05Z"
  std::string url;      ///< for the report: redacted
  std::string command;  ///< what `--select CASE` is appended to, to run one case again: redacted
  /// Set by somebody else, a signal handler for instance: what is not over is not reached. Null: nobody does.
  const std::atomic<bool>* interrupted = nullptr;
};

/// Each worker has its own, so that none is shared between threads.
using DialerFactory = std::function<std::unique_ptr<Dialer>()>;

/// Told when a case is over, by whichever worker ran it, one at a time: how many are, of how many, and which.
using Progress = std::function<void(std::size_t over, std::size_t all, const CaseSpec& spec)>;

/// Runs the cases against one agent. Whatever the agent does, this returns, at the latest shortly after `max_time`, with a
/// result for every check of every selected case.
RunReport run_suite(const Registry& registry, const Profile& profile, const DialerFactory& dialers, const RunOptions& options,
                    const Progress& progress = {});

}  // namespace procedura::conformance
