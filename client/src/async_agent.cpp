#include "agent_core.hpp"
#include "connect_op.hpp"
#include "login_op.hpp"
#include "ping_op.hpp"

#include <procedura/async_agent.hpp>

#include <boost/asio/post.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace procedura {
namespace {

using detail::AgentCore;
using detail::Completer;

// Does `cancel` on the strand of `owner`, from whatever thread the cancellation signal is emitted, if there is still something
// to cancel. The signal may outlive the event loop, which no strand may: so it must not hold one.
template <class T, class Op, class Owner, class Cancel>
void cancel_on_strand(Completer<T>& completer, const std::shared_ptr<Op>& op, const std::shared_ptr<Owner>& owner,
                      Cancel cancel) {
  completer.on_cancel([weak = std::weak_ptr<Op>{op}, of = std::weak_ptr<Owner>{owner}, cancel] {
    const auto lives = of.lock();
    if (!lives || weak.expired()) return;
    boost::asio::post(lives->strand(), [weak, cancel] {
      if (const auto self = weak.lock()) cancel(*self);
    });
  });
}

}  // namespace

AsyncAgent::AsyncAgent(boost::asio::any_io_executor executor, Options options)
    : core_{std::make_shared<AgentCore>(std::move(executor), std::move(options))} {}

AsyncAgent::~AsyncAgent() {
  if (!core_) return;
  core_->silence();
  close();
}

AsyncAgent::AsyncAgent(AsyncAgent&&) noexcept = default;

AsyncAgent& AsyncAgent::operator=(AsyncAgent&& other) noexcept {
  if (this == &other) return *this;
  const AsyncAgent old{std::move(*this)};
  core_ = std::move(other.core_);
  return *this;
}

void AsyncAgent::run(AgentCore& core, std::string module, std::vector<std::string> args, CallOptions call,
                     detail::Completion<RunResult> handler) {
  auto op =
      std::make_shared<detail::RunOp>(Completer<RunResult>{std::move(handler), core.executor()}, std::move(call.on_update));
  cancel_on_strand(op->completer(), op, core.shared_from_this(), [](auto& self) { self.cancel(); });
  boost::asio::post(core.strand(), [self = core.shared_from_this(), op, module = std::move(module), args = std::move(args),
                                    call = std::move(call)]() mutable { self->run(module, std::move(args), call, op); });
}

void AsyncAgent::stream(AgentCore& core, std::string module, std::vector<std::string> args, CallOptions call,
                        detail::Completion<Stream> handler) {
  auto state = std::make_shared<detail::StreamState>(
      core.executor(), core.strand(), Completer<Stream>{std::move(handler), core.executor()}, &AgentCore::make_stream);
  cancel_on_strand(state->completer(), state, state, [](auto& self) { self.cancel_start(); });
  boost::asio::post(core.strand(), [self = core.shared_from_this(), state, module = std::move(module), args = std::move(args),
                                    call = std::move(call)]() mutable { self->stream(module, std::move(args), call, state); });
}

void AsyncAgent::login(AgentCore& core, std::string credential, LoginOptions how, detail::Completion<LoginResult> handler) {
  auto op = std::make_shared<detail::LoginOp>(Completer<LoginResult>{std::move(handler), core.executor()},
                                              std::move(credential), std::move(how));
  cancel_on_strand(op->completer(), op, core.shared_from_this(), [](auto& self) { self.cancel(); });
  boost::asio::post(core.strand(), [self = core.shared_from_this(), op] { self->login(op); });
}

void AsyncAgent::connect(AgentCore& core, detail::Completion<void> handler) {
  auto op = std::make_shared<detail::ConnectOp>(Completer<void>{std::move(handler), core.executor()});
  cancel_on_strand(op->completer(), op, core.shared_from_this(), [](auto& self) { self.cancel(); });
  boost::asio::post(core.strand(), [self = core.shared_from_this(), op] { self->connect(op); });
}

void AsyncAgent::ping(AgentCore& core, Duration limit, detail::Completion<Duration> handler) {
  auto op = std::make_shared<detail::PingOp>(Completer<Duration>{std::move(handler), core.executor()}, limit, core.strand());
  cancel_on_strand(op->completer(), op, core.shared_from_this(), [](auto& self) { self.cancel(); });
  boost::asio::post(core.strand(), [self = core.shared_from_this(), op] { self->connect(op); });
}

void AsyncAgent::status(AgentCore& core, detail::Completion<ConnectionStatus> handler) {
  boost::asio::post(core.strand(), [self = core.shared_from_this(),
                                    done = Completer<ConnectionStatus>{std::move(handler), core.executor()}]() mutable {
    done(self->status());
  });
}

void AsyncAgent::on_connection(ConnectionListener listener) {
  boost::asio::post(core_->strand(),
                    [core = core_, listener = std::move(listener)]() mutable { core->watch(std::move(listener)); });
}

void AsyncAgent::on_event(std::function<void(const Event&)> listener) {
  boost::asio::post(core_->strand(),
                    [core = core_, listener = std::move(listener)]() mutable { core->listen(std::move(listener)); });
}

void AsyncAgent::close() {
  boost::asio::post(core_->strand(), [core = core_] { core->close(); });
}

boost::asio::any_io_executor AsyncAgent::get_executor() const {
  return core_->executor();
}

Stream::Stream(std::shared_ptr<detail::StreamState> state) : state_{std::move(state)} {}

Stream::~Stream() {
  if (state_) boost::asio::post(state_->strand(), [state = state_] { state->abandon(); });
}

Stream::Stream(Stream&&) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept {
  Stream old{std::exchange(state_, std::move(other.state_))};
  return *this;
}

void Stream::next(std::shared_ptr<detail::StreamState> state, detail::Completion<Event> handler) {
  Completer<Event> waiter{std::move(handler), state->executor()};
  const std::uint64_t number = state->number_wait();
  cancel_on_strand(waiter, state, state, [number](auto& self) { self.cancel_wait(number); });
  boost::asio::post(state->strand(),
                    [state, number, waiter = std::move(waiter)]() mutable { state->next(std::move(waiter), number); });
}

std::optional<Failure> Stream::failure() const {
  return state_->failure();
}

std::optional<std::string> Stream::job_id() const {
  return state_->job_id();
}

void Stream::cancel() {
  boost::asio::post(state_->strand(), [state = state_] { state->cancel(); });
}

}  // namespace procedura
