#pragma once

#include "engine/moment.hpp"
#include "net/alarms.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace procedura::mock::net {

/// The time as the engine is told it, from the machine's clocks.
engine::Moment this_moment();

/// What time moves besides the alarms: the engine.
class Timed {
 public:
  virtual std::optional<TimePoint> due() const = 0;
  virtual void on_due() = 0;
  /// False while output of an earlier moment waits to be handed to the kernel.
  virtual bool settled() const = 0;

 protected:
  ~Timed() = default;
};

/// The server's time: of the machine, or one that stands still until it is moved by hand. One timer for everything. All on the
/// executor it is given.
class Clockwork {
 public:
  using Executor = boost::asio::io_context::executor_type;

  /// Everything given must outlive it.
  Clockwork(Executor executor, Alarms& alarms, Timed& timed, bool manual);
  ~Clockwork();

  TimePoint now() const;
  engine::Moment moment() const;

  /// Looks again at what is due next. To be called after each input to the engine.
  void arm();
  /// Moves a manual clock: everything that becomes due meanwhile is done in order, each at its own time, and what it sends has
  /// been handed to the kernel as far as that takes it, before `done` is called.
  void advance(Duration by, std::function<void()> done);
  /// From now on a manual clock goes by itself: who ends has no hand for it.
  void let_go();

 private:
  struct Advance {
    TimePoint target;
    std::function<void()> done;
  };
  std::optional<TimePoint> next() const;
  void ring();
  void step(const std::shared_ptr<Advance>& advance);

  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  Alarms& alarms_;
  Timed& timed_;
  Timer timer_;
  std::optional<TimePoint> armed_;  // what the timer waits for
  bool posted_ = false;             // what is due on a manual clock has its turn
  bool manual_;
  engine::Moment began_;
  TimePoint stands_at_;              // a manual clock, by its own time
  std::optional<TimePoint> let_go_;  // when that was, by the machine's clock
};

}  // namespace procedura::mock::net
