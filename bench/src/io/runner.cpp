#include "io/runner.hpp"

#include "io/fleet.hpp"
#include "io/floor.hpp"
#include "io/health_meter.hpp"
#include "io/job_log.hpp"
#include "io/machine.hpp"
#include "load/load.hpp"
#include "measure/agent_counters.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

namespace procedura::bench {
namespace {

using Clock = std::chrono::steady_clock;
using boost::system::error_code;

// A timer wakes up to 170 us late (p99), so it is set early, and the rest is spent asking the socket.
constexpr Nanos spin_time = std::chrono::microseconds{200};
// An agent that does not answer `__diag_ws_metrics` is not waited for much longer than any that does would take.
constexpr std::chrono::seconds patience_with_counters{2};
// One that knows no such command may hang up on who asks for it, right behind its answer.
constexpr std::chrono::milliseconds time_to_hang_up{20};
// Between our count and the agent's a message may come that nobody asked for: then they are compared anew.
constexpr int comparisons = 3;

class Runner final : public ConnectionEvents {
 public:
  Runner(const Plan& plan, const RunSetting& setting)
      : plan_{plan},
        setting_{setting},
        load_{plan.load},
        fleet_{context_.get_executor(), setting.transport, *this},
        churns_{plan.churn == Churn::connect} {
    submission_.cmd = plan.module;
    submission_.args = plan.args;
    submission_.mode = plan.mode;
    submission_.style = plan.args_style.value_or(protocol::ArgsStyle::module_first);
    submission_.deadlines = {std::nullopt, std::nullopt, std::nullopt};
  }

  Result<RunResult> run() {
    listen_to_signals();
    connect();
    look_at_the_floor();
    count_before();
    if (!failure_) {
      begin();
      make_load();
      health_ = meter_.until(Clock::now());
    }
    phase_ = Phase::closing;
    ticker_.cancel();
    snapshots_.cancel();
    log_.reset();
    if (failure_) return *std::move(failure_);  // what is open ends with its transport
    traffic_ = traffic_since_begin();
    count_after();
    close();
    return result();
  }

 private:
  enum class Phase { opening, running, closing };
  /// What is known of a job in flight beside what the load knows.
  struct Job {
    std::size_t connection = 0;
    std::uint64_t arrival = 0;
    bool measured = false;
    std::string id;  ///< only for the log
  };

  Nanos since_start(TimePoint at) const { return at - start_; }

  // --- before and after ---------------------------------------------------------------------------------------------------

  // With churn the first connection carries no job: it shows that the agent is there, and asks for its counters.
  void connect() {
    fleet_.open(churns_ ? 1 : share_of(plan_.load.connections, plan_.load.shard));
    wait_until_open();
  }

  void wait_until_open() {
    while (!failure_ && !fleet_.all_open()) context_.run_one();
  }

  // Not before it is known that there is an agent: who mistyped its address is told at once.
  void look_at_the_floor() {
    if (failure_ || !plan_.floor) return;
    auto measured = measure_floor(plan_);
    if (measured) {
      floor_ = *std::move(measured);
    } else {
      failure_ = std::move(measured).error();
    }
  }

  void begin() {
    traffic_at_begin_ = fleet_.traffic();
    start_ = setting_.start();
    phase_ = Phase::running;
    if (setting_.jobs != nullptr) log_.emplace(*setting_.jobs, start_.time_since_epoch());
    tick();
    if (setting_.on_snapshot) take_snapshots();
  }

  void close() {
    fleet_.close_all();
    while (!fleet_.all_ended()) context_.run_one();
  }

  void listen_to_signals() {
    signals_.async_wait([this](error_code ec, int /*signal*/) {
      if (ec) return;
      if (phase_ == Phase::running) {
        load_.interrupt(since_start(Clock::now()));
      } else if (phase_ == Phase::opening) {
        failure_ = Failure::of(errc::cancelled, "interrupted before the run began");
      }
      listen_to_signals();
    });
  }

  // --- the agent's own counters -------------------------------------------------------------------------------------------

  // Those of a shard's agent count what other shards do as well.
  bool wants_counters() const { return !failure_ && plan_.load.shard.of == 1; }

  void count_before() {
    if (!wants_counters()) return;
    asking_ = true;
    counted_first_ = read_counters();
    if (counted_first_) counted_second_ = read_counters();
    if (!counted_second_) context_.run_for(time_to_hang_up);
    asking_ = false;
    if (failure_ || !fleet_[0].over()) return;
    fleet_.open_again(0);
    wait_until_open();
  }

