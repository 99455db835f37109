// How the frames of a partition leave: as they are, or with the faults that wait for them.
#include "engine/chaos.hpp"
#include "engine/partition.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {

void Partition::played_frame(Turn& turn, Instance& instance, const Step& step, std::size_t offset,
                             std::optional<protocol::Status> status, std::string_view code) {
  std::string& buffer = turn.out.buffer();
  const Origin origin{instance.name, instance.ordinal, step.ordinal};
  if (buffer.size() > common_.options.bytes_per_turn) turn.budget = 0;
  if (std::holds_alternative<step::Broadcast>(step.action)) return broadcast(turn, offset, origin);
  if (!instance.connection) {
    buffer.resize(offset);
    return not_delivered(turn, origin, status ? to_string(*status) : std::string_view{"a frame"});
  }

  Connection& to = *instance.connection;
  const auto* raw = std::get_if<step::Raw>(&step.action);
  const bool binary = raw && std::holds_alternative<std::string>(raw->payload);
  if (status) {
    track(to, instance.request.id, *status, instance, step);
    if (*status == protocol::Status::error) metrics_.count_error(code);
  } else if (!binary) {
    // The script made this frame up. Whatever it says, it is sent; but an exchange that it ends is over.
    const auto made_up = protocol::decode_reply(buffer.substr(offset), common_.options.limits);
    if (made_up.fault == protocol::DecodedReply::Fault::none) {
      const auto& reply = made_up.reply;
      const bool by_job = !reply.id && reply.job_id && *reply.job_id == instance.job_id;
      if (reply.id || by_job) track(to, by_job ? instance.request.id : *reply.id, reply.status, instance, step);
    }
  }
  if (!binary && instance.faults.empty() && !instance.held && common_.options.chaos <= 0) {
    return post(turn, to, offset, origin);
  }
  const std::uint64_t draw = Player::step_draw(instance, step);
  distort(turn, to, take(turn, offset, binary, origin), &instance, draw);
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

// A frame that no script made.
void Partition::send(Turn& turn, Connection& to, std::size_t offset) {
  if (common_.options.chaos <= 0) return post(turn, to, offset, {});
  const std::uint64_t draw = instance_draw(common_.seed, name_, to.ordinal, "frames of its own", ++to.own_frames);
  distort(turn, to, take(turn, offset, false, {}), nullptr, draw);
}

void Partition::post(Turn& turn, Connection& to, std::size_t offset, const Origin& origin) {
  const auto frame = std::string_view{turn.out.buffer()}.substr(offset);
  ++metrics_.frames_out;
  metrics_.bytes_out += frame.size();
  turn.out.text(to.id, offset, record_sent(turn, to, frame, origin), turn.intended);
}

std::uint64_t Partition::record_sent(Turn& turn, const Connection& to, std::string_view frame, const Origin& origin) {
  return common_.journal.record_sent(turn.moment.now, to.id, frame, here(turn, origin), turn.intended,
                                     turn.scheduled && !to.slowed);
}

Origin Partition::here(const Turn& turn, Origin origin) const noexcept {
  origin.caused_by = turn.caused_by;
  origin.partition = kept_name_;
  return origin;
}

void Partition::broadcast(Turn& turn, std::size_t offset, const Origin& origin) {
  const std::string frame = turn.out.buffer().substr(offset);
  bool first = true;
  for (const auto& [ordinal, connection] : connections_) {
    if (connection->closing) continue;
    // The payload is there once, however many take it.
    if (std::exchange(first, false)) {
      post(turn, *connection, offset, origin);
      continue;
    }
    ++metrics_.frames_out;
    metrics_.bytes_out += frame.size();
    Output again = turn.out.list().back();
    again.connection = connection->id;
    again.seq = record_sent(turn, *connection, frame, origin);
    turn.out.repeat(again);
  }
  if (first) turn.out.buffer().resize(offset);
}

void Partition::not_delivered(Turn& turn, const Origin& origin, std::string_view what) {
  common_.journal.record(turn.moment.now, JournalEntry::Direction::note, 0,
                         fmt::format("not delivered: {}, the connection has ended", what), here(turn, origin));
}

Departure Partition::take(Turn& turn, std::size_t offset, bool binary, const Origin& origin) {
  std::string& buffer = turn.out.buffer();
  Departure frame{buffer.substr(offset), binary, origin};
  buffer.resize(offset);
  return frame;
}

// Lets the faults that wait, and chaos, at a frame. Faults do not touch the books: an exchange goes on as if its frames had
// left as they should.
void Partition::distort(Turn& turn, Connection& to, Departure frame, Instance* instance, std::uint64_t draw) {
  auto faults = instance ? std::exchange(instance->faults, {}) : std::vector<FrameFault>{};
  if (auto chance = chaos_fault(common_.options.chaos, draw_for(draw, "chaos"))) {
    // Frames that no script made leave together as it is.
    const bool possible = instance || !std::holds_alternative<fault::Coalesce>(*chance);
    if (possible && is_for_frames(*chance)) {
      add(faults, {std::move(*chance), frame.origin, true});
    } else if (possible) {
      fire(turn, to, *chance, frame.origin, draw, true);
      if (to.closing) return;
    }
  }
  for (const auto& [fault, origin, chaos] : faults) {
    if (!apply(fault, draw_for(draw, name_of(fault)), frame)) continue;
    fired(turn, to.id, origin, fault, words_of(fault), chaos);
    const auto* coalesce = std::get_if<fault::Coalesce>(&fault);
    if (!coalesce) continue;
    if (!instance->held) instance->held = std::make_unique<Coalescing>();
    instance->held->missing = std::max(instance->held->missing, coalesce->frames);
  }
  if (frame.copies == 0) return;
  if (!instance || !instance->held) return depart(turn, to, frame);
  Coalescing& held = *instance->held;
  held.bytes += sizeof(Departure) + frame.payload.size();
  held.frames.push_back(std::move(frame));
  if (held.missing > 0) --held.missing;
  if (held.missing == 0 || held.bytes >= max_coalesced) release(turn, *instance);
}

void Partition::depart(Turn& turn, Connection& to, const Departure& frame) {
  // The payload is there once, however often it leaves.
  const std::size_t offset = turn.out.buffer().size();
  turn.out.buffer() += frame.payload;
  for (std::uint64_t copy = 0; copy < frame.copies; ++copy) {
    for (const WireChange& change : frame.wire) {
      turn.out.wire(to.id, change);
      to.slowed = to.slowed || std::holds_alternative<fault::Dribble>(change.change);
    }
    if (!frame.binary) {
      post(turn, to, offset, frame.origin);
      continue;
    }
    ++metrics_.frames_out;
    metrics_.bytes_out += frame.payload.size();
    const auto seq =
        common_.journal.record(turn.moment.now, JournalEntry::Direction::note, to.id,
                               fmt::format("binary message of {} bytes sent", frame.payload.size()), here(turn, frame.origin));
    turn.out.binary(to.id, offset, seq, turn.intended);
  }
}

// The frames that an instance held back leave together.
void Partition::release(Turn& turn, Instance& instance) {
  const auto held = std::exchange(instance.held, nullptr);
  if (!instance.connection || instance.connection->closing) return;
  for (const Departure& frame : held->frames) depart(turn, *instance.connection, frame);
}

}  // namespace procedura::mock::engine
