#pragma once

#include "measure/units.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace procedura::bench {

/// Why a command is no agent.
struct AgentTrouble {
  std::string message;     ///< for people, one line, printable
  std::string last_words;  ///< the end of what it wrote to standard output and error; untrusted; may be empty
};

/// A command that is an agent as long as this lives.
///
/// It runs by /bin/sh in a process group of its own, with nothing on its standard input. It and all that it started are ended
/// with this (SIGTERM, and SIGKILL for what is there a second later), and also when this process is killed. Not thread-safe.
class AgentProcess {
 public:
  /// Starts `command` with each `{port}` replaced by a free port, and waits until something accepts connections there. Blocks
  /// no longer than `within`. `interrupted` is asked every few milliseconds: true ends the wait.
  static std::variant<AgentProcess, AgentTrouble> start(const std::string& command, Nanos within,
                                                        const std::function<bool()>& interrupted);
  AgentProcess(AgentProcess&&) noexcept;
  AgentProcess& operator=(AgentProcess&&) noexcept;
  ~AgentProcess();

  std::string url() const;  ///< ws://127.0.0.1:PORT
  /// The CPU time that it and all that it started have used, in user and kernel mode. Of processes that have ended: nothing.
  Nanos cpu_time() const;
  /// What there is to say of a failure: whether it still runs, and its last words. `message` is empty while it runs. Blocks no
  /// longer than `patience` for its end: connections break a moment before.
  AgentTrouble trouble(Nanos patience = Nanos{0}) const;

 private:
  struct Impl;
  explicit AgentProcess(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::bench
