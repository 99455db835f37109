// The part of a partition that runs instances: one per matched request, each with its own cursor and timer. An instance that is
// being played is not among those that wait: whatever its steps do to its connection, it is there until it returns.
#include "engine/partition.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {

class Partition::Sink final : public FrameSink {
 public:
  Sink(Partition& partition, Turn& turn, Instance& instance) : partition_{partition}, turn_{turn}, instance_{instance} {}
  bool frame(const Step& step, std::size_t offset, std::optional<protocol::Status> status, std::string_view code) override {
    partition_.played_frame(turn_, instance_, step, offset, status, code);
    return goes_on(instance_);
  }

 private:
  Partition& partition_;
  Turn& turn_;
  Instance& instance_;
};

void Partition::start(Turn& turn, Connection& from, const Stub& stub, ReceivedRequest request) {
  const std::string_view name = rules_->kept_name(stub);
  Instance instance{rules_, stub, ++runs_[name.data()], std::move(request)};
  instance.ordinal = ++instances_made_;
  instance.connection = &from;
  instance.name = name;
  instance.job_id = new_job(from);
  instance.draw = instance_draw(common_.seed, name_, from.ordinal, name, ++from.runs[name.data()]);
  instance.since = instance.scripted = turn.moment.now;
  instance.caused_by = turn.caused_by;
  common_.journal.attribute({name, instance.ordinal, 0});
  // Most instances of a sync stub are over at once: only one that waits is kept.
  if (!play(turn, instance)) return;
  if (instance.connection) instance.connection->instances.insert(instance.ordinal);
  wait(turn, instances_.emplace(instance.ordinal, std::move(instance)).first->second);
}

void Partition::due(Turn& turn, std::uint64_t ordinal) {
  resume(turn, ordinal);
}

void Partition::resume(Turn& turn, std::uint64_t ordinal) {
  auto node = instances_.extract(ordinal);
  Instance& instance = node.mapped();
  turn.caused_by = instance.caused_by;
  uncharge(instance);
  if (play(turn, instance)) return wait(turn, instances_.insert(std::move(node)).position->second);
  if (instance.connection) instance.connection->instances.erase(ordinal);
}

// Goes on with an instance. False: it is over.
bool Partition::play(Turn& turn, Instance& instance) {
  Sink sink{*this, turn, instance};
  if (instance.awaiting) {
    const Duration limit = std::exchange(instance.awaiting, nullptr)->limit;
    awaiting_.erase(instance.ordinal);
    fail(turn, instance, *instance.cursor.step(),
         fmt::format("no request that matches came within {} s", std::chrono::duration<double>(limit).count()));
    return false;
  }
  while (true) {
    const Scopes variables{&instance.variables, instance.connection ? &instance.connection->variables : nullptr, &variables_};
    const auto result = player_.play(instance, turn.moment, variables, turn.budget, turn.out.buffer(), sink);
    if (const auto* act = std::get_if<Player::Act>(&result)) {
      this->act(turn, instance, *act->step, act->draw);
      if (goes_on(instance)) continue;
      return false;
    }
    if (const auto* waiting = std::get_if<Player::Waiting>(&result)) {
      instance.due = waiting->until;
      return true;
    }
    if (const auto* awaiting = std::get_if<Player::Awaiting>(&result)) {
      instance.awaiting = awaiting->what;
      instance.due = turn.moment.now + awaiting->what->limit;
      awaiting_.insert(instance.ordinal);
      return true;
    }
    if (const auto* broken = std::get_if<Player::Broken>(&result)) {
      fail(turn, instance, *broken->step, broken->message);
    } else if (instance.held) {
      release(turn, instance);
    }
    return false;
  }
}

// A connection that is closing has cut its instances off, but for the one that closed it.
bool Partition::goes_on(Instance& instance) {
  if (!instance.connection || !instance.connection->closing) return true;
  if (!instance.stub->detached) return false;
  instance.connection->instances.erase(instance.ordinal);
  instance.connection = nullptr;
  return true;
}

