#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <utility>

namespace procedura::detail {

/// Has `Owner::loop_ended` called when the event loop is destroyed while the owner has work in it.
///
/// What waits for an agent waits in our objects, not in the loop, and may own them: a coroutine that holds agent and stream,
/// say. So it would never be let go of with the loop. A wait without end is kept pending here, which the loop destroys when it
/// goes.
template <class Owner>
class LoopEnd {
 public:
  explicit LoopEnd(const boost::asio::any_io_executor& executor) : timer_{executor} {}

  void watch(std::weak_ptr<Owner> owner) {
    timer_.expires_at(boost::asio::steady_timer::time_point::max());
    timer_.async_wait(Wait{std::move(owner)});
  }
  void cancel() { timer_.cancel(); }

 private:
  struct Wait {
    explicit Wait(std::weak_ptr<Owner> of) : owner{std::move(of)} {}
    Wait(Wait&&) noexcept = default;
    Wait& operator=(Wait&&) noexcept = default;
    ~Wait() {
      if (const auto lives = owner.lock()) lives->loop_ended();
    }
    void operator()(boost::system::error_code /*cancelled*/) { owner.reset(); }
    std::weak_ptr<Owner> owner;
  };
  boost::asio::steady_timer timer_;
};

}  // namespace procedura::detail
