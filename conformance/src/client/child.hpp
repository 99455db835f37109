#pragma once

#include <procedura/conformance/argv_template.hpp>
#include <procedura/conformance/client_run.hpp>
#include <procedura/protocol/deadlines.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace procedura::conformance {

/// What a program is started with: exactly these words and these variables, nothing on stdin.
struct ChildStart {
  Argv argv;  ///< a program without a slash is looked for in the suite's own PATH
  std::map<std::string, std::string> env;
};

/// How much of a program is put up with.
struct ChildLimits {
  protocol::TimePoint until;                              ///< then it is killed, with all that it started
  std::size_t kept = std::size_t{32} * 1024 * 1024;       ///< of each stream
  std::uint64_t most = std::uint64_t{128} * 1024 * 1024;  ///< of a stream, then it is killed too
  std::chrono::milliseconds last_words{200};              ///< for what is still in the pipes at its end
  const std::atomic<bool>* interrupted = nullptr;         ///< set: it is killed, within 0.1 s
};

/// Starts a program in a process group of its own, reads both of its streams as they come, and waits until it has ended. Blocks
/// no longer than that and a moment, whatever the program does: it may flood, ignore signals, or leave children behind (which
/// are killed, and not waited for).
Child run_child(const ChildStart& start, const ChildLimits& limits);

/// Starts the program and kills it at once. Nothing if that worked; else why not, for people.
std::optional<std::string> why_not_startable(const ChildStart& start);

}  // namespace procedura::conformance
