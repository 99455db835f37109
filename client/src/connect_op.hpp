#pragma once

#include "completer.hpp"

#include <utility>

namespace procedura::detail {

/// One `async_connect`. On the agent's strand, but for its making.
class ConnectOp {
 public:
  explicit ConnectOp(Completer<void> done) : done_{std::move(done)} {}

  Completer<void>& completer() { return done_; }
  bool over() const { return !done_; }
  void finish(Result<void> result) { done_(std::move(result)); }
  void cancel() { done_(Failure::of(errc::cancelled, "gave up waiting for the connection")); }

 private:
  Completer<void> done_;
};

}  // namespace procedura::detail
