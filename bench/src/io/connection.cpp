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
  const bool idle = transport_.queued() == 0;
  const TimePoint now = Clock::now();
  const auto key = session_.submit(now, std::move(submission), actions_);
  auto& entry = jobs_.emplace(key, Job{job, false, now}).first->second;
  if (idle) {
    sent(entry, Clock::now());  // the write begins within the next call
  } else {
    queued_.push_back(key);
  }
  carry_out(now);
}

void Connection::sent(Job& job, TimePoint at) {
  if (std::exchange(job.sent, true)) return;
  events_.sent(job.slot, at);
}

void Connection::carry_out(TimePoint now) {
  for (auto& each : actions_) {
    std::visit(Overloaded{[&](protocol::action::Send& send) {
                            ++traffic_.frames_out;
                            traffic_.bytes_out += send.text.size();
                            transport_.send_text(std::move(send.text));
                          },
                          [&](protocol::action::Deliver& deliver) {
                            Job& job = jobs_.at(deliver.key);
                            sent(job, job.handed_over);
                            events_.frame(job.slot, deliver.reply.status, now);
                          },
                          [&](protocol::action::Finish& finish) {
                            Job job = jobs_.at(finish.key);
                            jobs_.erase(finish.key);
                            if (finish.outcome.code == errc::ok) {
                              sent(job, job.handed_over);
                              events_.finished(job.slot, now);
                            } else {
                              events_.failed(job.slot, finish.outcome.reply.code(), now);
                            }
                          },
                          [](protocol::action::Untargeted&) {},
                          // Jobs have no deadlines here: what never ends is counted at the cut-off.
                          [](protocol::action::ArmTimer&) {}},
               each);
  }
  actions_.clear();
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

void Connection::on_written() {
  const TimePoint now = Clock::now();
  for (const auto key : queued_) {
    if (const auto job = jobs_.find(key); job != jobs_.end()) sent(job->second, now);
  }
  queued_.clear();
  session_.written(now, actions_);
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
