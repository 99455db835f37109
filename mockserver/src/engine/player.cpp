#include "engine/player.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

using protocol::Status;

// A year is as good as never, and far from where the clock's own arithmetic overflows.
constexpr Duration longest = std::chrono::hours{365 * 24};

template <class Rendered>
std::optional<std::string> problem_of(Rendered& rendered) {
  auto* error = std::get_if<RenderError>(&rendered);
  return error ? std::optional{std::move(error->message)} : std::nullopt;
}

// A frame of the exchange, which has no place any more once the exchange is over.
bool belongs_to_exchange(const Step::Action& action) noexcept {
  return std::holds_alternative<step::Accept>(action) || std::holds_alternative<step::Ack>(action) ||
         std::holds_alternative<step::Started>(action) || std::holds_alternative<step::Running>(action) ||
         std::holds_alternative<step::Finished>(action) || std::holds_alternative<step::Error>(action);
}

}  // namespace

std::uint64_t Player::step_draw(const Instance& instance, const Step& step) noexcept {
  std::uint64_t draw = protocol::mix(instance.draw, step.ordinal);
  for (const std::uint64_t iteration : instance.cursor.iterations()) draw = protocol::mix(draw, iteration);
  return draw;
}

Duration Player::scaled(Duration delay) const noexcept {
  const double nanoseconds = static_cast<double>(delay.count()) * time_scale_;
  return Duration{static_cast<std::int64_t>(std::clamp(nanoseconds, 0.0, static_cast<double>(longest.count())))};
}

Player::Result Player::play(Instance& instance, const Moment& moment, const Scopes& variables, std::size_t& budget,
                            std::string& out, FrameSink& sink) {
  while (const Step* step = instance.cursor.step()) {
    if (budget == 0) return Waiting{moment.now};
    --budget;
    // A conditional error is instead of what follows it (END-1): only faults make an agent go on after its last word.
    if (instance.over && belongs_to_exchange(step->action)) {
      instance.cursor.next();
      continue;
    }
    if (step->when && !holds(*step->when, {instance.run, instance.request.sender.connection}, variables)) {
      instance.cursor.next();
      continue;
    }
    const RenderContext context{instance.request,
                                instance.job_id,
                                instance.frames,
                                instance.cursor.iterations(),
                                variables.instance,
                                moment.wall_ms,
                                step_draw(instance, *step),
                                {variables.connection, variables.partition}};
    if (const auto* wait = std::get_if<step::Wait>(&step->action)) {
      const Duration delay = sample(wait->delay, context.draw);
      instance.scripted = later(instance.scripted, delay);  // delays that are never slept through add up
      instance.cursor.next();
      return Waiting{moment.now + scaled(delay)};
    }
    if (const auto* repeat = std::get_if<step::Repeat>(&step->action)) {
      auto count = repeat->count.count(context);
      if (auto problem = problem_of(count)) return Broken{step, std::move(*problem)};
      instance.cursor.enter(repeat->steps, std::get<std::uint64_t>(count));
      continue;
    }
    if (const auto* await = std::get_if<step::Await>(&step->action)) return Awaiting{await};
    if (std::holds_alternative<step::Close>(step->action) || std::holds_alternative<step::Fault>(step->action)) {
      const Act act{step, context.draw};
      instance.cursor.next();
      return act;
    }
    bool goes_on = true;
    const auto* assign = std::get_if<step::Set>(&step->action);
    auto problem = assign ? set(*assign, context, variables) : render(instance, *step, context, out, sink, goes_on);
    if (problem) return Broken{step, std::move(*problem)};
    if (!goes_on) return Ended{};
    instance.cursor.next();
  }
  return Ended{};
}

Player::Problem Player::set(const step::Set& step, const RenderContext& context, const Scopes& variables) {
  for (const auto& [name, value] : step.values) {
    scratch_.clear();
    if (auto error = value.append_json(scratch_, context)) return std::move(error->message);
    if (!variables.set(step.scope, name, scratch_)) {
      return fmt::format("the variable {} would have {} bytes: no more than {} are kept", name, scratch_.size(), max_variable);
    }
  }
  return std::nullopt;
}

// Renders one frame. On a problem nothing has been sent.
Player::Problem Player::render(Instance& instance, const Step& step, const RenderContext& context, std::string& out,
                               FrameSink& sink, bool& goes_on) {
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
    if (auto problem = problem_of(message)) return problem;
    if (failed->code) code = failed->code->text(context);
    if (auto problem = problem_of(code)) return problem;
    protocol::append_error(out, to, target(), std::get<std::string>(code), std::get<std::string>(message), scratch_);
    status = Status::error;
  } else if (const auto* send = std::get_if<step::Send>(&step.action)) {
    if (auto error = send->frame.append_json(out, context)) return std::move(error->message);
  } else if (const auto* broadcast = std::get_if<step::Broadcast>(&step.action)) {
    if (auto error = broadcast->frame.append_json(out, context)) return std::move(error->message);
  } else if (const auto* raw = std::get_if<step::Raw>(&step.action)) {
    if (const auto* bytes = std::get_if<std::string>(&raw->payload)) {
      out += *bytes;
    } else {
      auto text = std::get<Template>(raw->payload).text(context);
      if (auto problem = problem_of(text)) return problem;
      out += std::get<std::string>(text);
    }
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
  instance.over = instance.over || status == Status::finished || status == Status::error;
  goes_on = sink.frame(step, offset, status, std::get<std::string>(code));
  return std::nullopt;
}

}  // namespace procedura::mock::engine
