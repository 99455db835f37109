#include "engine/player.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

using protocol::Status;

// FNV-1a: a name as a number, the same on every machine.
std::uint64_t hash_name(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::uint64_t step_draw(const Instance& instance, const Step& step) noexcept {
  std::uint64_t draw = protocol::mix(instance.draw, step.ordinal);
  for (const std::uint64_t iteration : instance.cursor.iterations()) draw = protocol::mix(draw, iteration);
  return draw;
}

Duration scaled(Duration delay, double scale) noexcept {
  const double nanoseconds = static_cast<double>(delay.count()) * scale;
  // A year is as good as never, and far from where the clock's own arithmetic overflows.
  constexpr double longest = 365.0 * 24 * 3600 * 1e9;
  return Duration{static_cast<std::int64_t>(std::clamp(nanoseconds, 0.0, longest))};
}

}  // namespace

std::uint64_t instance_draw(std::uint64_t seed, std::string_view partition, std::uint64_t connection, std::string_view stub,
                            std::uint64_t ordinal_on_connection) {
  std::uint64_t draw = protocol::mix(seed, hash_name(partition));
  draw = protocol::mix(draw, connection);
  draw = protocol::mix(draw, hash_name(stub));
  return protocol::mix(draw, ordinal_on_connection);
}

Player::Result Player::play(Instance& instance, const Moment& moment, std::size_t& budget, std::string& out, FrameSink& sink) {
  while (const Step* step = instance.cursor.step()) {
    if (budget == 0) return Waiting{moment.now};
    --budget;
    const RenderContext context{instance.request, instance.job_id, instance.frames,           instance.cursor.iterations(),
                                nullptr,          moment.wall_ms,  step_draw(instance, *step)};
    if (const auto* wait = std::get_if<step::Wait>(&step->action)) {
      const TimePoint until = moment.now + scaled(sample(wait->delay, context.draw), time_scale_);
      instance.cursor.next();
      return Waiting{until};
    }
    if (const auto* repeat = std::get_if<step::Repeat>(&step->action)) {
      auto count = repeat->count.count(context);
      if (auto* error = std::get_if<RenderError>(&count)) return Broken{step, std::move(error->message)};
      instance.cursor.enter(repeat->steps, std::get<std::uint64_t>(count));
      continue;
    }
    if (auto problem = render(instance, *step, context, out, sink)) return Broken{step, std::move(*problem)};
    instance.cursor.next();
  }
  return Ended{};
}

// Renders one frame. On a problem nothing has been sent.
std::optional<std::string> Player::render(Instance& instance, const Step& step, const RenderContext& context, std::string& out,
                                          FrameSink& sink) {
  const std::size_t offset = out.size();
  const protocol::Address to{instance.request.id, instance.job_id};
  const auto target = [&] {
    auto chosen = target_of(step, *instance.stub, instance.rules->settings(), instance.request.mode);
    // A job_id that no frame has told yet is nobody's.
    if (instance.frames == 0 && !step.target) chosen.id = true;
    return chosen;
  };
  std::optional<Status> status;
  std::variant<std::string, RenderError> code = std::string{};
  scratch_.clear();

  if (const auto* running = std::get_if<step::Running>(&step.action)) {
    if (auto error = running->members.append_json(scratch_, context)) return std::move(error->message);
    protocol::append_running(out, to, target(), scratch_);
    status = Status::running;
  } else if (const auto* finished = std::get_if<step::Finished>(&step.action)) {
    if (auto error = finished->result.append_json(scratch_, context)) return std::move(error->message);
    protocol::append_finished(out, to, target(), scratch_);
    status = Status::finished;
  } else if (const auto* failed = std::get_if<step::Error>(&step.action)) {
    if (auto error = failed->members.append_json(scratch_, context)) return std::move(error->message);
    auto message = failed->message.text(context);
    if (auto* error = std::get_if<RenderError>(&message)) return std::move(error->message);
    if (failed->code) code = failed->code->text(context);
    if (auto* error = std::get_if<RenderError>(&code)) return std::move(error->message);
    protocol::append_error(out, to, target(), std::get<std::string>(code), std::get<std::string>(message), scratch_);
    status = Status::error;
  } else if (const auto* send = std::get_if<step::Send>(&step.action)) {
    if (auto error = send->frame.append_json(out, context)) return std::move(error->message);
  } else {
    const bool accept = std::holds_alternative<step::Accept>(step.action);
    const bool ack = accept ? instance.request.mode == protocol::Mode::sync : std::holds_alternative<step::Ack>(step.action);
    if (ack) {
      protocol::append_ack(out, to, target());
    } else {
      protocol::append_started(out, to, target());
    }
    status = ack ? Status::ack : Status::started;
  }
  ++instance.frames;
  sink.frame(instance, step, offset, status, std::get<std::string>(code));
  return std::nullopt;
}

}  // namespace procedura::mock::engine
