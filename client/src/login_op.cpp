#include "login_op.hpp"

#include <utility>

namespace procedura::detail {

void LoginOp::start(const std::shared_ptr<AgentCore>& core) {
  if (!done_) return;
  core_ = core;
  auto made = core->dial_without_token();
  if (!made) {
    const auto args = login_args(credential_, how_);
    if (const auto record = core->observed(protocol::Mode::sync, std::string{login_module}, args, nullptr)) {
      record->on_finish(made.error());
    }
    return done_(made.error());
  }
  connection_ = *made;
  (*made)->secrets().add_credential(credential_);  // an agent may repeat in its error what it was sent
  attempt_ = core->attempt();
  try_now();
}

void LoginOp::try_now() {
  const auto core = core_.lock();
  const auto connection = connection_.lock();
  if (!core || !connection) return;
  auto submission =
      core->submission(protocol::Mode::sync, std::string{login_module}, login_args(credential_, how_), how_.deadlines);
  submission.style = attempt_->style();
  auto sink = core->observed(submission.mode, submission.cmd, submission.args, shared_from_this());
  key_ = connection->submit(std::move(submission), std::move(sink));
}

void LoginOp::cancel() {
  if (const auto connection = connection_.lock()) {
    connection->cancel(key_);
  } else {
    done_(Failure::of(errc::cancelled, "gave up before the login was sent"));
  }
}

void LoginOp::on_finish(Result<RunResult> result) {
  const auto core = core_.lock();
  const auto connection = connection_.lock();
  if (!core || !connection || !done_) return;
  if (!result) {
    if (attempt_->again(std::move(result).error())) return try_now();
    return fail(attempt_->failure());
  }
  auto granted = read_login_result(*result);
  if (!granted) return fail(granted.error());
  connection_.reset();
  done_(core->logged_in(connection, *std::move(result), *std::move(granted), attempt_->style()));
}

void LoginOp::fail(Failure failure) {
  if (const auto connection = connection_.lock()) connection->retire();
  connection_.reset();
  done_(std::move(failure));
}

}  // namespace procedura::detail
