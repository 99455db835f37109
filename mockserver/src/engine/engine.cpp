#include "engine/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace procedura::mock::engine {
namespace {

constexpr std::string_view default_partition = "default";

}  // namespace

Engine::Engine(std::shared_ptr<const Scenario> scenario, EngineOptions options, const Moment& start)
    : common_{std::move(options), start} {
  common_.seed = common_.options.seed.value_or(scenario->settings.seed);
  use(std::move(scenario), start.now);
  partition(default_partition, start.now);
}

void Engine::use(std::shared_ptr<const Scenario> scenario, TimePoint now) {
  const auto& stall = scenario->settings.stall;
  stall_ = stall ? StallClock{*stall, now} : StallClock{};
  for (const auto& secret : scenario->secrets) common_.secrets.add(secret);
  rules_ = std::make_shared<const Ruleset>(std::move(scenario), common_.names);
}

std::shared_ptr<Partition> Engine::partition(std::string_view name, TimePoint now) {
  const auto known = partitions_.find(name);
  if (known != partitions_.end()) return known->second;
  auto made = std::make_shared<Partition>(common_, std::string{name}, ++partitions_made_, rules_, now);
  return partitions_.emplace(name, std::move(made)).first->second;
}

DoorDecision Engine::upgrade(const Moment& moment, const Upgrade& upgrade) {
  // First of all: a page of somewhere else makes no partition and uses up no attempt.
  if (auto refused = refuse_origin(common_.options.origins, upgrade.origin)) return std::move(*refused);
  const auto name = partition_of(upgrade);
  if (!name) {
    return door::Refuse{400, "A partition is named with 1 to 64 of the characters A-Z a-z 0-9 . _ -\n"};
  }
  if (partitions_.size() >= common_.options.max_partitions && partitions_.find(*name) == partitions_.end()) {
    return door::Refuse{503, "There are as many partitions as one mock has: start another mock for more.\n"};
  }
  const auto to = partition(*name, moment.now);
  Outputs none;
  Turn turn = this->turn(moment, none);
  if (auto fault = to->attempt(turn)) return std::move(*fault);
  auto decision = at_the_door(rules_->settings().auth, to->accounts(), moment.now, upgrade);
  if (auto* accept = std::get_if<door::Accept>(&decision)) accept->partition = to->name();
  return decision;
}

ConnectionId Engine::opened(const Moment& moment, const door::Accept& accepted, Outputs& out) {
  const ConnectionId id = ++connections_made_;
  Connection& connection = connections_.try_emplace(id, id, common_.options.limits).first->second;
  const std::string_view name = accepted.partition;
  connection.partition = partition(name.empty() ? default_partition : name, moment.now);
  connection.token = accepted.token;
  connection.via = accepted.via;
  connection.since = moment.now;
  Turn turn = this->turn(moment, out);
  Partition& to = *connection.partition;
  to.opened(turn, connection);
  if (accepted.close_code != 0) to.close(turn, connection, accepted.close_code, "the session token is unknown or has expired");
  return id;
}

void Engine::text(const Moment& moment, ConnectionId from, std::string_view message, Outputs& out) {
  if (!defers(moment)) return take_text(moment, from, message, out);
  if (is_open(from)) defer(moment, {DeferredInput::Kind::text, from, std::string{message}}, out);
}

void Engine::take_text(const Moment& moment, ConnectionId from, std::string_view message, Outputs& out) {
  Connection* connection = find(from);
  if (!connection || connection->closing) return;
  Turn turn = this->turn(moment, out);
  connection->partition->text(turn, *connection, message);
}

void Engine::binary(const Moment& moment, ConnectionId from, std::size_t size, Outputs& out) {
  if (!defers(moment)) return take_binary(moment, from, size, out);
  if (is_open(from)) defer(moment, {DeferredInput::Kind::binary, from, {}, size}, out);
}

void Engine::take_binary(const Moment& moment, ConnectionId from, std::size_t size, Outputs& out) {
  Connection* connection = find(from);
  if (!connection || connection->closing) return;
  Turn turn = this->turn(moment, out);
  connection->partition->binary(turn, *connection, size);
}

void Engine::broke(const Moment&, ConnectionId from, std::string_view what) {
  if (Connection* connection = find(from)) connection->partition->broke(*connection, what);
}

void Engine::closed(const Moment& moment, ConnectionId id, std::uint16_t code) {
  if (!defers(moment)) return take_end(moment, id, code);
  Outputs none;
  if (find(id)) defer(moment, {DeferredInput::Kind::closed, id, {}, 0, code}, none);
}