  // What an agent still sends to jobs that never ended, it has counted and we have not: then there is nothing to compare.
  void count_after() {
    if (!wants_counters() || !counted_second_ || load_.in_flight() > 0) return;
    for (int i = 0; i < comparisons; ++i) {
      const auto last = read_counters();
      if (!last) return;
      agent_counts_ = cross_check(*counted_first_, *counted_second_, *last);
      if (agree(agent_counts_)) return;
    }
  }

  std::optional<CounterReading> read_counters() {
    if (fleet_[0].over()) return std::nullopt;
    CounterReading reading{{}, ours()};
    std::optional<AgentCounters> agents;
    bool answered = false;
    fleet_[0].ask("__diag_ws_metrics", [&](const std::optional<std::string>& result) {
      answered = true;
      if (!result) return;
      ++finished_;
      agents = AgentCounters::parse(*result);
    });
    patience_.expires_after(patience_with_counters);
    patience_.async_wait([this](error_code ec) {
      if (!ec) fleet_[0].give_up_asking();
    });
    while (!answered && !failure_) context_.run_one();
    patience_.cancel();
    fleet_[0].give_up_asking();
    if (!agents) return std::nullopt;
    reading.agent = *agents;
    return reading;
  }

  AgentCounters ours() const {
    const Traffic traffic = fleet_.traffic();
    const auto whole = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
    return {whole(traffic.frames_out), whole(traffic.frames_in), whole(traffic.bytes_out), whole(traffic.bytes_in),
            whole(finished_)};
  }

  Traffic traffic_since_begin() const {
    Traffic traffic = fleet_.traffic();
    traffic.frames_out -= traffic_at_begin_.frames_out;
    traffic.frames_in -= traffic_at_begin_.frames_in;
    traffic.bytes_out -= traffic_at_begin_.bytes_out;
    traffic.bytes_in -= traffic_at_begin_.bytes_in;
    return traffic;
  }

  // --- the load -----------------------------------------------------------------------------------------------------------

  void make_load() {
    for (;;) {
      const TimePoint at = Clock::now();
      if (asked_at_) meter_.spun(at - *std::exchange(asked_at_, std::nullopt));
      const Nanos now = since_start(at);
      if (!meter_.begun() && now >= load_.window_begin()) meter_.begin(at);
      if (now >= load_.window_end()) meter_.end(at);
      if (churns_) fleet_.sweep();
      const auto step = load_.next(now);
      if (const auto* begin = std::get_if<Load::Begin>(&step)) {
        begin_job(*begin);
        context_.poll_one();  // one and no more: neither may a burst keep replies unread, nor replies the burst
      } else if (const auto* wait = std::get_if<Load::Wait>(&step)) {
        wait_for(*wait, at);
      } else {
        return;
      }
    }
  }

  void begin_job(const Load::Begin& begin) {
    const std::size_t connection = churns_ ? fleet_.add() : begin.connection;
    if (jobs_.size() <= begin.job) jobs_.resize(begin.job + std::size_t{1});
    Job& job = jobs_[begin.job];
    job.connection = connection;
    job.arrival = begin.arrival;
    job.measured = begin.measured;
    fleet_[connection].begin(begin.job, submission_);
  }

  void wait_for(const Load::Wait& wait, TimePoint at) {
    const Nanos asleep_until = wait.exact ? wait.until - spin_time : wait.until;
    if (asleep_until <= since_start(at)) {
      if (context_.poll_one() == 0) asked_at_ = at;
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
      if (ec || phase_ != Phase::running) return;
      setting_.on_progress({since_start(Clock::now()), load_.window_begin(), load_.window_end(), load_.in_flight(),
                            &load_.metrics(), &load_.series()});
      tick();
    });
  }

  void take_snapshots() {
    snapshots_.expires_after(setting_.snapshot_every);
    snapshots_.async_wait([this](error_code ec) {
      if (ec || phase_ != Phase::running) return;
      const TimePoint now = Clock::now();
      health_ = meter_.until(now);
      traffic_ = traffic_since_begin();
      const Nanos whole = load_.window_end() - load_.window_begin();
      setting_.on_snapshot(figures(std::min(whole, since_start(now) - load_.window_begin())));
      take_snapshots();
    });
  }

  // --- what the connections tell ------------------------------------------------------------------------------------------

  void opened(std::size_t /*connection*/, const HandshakeInfo& info) override { fleet_.opened(info); }

