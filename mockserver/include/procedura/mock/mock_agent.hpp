#pragma once

#include <procedura/mock/journal_entry.hpp>
#include <procedura/mock/verdict.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

/// Why a `MockAgent` could not be made.
class MockError : public std::runtime_error {
 public:
  enum class Kind {
    scenario,  ///< its text has mistakes: `what()` lists all of them, each with `file:line:col`
    listen,    ///< its address cannot be had
  };
  MockError(Kind kind, const std::string& what) : std::runtime_error{what}, kind_{kind} {}
  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// An agent in your process, made of a scenario: the engine that the program `mock-agent` runs, on a thread of its own.
///
///     procedura::mock::MockAgent agent{R"({"version":1,"stubs":[
///         {"name":"snapshot","match":{"cmd":"worldstate_snapshot"},"reply":[{"finished":{"entities":{}}}]}]})"};
///     connect(agent.url());
///     ...
///     assert(agent.stop().met());
///
/// It listens when the constructor returns. All members may be called from any thread, but for the destructor, and none from
/// within `Options::log`.
class MockAgent {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                     ///< 0: any free one
    double time_scale = 1;                      ///< of the scenario's delays; 0: none at all
    std::optional<std::uint64_t> seed;          ///< instead of the scenario's
    std::vector<std::string> allowed_origins;   ///< of web pages that may connect, besides those of this machine (CON-11)
    std::function<void(std::string_view)> log;  ///< takes lines for people, on the mock's thread; default: nowhere
  };

  /// Takes a scenario's JSON text. Throws `MockError`.
  explicit MockAgent(std::string_view scenario) : MockAgent{scenario, Options{}} {}
  MockAgent(std::string_view scenario, Options options);
  /// Takes scenario files, in the order in which `mock-agent --script` would be given them. Throws `MockError`.
  static MockAgent from_files(const std::vector<std::string>& paths) { return from_files(paths, Options{}); }
  static MockAgent from_files(const std::vector<std::string>& paths, Options options);

  MockAgent(MockAgent&&) noexcept;
  MockAgent& operator=(MockAgent&&) noexcept;
  /// As `stop`.
  ~MockAgent();

  /// `ws://127.0.0.1:41873`
  const std::string& url() const noexcept;
  std::uint16_t port() const noexcept;

  /// The verdict so far.
  Verdict verdict() const;
  /// The last events, at most 16,384, redacted (AUT-7).
  std::vector<JournalEntry> journal() const;
  /// Closes every connection with 1001, ends the thread and judges. Called again, it gives the same verdict.
  Verdict stop();

 private:
  class Impl;
  explicit MockAgent(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::mock