void Partition::fail(Turn& turn, Instance& instance, const Step& step, std::string_view why) {
  const std::string where = instance.rules->scenario().where(step.place);
  Connection* to = instance.connection;
  judge_.failure(fmt::format("SCENARIO_ERROR at {}: stub {}, request {} on connection {}: {}", where, instance.stub->name,
                             instance.request.id, to ? to->id : 0, why));
  if (!to) return;
  if (instance.held) release(turn, instance);
  // Nothing targeted follows the end of the exchange, which may be a frame that the script made up (END-1). The id may be
  // another request's by now.
  if (!to->closing && !instance.over && to->session.live(instance.request.id)) {
    refuse(turn, *to, instance.request.id, "SCENARIO_ERROR", fmt::format("{}: {}", where, why));
  }
}

void Partition::wait(Turn& turn, Instance& instance) {
  common_.timers.insert(timer_of(instance));
  charge(instance);
  if (instance.connection) return;
  detached_.insert(instance.ordinal);
  trim_detached(turn);
}

Timer Partition::timer_of(const Instance& instance) noexcept {
  return {*instance.due, instance.scripted, ordinal_, instance.ordinal, this};
}

// Instances of ended connections are nobody's but the scenario's: a client that comes and goes must not pile them up.
void Partition::trim_detached(Turn& turn) {
  while (detached_.size() > common_.options.max_detached || detached_bytes_ > common_.options.max_live_bytes) {
    const auto oldest = instances_.find(*detached_.begin());
    common_.journal.record(turn.moment.now, JournalEntry::Direction::note, 0,
                           "a detached instance was dropped: there are too many of them",
                           {oldest->second.name, oldest->first, 0, oldest->second.caused_by, kept_name_});
    forget(oldest);
  }
}

// What it holds while it waits. What it was asked can be as long as a message, and its variables longer.
void Partition::charge(Instance& instance) {
  std::size_t bytes = instance.request.id.size() + instance.request.cmd.size() + size_of(instance.variables);
  for (const auto& arg : instance.request.raw_args) bytes += 2 * arg.size();  // once more as a positional one or an option
  if (instance.held) bytes += instance.held->bytes;
  instance.charged = bytes;
  (instance.connection ? instance.connection->charged : detached_bytes_) += bytes;
}

void Partition::uncharge(Instance& instance) {
  (instance.connection ? instance.connection->charged : detached_bytes_) -= std::exchange(instance.charged, 0);
  if (!instance.connection) detached_.erase(instance.ordinal);
}

void Partition::forget(Instances::iterator at) {
  uncharge(at->second);
  common_.timers.erase(timer_of(at->second));
  if (at->second.awaiting) awaiting_.erase(at->first);
  instances_.erase(at);
}

void Partition::forget_instances() {
  while (!instances_.empty()) forget(instances_.begin());
}

// Those that await such a request, in their order. They go on behind its own reply.
std::vector<std::uint64_t> Partition::awaiting(const ReceivedRequest& request) const {
  std::vector<std::uint64_t> woken;
  for (const std::uint64_t ordinal : awaiting_) {
    if (matches(instances_.at(ordinal).awaiting->request, request)) woken.push_back(ordinal);
  }
  return woken;
}

void Partition::wake(Turn& turn, std::span<const std::uint64_t> ordinals) {
  for (const std::uint64_t ordinal : ordinals) {
    const auto at = instances_.find(ordinal);
    if (at == instances_.end()) continue;  // the reply has ended its connection
    Instance& instance = at->second;
    common_.timers.erase(timer_of(instance));
    awaiting_.erase(ordinal);
    instance.awaiting = nullptr;
    instance.scripted = std::max(instance.scripted, turn.moment.now);
    instance.cursor.next();
    resume(turn, ordinal);
  }
}

void Partition::drop_instances(Turn& turn, Connection& connection) {
  for (const std::uint64_t ordinal : connection.instances) {
    const auto at = instances_.find(ordinal);
    if (at == instances_.end()) continue;  // it is being played
    if (!at->second.stub->detached) {
      forget(at);
      continue;
    }
    uncharge(at->second);
    at->second.connection = nullptr;
    at->second.held.reset();
    charge(at->second);
    detached_.insert(ordinal);
  }
  connection.instances.clear();
  trim_detached(turn);
}

}  // namespace procedura::mock::engine
