#pragma once

#include "completer.hpp"
#include "connection.hpp"
#include "user_callback.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace procedura::detail {

/// One `async_run`, from its start to its completion. On the agent's strand, but for its making.
class RunOp final : public ExchangeSink {
 public:
  RunOp(Completer<RunResult> done, std::function<void(const Event&)> on_update)
      : done_{std::move(done)}, on_update_{std::move(on_update)} {}

  Completer<RunResult>& completer() { return done_; }

  void started(const std::shared_ptr<Connection>& connection, Connection::Key key) {
    connection_ = connection;
    key_ = key;
  }

  /// Also before it has started: then it never will.
  void cancel() {
    if (const auto connection = connection_.lock()) {
      connection->cancel(key_);
    } else {
      on_finish(Failure::of(errc::cancelled, "gave up before the request was sent"));
    }
  }
  bool over() const { return !done_; }

  bool on_event(Event event) override {
    if (on_update_) call_user(done_.home(), on_update_, event);
    return true;
  }
  void on_finish(Result<RunResult> result) override { done_(std::move(result)); }

 private:
  Completer<RunResult> done_;
  std::function<void(const Event&)> on_update_;
  std::weak_ptr<Connection> connection_;
  Connection::Key key_ = 0;
};

}  // namespace procedura::detail
