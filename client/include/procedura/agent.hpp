#pragma once

#include <procedura/error.hpp>
#include <procedura/event.hpp>
#include <procedura/options.hpp>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace procedura {

/// Where an `EventStream` gets its events: an agent, or a test.
class EventSource {
 public:
  virtual ~EventSource() = default;
  /// Waits for the next event; nothing at the end. Throws `Error` when the stream fails.
  virtual std::optional<Event> next() = 0;
};

/// The events of one async request, to be looped over once: `started`, any number of `running`, `finished`. Throws `Error` from
/// the loop when the stream fails, also with the agent's `error` frame. Destroying it abandons the stream.
class EventStream {
 public:
  /// `source`: not null.
  explicit EventStream(std::unique_ptr<EventSource> source) : source_{std::move(source)} {}
  /// From a list, for tests.
  static EventStream of(std::vector<Event> events);

  /// Waits for the next event; nothing at the end. Throws `Error` when the stream fails.
  std::optional<Event> next() { return source_->next(); }

  /// An input iterator: each step waits for the next event.
  class Iterator {
   public:
    /// @cond as every input iterator has them
    using iterator_category = std::input_iterator_tag;
    using value_type = Event;
    using difference_type = std::ptrdiff_t;
    using pointer = const Event*;
    using reference = const Event&;

    reference operator*() const { return *event_; }
    pointer operator->() const { return &*event_; }
    Iterator& operator++() {
      event_ = source_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.event_; }
    /// @endcond

   private:
    friend class EventStream;
    explicit Iterator(EventSource& source) : source_{&source}, event_{source.next()} {}
    EventSource* source_;
    std::optional<Event> event_;
  };

  /// Waits for the first event. Call it once.
  Iterator begin() { return Iterator{*source_}; }
  /// Where the loop ends.
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::unique_ptr<EventSource> source_;
};

/// A world state, and what is odd about it.
struct Snapshot {
  RunResult result;  ///< of the module, as it came
  /// EMPTY_WORLD: `entities` is there and empty, which means that the world is not initialised; else empty.
  std::string warning;
};

/// The blocking interface, so that code which uses an agent can be tested with a double: implement the three `do_` functions.
/// Failures are thrown as `Error`.
class Agent {
 public:
  virtual ~Agent() = default;

  /// Runs a module and waits for its result. Throws `Error`, also for the agent's `error` frame.
  RunResult run(const std::string& module, const std::vector<std::string>& args = {}, const CallOptions& options = {}) {
    return do_run(module, args, options);
  }
  /// Returns when the job has begun.
  EventStream stream(const std::string& module, const std::vector<std::string>& args = {}, const CallOptions& options = {}) {
    return do_stream(module, args, options);
  }
  /// `credential` as in LOG-1: `email:password`, or its base64, with or without `b64:`.
  LoginResult login_password(const std::string& credential, const LoginOptions& options = {}) {
    return do_login(credential, options);
  }
  /// Runs `worldstate_snapshot`, with `--terse` if asked to, and looks whether there is a world.
  Snapshot worldstate_snapshot(bool terse = false, const CallOptions& options = {});

 protected:
  Agent() = default;
  Agent(const Agent&) = default;
  Agent& operator=(const Agent&) = default;

 private:
  virtual RunResult do_run(const std::string& module, const std::vector<std::string>& args, const CallOptions& options) = 0;
  virtual EventStream do_stream(const std::string& module, const std::vector<std::string>& args,
                                const CallOptions& options) = 0;
  virtual LoginResult do_login(const std::string& credential, const LoginOptions& options) = 0;
};

}  // namespace procedura
