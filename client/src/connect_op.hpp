#pragma once

#include "completer.hpp"
#include "connection.hpp"

#include <utility>

namespace procedura::detail {

/// One `async_connect`. On the agent's strand, but for its making.
class ConnectOp final : public OpenWaiter {
 public:
  explicit ConnectOp(Completer<void> done) : done_{std::move(done)} {}

  Completer<void>& completer() { return done_; }
  void cancel() { fail(Failure::of(errc::cancelled, "gave up waiting for the connection")); }

  bool over() const override { return !done_; }
  void on_open(Connection& /*connection*/) override { done_(Result<void>{}); }
  void fail(Failure failure) override { done_(std::move(failure)); }

 private:
  Completer<void> done_;
};

}  // namespace procedura::detail
