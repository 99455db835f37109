#pragma once

#include "agent_core.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace procedura::detail {

/// One `async_login`: a connection of its own, one attempt or two. On the agent's strand, but for its making.
class LoginOp final : public ExchangeSink, public std::enable_shared_from_this<LoginOp> {
 public:
  LoginOp(Completer<LoginResult> done, std::string credential, LoginOptions how)
      : done_{std::move(done)}, credential_{std::move(credential)}, how_{std::move(how)} {}

  Completer<LoginResult>& completer() { return done_; }
  void start(const std::shared_ptr<AgentCore>& core);
  void cancel();

  bool on_event(Event /*event*/) override { return true; }
  void on_finish(Result<RunResult> result) override;

 private:
  void try_now();
  void fail(Failure failure);

  Completer<LoginResult> done_;
  std::string credential_;
  LoginOptions how_;
  std::weak_ptr<AgentCore> core_;
  std::weak_ptr<Connection> connection_;  // the core has it
  Connection::Key key_ = 0;
  std::optional<LoginAttempt> attempt_;
};

}  // namespace procedura::detail
