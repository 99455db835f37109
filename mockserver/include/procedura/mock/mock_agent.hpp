#pragma once

#include <procedura/mock/journal_entry.hpp>
#include <procedura/mock/mock_error.hpp>
#include <procedura/mock/request_match.hpp>
#include <procedura/mock/stub.hpp>
#include <procedura/mock/verdict.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

/// An agent in your process, made of a scenario: the engine that the program `mock-agent` runs, on a thread of its own.
///
///     using namespace procedura::mock::script;
///     procedura::mock::MockAgent agent;
///     agent.stub("worldstate_snapshot").reply(ack(), finished({{"entities", json::object()}}));
///     agent.expect("looked once").request("worldstate_snapshot").count(1);
///     connect(agent.url());
///     ...
///     EXPECT_TRUE(agent.stop().met());
///
/// It listens when the constructor returns. All members may be called from any thread, but for the destructor and moves, and
/// none from within `Options::log` or `Options::environment`.
class MockAgent {
 public:
  /// What moves the mock's time: delays, lifetimes of sessions, limits.
  enum class Clock {
    real,
    manual,  ///< nothing but `advance`: a wait of ten minutes takes none
  };

  /// The limits of its server are in the scenario that it is made with (`limits`).
  struct Options {
    std::string host = "127.0.0.1";            ///< the address to listen on
    std::uint16_t port = 0;                    ///< 0: any free one
    Clock clock = Clock::real;                 ///< what moves the mock's time
    double time_scale = 1;                     ///< of the scenario's delays and latencies; 0: none at all
    std::optional<std::uint64_t> seed;         ///< instead of the scenario's
    double chaos = 0;                          ///< how often a frame of a reply gets a fault, from 0 to 1
    bool strict = false;                       ///< a client that breaks the protocol fails the run
    std::vector<std::string> allowed_origins;  ///< of web pages that may connect, besides those of this machine (CON-11)
    std::size_t journal_entries = 16'384;      ///< that are kept
    std::size_t journal_bytes = std::size_t{16} * 1024 * 1024;  ///< of frames, that are kept
    std::size_t max_partitions = 1000;                          ///< an upgrade into one more is refused
    /// Takes lines for people, on the mock's thread or on the one that loads a scenario; default: nowhere.
    std::function<void(std::string_view)> log;
    /// Where `${env:NAME}` of a scenario looks; default: nowhere.
    std::function<std::optional<std::string>(std::string_view name)> environment;
  };

  /// Knows no module until it is told of some: see `stub`. Throws `MockError`.
  MockAgent() : MockAgent{Options{}} {}
  /// @overload
  explicit MockAgent(Options options);
  /// Takes a scenario's JSON text. Throws `MockError`.
  explicit MockAgent(std::string_view scenario) : MockAgent{scenario, Options{}} {}
  /// @overload
  MockAgent(std::string_view scenario, Options options);
  /// Takes scenario files, in the order in which `mock-agent --script` would be given them. Throws `MockError`.
  static MockAgent from_files(const std::vector<std::string>& paths) { return from_files(paths, Options{}); }
  /// @overload
  static MockAgent from_files(const std::vector<std::string>& paths, Options options);

  MockAgent(MockAgent&&) noexcept;
  MockAgent& operator=(MockAgent&&) noexcept;
  /// As `stop`.
  ~MockAgent();

  /// `ws://127.0.0.1:41873`
  const std::string& url() const noexcept;
  /// Of one of the worlds that it serves side by side: `ws://127.0.0.1:41873/p/NAME`. A name has 1 to 64 of the characters
  /// A-Z a-z 0-9 . _ -
  std::string url_of(std::string_view partition) const;
  std::uint16_t port() const noexcept;  ///< that it listens on
  /// Of everything random, as it was given or as the scenario says: what repeats a run.
  std::uint64_t seed() const;

