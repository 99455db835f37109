#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace procedura::detail {

/// Calls what the user gave us to be called on the strand. What it throws must not tear the agent's own work apart: it leaves
/// through the executor instead, as what a completion handler throws does.
template <class Callback, class... Args>
void call_user(const boost::asio::any_io_executor& executor, const Callback& callback, const Args&... args) {
  try {
    callback(args...);
  } catch (...) {
    boost::asio::post(executor, [thrown = std::current_exception()] { std::rethrow_exception(thrown); });
  }
}

}  // namespace procedura::detail
