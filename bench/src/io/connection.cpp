#include "io/connection.hpp"

#include <chrono>
#include <random>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

using Clock = std::chrono::steady_clock;

protocol::ClientSession::Options session_options() {
  protocol::ClientSession::Options options;
  options.first_id = std::random_device{}();
  return options;
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

Connection::Connection(boost::asio::any_io_executor executor, std::size_t number, ConnectionEvents& events)
    : number_{number}, events_{events}, transport_{std::move(executor)}, session_{session_options()} {}

void Connection::open(const TransportOptions& options) {
  transport_.open(options, *this);
}

void Connection::begin(JobSlot job, protocol::Submission submission) {
  const auto key = session_.submit(Clock::now(), std::move(submission), actions_);
  jobs_.emplace(key, job);
  const TimePoint now = Clock::now();
  // Its write begins within the next call, if the connection is open.
  if (const auto id = session_.id_of(key); !id.empty()) events_.sent(job, id, now);
  carry_out(now);
}

void Connection::ask(std::string cmd, std::function<void(std::optional<std::string>)> then) {
  protocol::Submission question;
  question.cmd = std::move(cmd);
  question.deadlines = {std::nullopt, std::nullopt, std::nullopt};
  then_ = std::move(then);
  const TimePoint now = Clock::now();
  asked_ = session_.submit(now, std::move(question), actions_);
  carry_out(now);
}

void Connection::give_up_asking() {
  if (!asked_) return;
  const TimePoint now = Clock::now();
  session_.cancel(now, *asked_, actions_);
  carry_out(now);
}

void Connection::carry_out(TimePoint now) {
  for (auto& each : actions_) {
    std::visit(
        Overloaded{[&](protocol::action::Send& send) {
                     ++traffic_.frames_out;
                     traffic_.bytes_out += send.text.size();
                     transport_.send_text(std::move(send.text));
                   },
                   [&](protocol::action::Deliver& deliver) {
                     if (deliver.key != asked_) events_.frame(jobs_.at(deliver.key), deliver.reply.status, now);
                   },
                   [&](protocol::action::Finish& finish) { end(finish.key, finish.outcome, now); },
                   [](protocol::action::Untargeted&) {},
                   // Jobs have no deadlines here, so `written` is not told either: what never ends is counted at the cut-off.
                   [](protocol::action::ArmTimer&) {}},
        each);
  }
  actions_.clear();
}

void Connection::end(protocol::ExchangeKey key, const protocol::Outcome& outcome, TimePoint now) {
  const bool ok = outcome.code == errc::ok;
  if (key == asked_) {
    asked_.reset();
    std::exchange(then_, nullptr)(ok ? std::optional{std::string{outcome.reply.result()}} : std::nullopt);
    return;
  }
  const JobSlot job = jobs_.at(key);
  jobs_.erase(key);
  ok ? events_.finished(job, now) : events_.failed(job, outcome.reply.code(), now);
}

void Connection::on_open(HandshakeInfo info) {
  const TimePoint now = Clock::now();
  session_.opened(now, actions_);
  carry_out(now);
  events_.opened(number_, info);
}

void Connection::on_text(std::string message) {
  const TimePoint now = Clock::now();
  ++traffic_.frames_in;
  traffic_.bytes_in += message.size();
  session_.text(now, std::move(message), actions_);
  carry_out(now);
}

void Connection::on_binary(std::string message) {
  const TimePoint now = Clock::now();
  ++traffic_.frames_in;
  traffic_.bytes_in += message.size();
  session_.binary(now, actions_);
  carry_out(now);
}

void Connection::on_end(TransportEnd end) {
  const TimePoint now = Clock::now();
  over_ = true;
  session_.closed(now, end, actions_);
  carry_out(now);
  events_.ended(number_, end);
}

}  // namespace procedura::bench