void Engine::take_end(const Moment& moment, ConnectionId id, std::uint16_t code) {
  Connection* connection = find(id);
  if (!connection) return;
  Outputs none;
  Turn turn = this->turn(moment, none);
  const auto partition = connection->partition;
  partition->closed(turn, *connection, code);
  connections_.erase(id);
}

void Engine::timer(const Moment& moment, Outputs& out) {
  const auto& deadline = common_.options.deadline;
  if (deadline && moment.now >= later(common_.start, *deadline)) deadline_passed_ = true;
  if (const auto end = stalled_until(moment.now)) {
    if (!deferred_.empty()) note_stall(moment, *end);  // it holds up what the one before it has left
    return;
  }
  catch_up(moment, out, common_.options.bytes_per_turn);
  if (!deferred_.empty()) return;
  Turn turn = this->turn(moment, out);
  // What becomes due while we are at it has its turn too, as long as the budget lasts.
  while (turn.budget > 0 && !common_.timers.empty() && common_.timers.begin()->due <= moment.now) {
    const Timer timer = common_.timers.extract(common_.timers.begin()).value();
    turn.intended = timer.due;
    if (const auto end = stalled_until(timer.due)) {
      note_stall(moment, *end);
      turn.intended = *end;  // it is not the mock's own lateness
    }
    turn.scheduled = true;
    timer.of->due(turn, timer.instance);
  }
}

std::optional<TimePoint> Engine::due() const noexcept {
  std::optional<TimePoint> next;
  if (!deferred_.empty()) {
    next = noted_stall_;
  } else if (!common_.timers.empty()) {
    next = common_.timers.begin()->due;
    if (const auto end = stalled_until(*next)) next = end;
  }
  if (common_.options.deadline && !deadline_passed_) {
    const TimePoint end = later(common_.start, *common_.options.deadline);
    next = next ? std::min(*next, end) : end;
  }
  return next;
}

void Engine::left(std::uint64_t seq, TimePoint actual) {
  common_.journal.left(seq, actual);
}

bool Engine::over() const {
  if (deadline_passed_) return true;
  if (!common_.options.until_met || !connections_.empty()) return false;
  const bool used =
      std::any_of(partitions_.begin(), partitions_.end(), [](const auto& each) { return !each.second->unused(); });
  return used && std::all_of(partitions_.begin(), partitions_.end(), [](const auto& each) {
           return each.second->unused() || (each.second->instances().empty() && each.second->judge().lower_bounds_met());
         });
}

void Engine::going_down(const Moment& moment, Outputs& out) {
  // Nobody waits any more for a stall to end. Who hung up in it did so of his own, and is judged.
  catch_up(moment, out, std::numeric_limits<std::size_t>::max());
  common_.down = true;
  Turn turn = this->turn(moment, out);
  for (auto& [id, connection] : connections_) {
    connection.partition->close(turn, connection, 1001, "the agent is going down");
  }
}

void Engine::adopt(const Moment& moment, std::shared_ptr<const Scenario> scenario) {
  use(std::move(scenario), moment.now);
  for (const auto& [name, partition] : partitions_) partition->adopt(moment.now, rules_);
  common_.journal.record(moment.now, JournalEntry::Direction::note, 0, "another scenario is used from now on");
}

bool Engine::reset(const Moment& moment, std::string_view name, Outputs& out) {
  const auto found = partitions_.find(name);
  if (found == partitions_.end()) return false;
  const auto old = found->second;
  Turn turn = this->turn(moment, out);
  for (const auto& [ordinal, connection] : old->connections()) old->close(turn, *connection, 1001, "the partition was reset");
  old->forget_instances();
  partitions_.erase(found);
  partition(name, moment.now);
  common_.journal.record(moment.now, JournalEntry::Direction::note, 0, fmt::format("partition {} was reset", name));
  return true;
}

bool Engine::emit(const Moment& moment, ConnectionId to, std::string_view frame, Outputs& out) {
  Connection* connection = find(to);
  if (!connection || connection->closing) return false;
  Turn turn = this->turn(moment, out);
  connection->partition->emit(turn, *connection, frame);
  return true;
}

bool Engine::drop(const Moment& moment, ConnectionId id, std::uint16_t code, Outputs& out) {
  Connection* connection = find(id);
  if (!connection || connection->closing) return false;
  Turn turn = this->turn(moment, out);
  connection->partition->close(turn, *connection, code, "dropped");
  return true;
}

bool Engine::is_open(ConnectionId id) {
  const Connection* connection = find(id);
  return connection && !connection->closing;
}

Connection* Engine::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

}  // namespace procedura::mock::engine