  // --- what it answers. Each of these loads the whole scenario anew, as if a text was added by one more `--script`: what is
  // written later is matched first, and takes the place of what has the same name. No connection is dropped, and replies that
  // have begun go on as they began. Throws `MockError` with all that is wrong, and then nothing has changed.

  /// Begins a stub for a command; its last word is `reply` or `sequence`.
  ///
  ///     agent.stub("place_ooi_sprites").mode(Mode::async).option("n", "4").reply(accept(), finished({{"placed", 4}}));
  script::StubBuilder stub(const script::Condition& cmd, const std::source_location& where = std::source_location::current());
  /// Begins an expectation; its last word is `count`, `at_least`, `at_most`, `never`, `order`, `closed_with` or `unique_ids`.
  script::ExpectationBuilder expect(std::string_view name, const std::source_location& where = std::source_location::current());
  /// Adds a whole scenario text, with settings, stubs and expectations.
  void add_script(std::string_view scenario, const std::source_location& where = std::source_location::current());
  /// This scenario from now on, instead of all that was given or written before.
  void adopt(std::string_view scenario);

  // --- what it does unasked

  /// Sends a frame to one connection, by its ordinal over the whole mock; as it is, JSON or not. False: it is not open.
  bool emit(std::uint64_t connection, const script::JsonText& frame);
  /// @overload
  bool emit(std::uint64_t connection, const nlohmann::ordered_json& frame);
  /// Sends a frame to every open connection of a partition, and returns to how many.
  std::size_t emit_to_all(const script::JsonText& frame, std::string_view partition = "default");
  /// @overload
  std::size_t emit_to_all(const nlohmann::ordered_json& frame, std::string_view partition = "default");
  /// Closes a connection. False: it is not open.
  bool drop(std::uint64_t connection, std::uint16_t code = 1000);
  /// Ends the connections of a partition with 1001, unjudged, and forgets its sessions, state, counts and verdict. False: there
  /// is none of that name.
  bool reset(std::string_view partition = "default");

  // --- time

  /// Moves a manual clock. What becomes due meanwhile is done in order, each at its own time, and has been handed to the system
  /// when this returns. A request that is still on its way does not count as there: wait for it first, see `wait_for_request`.
  /// Throws `MockError` if the clock is not manual, or would go back.
  void advance(std::chrono::nanoseconds by);

  // --- what it saw

  /// The last events, redacted (AUT-7): how many, see `Options`. `JournalEntry::seq` has gaps at the beginning if some were
  /// dropped.
  std::vector<JournalEntry> journal() const { return journal(JournalFilter{}); }
  /// Those of the last events that pass the filter.
  std::vector<JournalEntry> journal(const JournalFilter& filter) const;

  /// Waits, without polling, until `satisfied` is true of the entries of the journal that pass the filter, the new ones behind
  /// those of its last call; it is called on this thread, after events. False: it was not in time, or the mock has been
  /// stopped.
  bool wait_until(const std::function<bool(const std::vector<JournalEntry>&)>& satisfied,
                  std::chrono::nanoseconds timeout = std::chrono::seconds{10}, const JournalFilter& filter = {}) const;
  /// Waits for so many such requests since the mock began, and returns the last of them; see `RequestSearch`.
  ///
  ///     ASSERT_TRUE(agent.wait_for_request(request("job").option("n", 4)));
  std::optional<JournalEntry> wait_for_request(const script::Request& wanted, std::size_t times = 1,
                                               std::chrono::nanoseconds timeout = std::chrono::seconds{10}) const;

  /// Waits until no connection is open. False: some still are.
  bool wait_until_closed(std::chrono::nanoseconds timeout = std::chrono::seconds{10}) const;

  /// The verdict so far, of every partition that was used.
  Verdict verdict() const;
  /// Of one partition. Nothing if there is none of that name.
  std::optional<Verdict> verdict(std::string_view partition) const;
  /// Closes every connection with 1001, ends the thread and judges. Called again, it gives the same verdict.
  Verdict stop();

 private:
  class Impl;
  explicit MockAgent(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::mock