  void sent(JobSlot job, std::string_view id, TimePoint at) override {
    load_.sent(job, since_start(at));
    if (log_) jobs_[job].id = id;
  }
  void frame(JobSlot job, protocol::Status status, TimePoint at) override { load_.frame(job, status, since_start(at)); }

  void finished(JobSlot job, TimePoint at) override {
    ++finished_;
    if (log_) log(job, at, {});
    load_.finished(job, since_start(at));
    if (churns_) fleet_.close(jobs_[job].connection);
  }
  void failed(JobSlot job, std::string_view code, TimePoint at) override {
    const std::string shown = setting_.redactor(code);
    if (log_) log(job, at, shown_code(shown));
    load_.failed(job, shown, since_start(at));
    if (churns_) fleet_.close(jobs_[job].connection);
  }

  void log(JobSlot slot, TimePoint at, std::string error) {
    const Job& job = jobs_[slot];
    if (!job.measured) return;
    log_->add({job.arrival, job.connection, job.id, load_.times(slot), since_start(at), std::move(error)});
  }

  void ended(std::size_t connection, const TransportEnd& end) override {
    fleet_.ended(connection);
    const bool lost_while_running = phase_ == Phase::running && !churns_;
    if (failure_ || (phase_ != Phase::opening && !lost_while_running)) return;
    if (asking_ && connection == 0) return;  // over what it was asked: another one takes its place
    std::string why = end.detail;
    if (end.close_code != 0) why = "the agent closed with " + std::to_string(end.close_code) + (why.empty() ? "" : ": " + why);
    Failure lost = Failure::of(end.cause, setting_.redactor(why));
    if (phase_ == Phase::opening) {
      failure_ = std::move(lost);
      return;
    }
    if (load_.connections_lost() == 0) first_loss_ = describe(lost);
    load_.connection_lost(connection);
  }

  RunResult result() const {
    RunResult result = figures(load_.window_end() - load_.window_begin());
    result.series = load_.series();
    result.timelines = load_.timelines();
    return result;
  }

  // What takes as long to copy after an hour as after a second. `window`: as much of it as is over.
  RunResult figures(Nanos window) const {
    RunResult result;
    result.metrics = load_.metrics();
    result.window = std::max(Nanos{0}, window);
    result.sending_time = std::max(result.window, load_.last_sent() - load_.window_begin());
    result.ending_time = std::max(result.window, load_.last_end() - load_.window_begin());
    result.most_in_flight = load_.most_in_flight();
    result.in_flight_by_quarter.assign(load_.quarters().begin(), load_.quarters().end());
    result.held_back = load_.held_back();
    result.interrupted = load_.interrupted();
    result.connections_lost = load_.connections_lost();
    result.first_loss = first_loss_;
    result.connection_times = fleet_.times();
    result.tls_version = fleet_.tls_version();
    result.tls_cipher = fleet_.tls_cipher();
    result.traffic = traffic_;
    result.health = health_;
    result.floor = floor_;
    result.agent_counts = agent_counts_;
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
  boost::asio::steady_timer snapshots_{context_};
  boost::asio::steady_timer patience_{context_};
  std::optional<Nanos> alarm_at_;
  std::optional<TimePoint> asked_at_;  // the socket, and it had nothing
  TimePoint start_;

  Fleet fleet_;
  bool churns_;
  std::vector<Job> jobs_;  // by slot
  std::optional<JobLog> log_;
  std::optional<Floor> floor_;
  HealthMeter meter_;
  Health health_;
  std::uint64_t finished_ = 0;  // exchanges, all of them
  bool asking_ = false;         // for the counters, before the run
  Traffic traffic_at_begin_;
  Traffic traffic_;
  std::optional<CounterReading> counted_first_;
  std::optional<CounterReading> counted_second_;
  std::vector<AgentCount> agent_counts_;

  Phase phase_ = Phase::opening;
  std::string first_loss_;
  std::optional<Failure> failure_;
};

}  // namespace

Result<RunResult> run_load(const Plan& plan, const RunSetting& setting) {
  const std::size_t connections = plan.load.connections;
  const Shard shard = plan.load.shard;
  if (share_of(connections, shard) == 0) {
    return Failure::of(errc::invalid_request,
                       fmt::format("shard {} of {} has no connection of {}: give each at least one with --connections",
                                   shard.index, shard.of, connections));
  }
  raise_file_limit();
  return Runner{plan, setting}.run();
}

}  // namespace procedura::bench
