// The part of the engine that runs instances: one per matched request, each with its own cursor and timer.
#include "engine/engine.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {

class Engine::Sink final : public FrameSink {
 public:
  Sink(Engine& engine, Turn& turn) : engine_{engine}, turn_{turn} {}
  void frame(const Instance& instance, const Step& step, std::size_t offset, std::optional<protocol::Status> status,
             std::string_view code) override {
    engine_.played_frame(turn_, instance, step, offset, status, code);
  }

 private:
  Engine& engine_;
  Turn& turn_;
};

void Engine::start(Turn& turn, Connection& from, const Stub& stub, ReceivedRequest request) {
  Instance instance{stub, std::move(request)};
  instance.ordinal = ++instances_made_;
  instance.connection = from.id;
  instance.job_id = new_job();
  instance.draw = instance_draw(seed_, "default", from.id, stub.name, ++from.runs[&stub]);
  journal_.attribute({stub.name, instance.ordinal, 0});
  // Most instances of a sync stub are over at once: only one that waits is kept.
  const auto until = play(turn, instance);
  if (!until) return;
  instance.due = until;
  timers_.insert({*until, instance.ordinal});
  from.instances.insert(instance.ordinal);
  instances_.emplace(instance.ordinal, std::move(instance));
}

void Engine::timer(const Moment& moment, Outputs& out) {
  Turn turn{moment, out, options_.steps_per_turn};
  // What becomes due while we are at it has its turn too, as long as the budget lasts.
  while (turn.budget > 0 && !timers_.empty() && timers_.begin()->due <= moment.now) {
    auto timer = timers_.extract(timers_.begin());
    const auto at = instances_.find(timer.value().instance);
    Instance& instance = at->second;
    instance.due = play(turn, instance);
    if (instance.due) {
      timer.value().due = *instance.due;
      timers_.insert(std::move(timer));
      continue;
    }
    find(instance.connection)->instances.erase(instance.ordinal);
    instances_.erase(at);
  }
}

std::optional<TimePoint> Engine::due() const noexcept {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->due;
}

// Goes on with an instance. Nothing: it is over.
std::optional<TimePoint> Engine::play(Turn& turn, Instance& instance) {
  Sink sink{*this, turn};
  const auto result = player_.play(instance, turn.moment, turn.budget, turn.out.buffer(), sink);
  if (const auto* waiting = std::get_if<Player::Waiting>(&result)) return waiting->until;
  if (const auto* broken = std::get_if<Player::Broken>(&result)) {
    Connection& to = *find(instance.connection);
    judge_.failure(fmt::format("SCENARIO_ERROR at {}: stub {}, request {} on connection {}: {}",
                               scenario_->where(broken->step->place), instance.stub->name, instance.request.id, to.id,
                               broken->message));
    // A frame that the script made up may have ended the exchange: nothing targeted follows that (END-1).
    if (to.session.live(instance.request.id)) {
      refuse(turn, to, instance.request.id, "SCENARIO_ERROR",
             fmt::format("{}: {}", scenario_->where(broken->step->place), broken->message));
    }
  }
  return std::nullopt;
}

void Engine::played_frame(Turn& turn, const Instance& instance, const Step& step, std::size_t offset,
                          std::optional<protocol::Status> status, std::string_view code) {
  Connection& to = *find(instance.connection);
  if (status) {
    track(to, instance.request.id, *status, instance, step);
    if (*status == protocol::Status::error) metrics_.count_error(code);
  } else {
    // The script made this frame up. Whatever it says, it is sent; but an exchange that it ends is over.
    const auto made_up = protocol::decode_reply(turn.out.buffer().substr(offset), options_.limits);
    if (made_up.fault == protocol::DecodedReply::Fault::none) {
      const auto& reply = made_up.reply;
      const bool by_job = !reply.id && reply.job_id && *reply.job_id == instance.job_id;
      if (reply.id || by_job) track(to, by_job ? instance.request.id : *reply.id, reply.status, instance, step);
    }
  }
  send(turn, to, offset, {instance.stub->name, instance.ordinal, step.ordinal});
  if (turn.out.buffer().size() > options_.bytes_per_turn) turn.budget = 0;
}

void Engine::track(Connection& to, std::string_view id, protocol::Status status, const Instance& instance, const Step& step) {
  const bool was_live = to.session.live(id);
  const auto order = to.session.reply(id, status);
  if (was_live && status == protocol::Status::finished) ++metrics_.jobs_finished;
  if (was_live && status == protocol::Status::error) ++metrics_.jobs_failed;
  if (order == protocol::ReplyOrder::in_order) return;
  judge_.note(fmt::format("{}: stub {}, instance {} on connection {}: {} frame out of order: {}", scenario_->where(step.place),
                          instance.stub->name, instance.ordinal, to.id, to_string(status), describe(order)));
}

void Engine::drop_instances(Connection& connection) {
  for (const std::uint64_t ordinal : connection.instances) {
    const auto at = instances_.find(ordinal);
    timers_.erase({*at->second.due, ordinal});
    instances_.erase(at);
  }
  connection.instances.clear();
}

}  // namespace procedura::mock::engine
