#pragma once

#include <procedura/conformance/tap/record.hpp>
#include <procedura/conformance/tap/sabotage.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace procedura::conformance {

/// Stands between a client and an agent: listens on a free port of 127.0.0.1, connects each client to the agent's port, passes
/// everything on, and writes down every head, frame and end of both directions, with its time. With a sabotage it alters what
/// passes. TLS goes through as bytes. Of more than 64 connections at the same time the rest is reset, and written down.
///
///     Tap tap{agent.port()};
///     ... a client connects to tap.url() ...
///     for (const tap::Record& record : tap.records()) ...
///
/// It listens when the constructor returns (which throws std::system_error if it cannot), on a thread of its own. Its members
/// may be called from any thread.
class Tap {
 public:
  explicit Tap(std::uint16_t agent_port, tap::Sabotage sabotage = {});
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap();

  std::uint16_t port() const;
  std::string url() const;  ///< "ws://127.0.0.1:PORT"

  /// All that was seen so far.
  std::vector<tap::Record> records() const;
  /// What the sabotage did so far: the journal that proves it.
  std::vector<std::string> fired() const;
  /// Waits until `satisfied` is true of the records. It is called on this thread, after each new record. False: it was not in
  /// time.
  bool wait_until(const std::function<bool(const std::vector<tap::Record>&)>& satisfied,
                  std::chrono::milliseconds timeout = std::chrono::seconds{10}) const;
  /// Resets every connection and ends the thread. Called again, it does nothing; the destructor does the same.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::conformance
