// The part of a partition that runs instances: one per matched request, each with its own cursor and timer.
#include "engine/partition.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {

class Partition::Sink final : public FrameSink {
 public:
  Sink(Partition& partition, Turn& turn) : partition_{partition}, turn_{turn} {}
  void frame(const Instance& instance, const Step& step, std::size_t offset, std::optional<protocol::Status> status,
             std::string_view code) override {
    partition_.played_frame(turn_, instance, step, offset, status, code);
  }

 private:
  Partition& partition_;
  Turn& turn_;
};

void Partition::start(Turn& turn, Connection& from, const Stub& stub, ReceivedRequest request) {
  const std::string_view name = rules_->kept_name(stub);
  Instance instance{rules_, stub, ++runs_[name.data()], std::move(request)};
  instance.ordinal = ++instances_made_;
  instance.connection = &from;
  instance.name = name;
  instance.job_id = new_job(from);
  instance.draw = instance_draw(common_.seed, name_, from.ordinal, name, ++from.runs[name.data()]);
  instance.since = turn.moment.now;
  instance.caused_by = turn.caused_by;
  common_.journal.attribute({name, instance.ordinal, 0});
  // Most instances of a sync stub are over at once: only one that waits is kept.
  const auto until = play(turn, instance);
  if (!until) return;
  from.instances.insert(instance.ordinal);
  wait(instances_.emplace(instance.ordinal, std::move(instance)).first->second, *until);
}

void Partition::due(Turn& turn, std::uint64_t ordinal) {
  const auto at = instances_.find(ordinal);
  Instance& instance = at->second;
  turn.caused_by = instance.caused_by;
  if (const auto until = play(turn, instance)) return wait(instance, *until);
  instance.connection->instances.erase(ordinal);
  instances_.erase(at);
}

void Partition::wait(Instance& instance, TimePoint until) {
  instance.due = until;
  common_.timers.insert({until, ordinal_, instance.ordinal, this});
}

// Goes on with an instance. Nothing: it is over.
std::optional<TimePoint> Partition::play(Turn& turn, Instance& instance) {
  Sink sink{*this, turn};
  const auto result = player_.play(instance, turn.moment, turn.budget, turn.out.buffer(), sink);
  if (const auto* waiting = std::get_if<Player::Waiting>(&result)) return waiting->until;
  if (const auto* broken = std::get_if<Player::Broken>(&result)) {
    Connection& to = *instance.connection;
    judge_.failure(fmt::format("SCENARIO_ERROR at {}: stub {}, request {} on connection {}: {}",
                               instance.rules->scenario().where(broken->step->place), instance.stub->name, instance.request.id,
                               to.id, broken->message));
    // A frame that the script made up may have ended the exchange: nothing targeted follows that (END-1).
    if (to.session.live(instance.request.id)) {
      refuse(turn, to, instance.request.id, "SCENARIO_ERROR",
             fmt::format("{}: {}", instance.rules->scenario().where(broken->step->place), broken->message));
    }
  }
  return std::nullopt;
}

void Partition::played_frame(Turn& turn, const Instance& instance, const Step& step, std::size_t offset,
                             std::optional<protocol::Status> status, std::string_view code) {
  Connection& to = *instance.connection;
  if (status) {
    track(to, instance.request.id, *status, instance, step);
    if (*status == protocol::Status::error) metrics_.count_error(code);
  } else {
    // The script made this frame up. Whatever it says, it is sent; but an exchange that it ends is over.
    const auto made_up = protocol::decode_reply(turn.out.buffer().substr(offset), common_.options.limits);
    if (made_up.fault == protocol::DecodedReply::Fault::none) {
      const auto& reply = made_up.reply;
      const bool by_job = !reply.id && reply.job_id && *reply.job_id == instance.job_id;
      if (reply.id || by_job) track(to, by_job ? instance.request.id : *reply.id, reply.status, instance, step);
    }
  }
  send(turn, to, offset, {instance.name, instance.ordinal, step.ordinal});
  if (turn.out.buffer().size() > common_.options.bytes_per_turn) turn.budget = 0;
}

void Partition::track(Connection& to, std::string_view id, protocol::Status status, const Instance& instance,
                      const Step& step) {
  const bool was_live = to.session.live(id);
  const auto order = to.session.reply(id, status);
  if (was_live && status == protocol::Status::finished) ++metrics_.jobs_finished;
  if (was_live && status == protocol::Status::error) ++metrics_.jobs_failed;
  if (order == protocol::ReplyOrder::in_order) return;
  judge_.note(fmt::format("{}: stub {}, instance {} on connection {}: {} frame out of order: {}",
                          instance.rules->scenario().where(step.place), instance.stub->name, instance.ordinal, to.id,
                          to_string(status), describe(order)));
}

void Partition::drop_instances(Connection& connection) {
  for (const std::uint64_t ordinal : connection.instances) {
    const auto at = instances_.find(ordinal);
    common_.timers.erase({*at->second.due, ordinal_, ordinal, this});
    instances_.erase(at);
  }
  connection.instances.clear();
}

}  // namespace procedura::mock::engine
