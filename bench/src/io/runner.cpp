#include "io/runner.hpp"

#include "io/connection.hpp"
#include "load/load.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace procedura::bench {
namespace {

using Clock = std::chrono::steady_clock;
using boost::system::error_code;

// A timer wakes up to 170 us late (p99), so it is set early, and the rest is spent asking the socket.
constexpr Nanos spin_time = std::chrono::microseconds{200};
// More at once would overflow the agent's queue of connections that it has not accepted yet.
constexpr std::size_t opening_at_once = 64;

class Runner final : public ConnectionEvents {
 public:
  Runner(const Plan& plan, const RunSetting& setting) : plan_{plan}, setting_{setting}, load_{plan.load} {
    submission_.cmd = plan.module;
    submission_.args = plan.args;
    submission_.mode = plan.mode;
    submission_.style = plan.args_style.value_or(protocol::ArgsStyle::module_first);
    submission_.deadlines = {std::nullopt, std::nullopt, std::nullopt};
  }

  Result<RunResult> run() {
    listen_to_signals();
    connect();
    if (!failure_) {
      start_ = Clock::now();
      running_ = true;
      tick();
      make_load();
      running_ = false;
    }
    ticker_.cancel();
    close();
    if (failure_) return *std::move(failure_);
    return result();
  }

 private:
  Nanos since_start(TimePoint at) const { return at - start_; }

  // --- before and after ---------------------------------------------------------------------------------------------------

  void connect() {
    for (std::size_t i = 0; i < share_of(plan_.load.connections, plan_.load.shard); ++i) {
      connections_.push_back(std::make_unique<Connection>(context_.get_executor(), i, *this));
    }
    while (next_to_open_ < std::min(opening_at_once, connections_.size())) open_next();
    while (!failure_ && opened_ < connections_.size()) context_.run_one();
  }

  void open_next() {
    connections_[next_to_open_]->open(setting_.transport);
    ++next_to_open_;
  }

  void close() {
    closing_ = true;
    if (failure_) return;  // what is open ends with its transport
    for (auto& connection : connections_) {
      if (!connection->over()) connection->close();
    }
    while (ended_ < connections_.size()) context_.run_one();
  }

  void listen_to_signals() {
    signals_.async_wait([this](error_code ec, int /*signal*/) {
      if (ec) return;
      if (running_) {
        load_.interrupt(since_start(Clock::now()));
      } else if (!closing_) {
        failure_ = Failure::of(errc::cancelled, "interrupted before the run began");
      }
      listen_to_signals();
    });
  }

  // --- the load -----------------------------------------------------------------------------------------------------------

  void make_load() {
    for (;;) {
      const Nanos now = since_start(Clock::now());
      const auto step = load_.next(now);
      if (const auto* begin = std::get_if<Load::Begin>(&step)) {
        connections_[begin->connection]->begin(begin->job, submission_);
        context_.poll_one();  // one and no more: neither may a burst keep replies unread, nor replies the burst
      } else if (const auto* wait = std::get_if<Load::Wait>(&step)) {
        wait_for(*wait, now);
      } else {
        return;
      }
    }
  }

  void wait_for(const Load::Wait& wait, Nanos now) {
    const Nanos asleep_until = wait.exact ? wait.until - spin_time : wait.until;
    if (asleep_until <= now) {
      context_.poll_one();
      return;
    }
    if (alarm_at_ != asleep_until) {
      alarm_at_ = asleep_until;
      alarm_.expires_at(start_ + asleep_until);
      alarm_.async_wait([this](error_code ec) {
        if (!ec) alarm_at_.reset();
      });
    }
    context_.run_one();
  }

  void tick() {
    ticker_.expires_after(setting_.progress_every);
    ticker_.async_wait([this](error_code ec) {
      if (ec || !running_) return;
      setting_.on_progress({since_start(Clock::now()), load_.window_begin(), load_.window_end(), load_.in_flight(),
                            &load_.metrics(), &load_.series()});
      tick();
    });
  }

  // --- what the connections tell ------------------------------------------------------------------------------------------

  void opened(std::size_t /*connection*/, const HandshakeInfo& info) override {
    ++opened_;
    connection_times_.resolve.record(info.resolve_time.value_or(protocol::Duration{}));
    connection_times_.connect.record(info.connect_time.value_or(protocol::Duration{}));
    connection_times_.upgrade.record(info.upgrade_time.value_or(protocol::Duration{}));
    if (next_to_open_ < connections_.size()) open_next();
  }
  void sent(JobSlot job, TimePoint at) override { load_.sent(job, since_start(at)); }
  void frame(JobSlot job, protocol::Status status, TimePoint at) override { load_.frame(job, status, since_start(at)); }
  void finished(JobSlot job, TimePoint at) override { load_.finished(job, since_start(at)); }
  void failed(JobSlot job, std::string_view code, TimePoint at) override {
    load_.failed(job, setting_.redactor(code), since_start(at));
  }
  void ended(std::size_t connection, const TransportEnd& end) override {
    ++ended_;
    if (closing_ || failure_) return;
    std::string why = end.detail;
    if (end.close_code != 0) why = "the agent closed with " + std::to_string(end.close_code) + (why.empty() ? "" : ": " + why);
    Failure lost = Failure::of(end.cause, setting_.redactor(why));
    if (!running_) {
      failure_ = std::move(lost);
      return;
    }
    if (load_.connections_lost() == 0) first_loss_ = describe(lost);
    load_.connection_lost(connection);
  }

  RunResult result() const {
    RunResult result;
    result.metrics = load_.metrics();
    result.series = load_.series();
    result.timelines = load_.timelines();
    result.window = std::max(Nanos{0}, load_.window_end() - load_.window_begin());
    result.sending_time = std::max(result.window, load_.last_sent() - load_.window_begin());
    result.ending_time = std::max(result.window, load_.last_end() - load_.window_begin());
    result.most_in_flight = load_.most_in_flight();
    result.in_flight_by_quarter.assign(load_.quarters().begin(), load_.quarters().end());
    result.held_back = load_.held_back();
    result.interrupted = load_.interrupted();
    result.connections_lost = load_.connections_lost();
    result.first_loss = first_loss_;
    result.connection_times = connection_times_;
    for (const auto& connection : connections_) {
      result.traffic.frames_out += connection->traffic().frames_out;
      result.traffic.frames_in += connection->traffic().frames_in;
      result.traffic.bytes_out += connection->traffic().bytes_out;
      result.traffic.bytes_in += connection->traffic().bytes_in;
    }
    return result;
  }

  const Plan& plan_;
  const RunSetting& setting_;
  Load load_;
  protocol::Submission submission_;

  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
  boost::asio::steady_timer alarm_{context_};
  boost::asio::steady_timer ticker_{context_};
  std::optional<Nanos> alarm_at_;
  TimePoint start_;

  std::vector<std::unique_ptr<Connection>> connections_;
  ConnectionTimes connection_times_;
  std::size_t next_to_open_ = 0;
  std::size_t opened_ = 0;
  std::size_t ended_ = 0;
  bool running_ = false;
  bool closing_ = false;
  std::string first_loss_;
  std::optional<Failure> failure_;
};

}  // namespace

Result<RunResult> run_load(const Plan& plan, const RunSetting& setting) {
  return Runner{plan, setting}.run();
}

}  // namespace procedura::bench
