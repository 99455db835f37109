#pragma once

#include <procedura/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <utility>

namespace procedura::detail {

/// A completion handler that waits: keeps its executor busy until it is called, once. It is called from a fresh turn of `home`,
/// never from within the agent's strand, which users' code must not hold up.
template <class T>
class Completer {
 public:
  using Handler = boost::asio::any_completion_handler<void(Result<T>)>;

  Completer() = default;
  Completer(Handler handler, boost::asio::any_io_executor home)
      : handler_{std::move(handler)},
        home_{std::move(home)},
        executor_{boost::asio::prefer(boost::asio::get_associated_executor(handler_, home_),
                                      boost::asio::execution::outstanding_work.tracked)} {}

  Completer(Completer&&) noexcept = default;
  // By swapping: in Boost 1.81 the move assignment of any_completion_handler calls itself for ever.
  Completer& operator=(Completer&& other) noexcept {
    Completer taken{std::move(other)};
    handler_.swap(taken.handler_);
    std::swap(home_, taken.home_);
    std::swap(executor_, taken.executor_);
    return *this;
  }
  ~Completer() = default;

  const boost::asio::any_io_executor& home() const noexcept { return home_; }
  explicit operator bool() const noexcept { return static_cast<bool>(handler_); }

  /// What the handler's cancellation slot is to do, for every type of cancellation. Call it before the initiation returns.
  template <class Cancel>
  void on_cancel(Cancel cancel) {
    if (auto slot = handler_.get_cancellation_slot(); slot.is_connected()) {
      slot.assign([cancel = std::move(cancel)](boost::asio::cancellation_type type) {
        if (type != boost::asio::cancellation_type::none) cancel();
      });
    }
  }

  void operator()(Result<T> result) {
    if (!handler_) return;
    boost::asio::post(home_, [executor = std::exchange(executor_, {}), handler = std::exchange(handler_, nullptr),
                              result = std::move(result)]() mutable {
      boost::asio::dispatch(executor, [handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::move(result));
      });
    });
  }

 private:
  Handler handler_;
  boost::asio::any_io_executor home_;
  boost::asio::any_completion_executor executor_;
};

}  // namespace procedura::detail
