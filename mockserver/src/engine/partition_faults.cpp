// What a partition does wrong on purpose.
#include "engine/illegal_frames.hpp"
#include "engine/partition.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {

/// The output that a fault of the connection is.
struct Partition::Fire {
  Turn& turn;
  Connection& to;
  std::optional<Duration> latency;

  // Nothing follows on this connection.
  template <class Output>
  void end(Output output) const {
    to.closing = true;
    to.partition->drop_instances(turn, to);
    output();
  }

  void operator()(fault::Reset) const {
    end([this] { turn.out.reset(to.id); });
  }
  void operator()(fault::Drop) const {
    end([this] { turn.out.drop(to.id); });
  }
  void operator()(const fault::CloseCode& close) const {
    end([&] {
      if (close.code != std::uint16_t{0}) return turn.out.close_frame(to.id, close.code.value_or(0));
      // An output's 0 is the empty one.
      bytes(close_frame(0));
      turn.out.drop(to.id);
    });
  }
  void operator()(const fault::Illegal& illegal) const { bytes(illegal_frame(illegal.kind)); }
  void operator()(const fault::Latency&) const { turn.out.wire(to.id, {WireChange::Latency{*latency}}); }
  void operator()(const fault::HalfOpen& change) const { turn.out.wire(to.id, {change}); }
  void operator()(const fault::NoPong& change) const { turn.out.wire(to.id, {change}); }
  void operator()(const fault::NoClose& change) const { turn.out.wire(to.id, {change}); }
  void operator()(const fault::Bandwidth& change) const { turn.out.wire(to.id, {change}); }
  void operator()(const auto&) const {}  // of frames and of the upgrade: not ours

  void bytes(std::string_view what) const {
    const std::size_t offset = turn.out.buffer().size();
    turn.out.buffer() += what;
    turn.out.bytes(to.id, offset);
  }
};

void Partition::act(Turn& turn, Instance& instance, const Step& step, std::uint64_t draw) {
  const Origin origin{instance.name, instance.ordinal, step.ordinal};
  const auto* close = std::get_if<step::Close>(&step.action);
  if (!instance.connection) {
    return not_delivered(turn, origin, close ? std::string_view{"a close"} : name_of(std::get<step::Fault>(step.action).fault));
  }
  Connection& to = *instance.connection;
  if (close) {
    if (instance.held) release(turn, instance);
    return this->close(turn, to, close->code, close->reason);
  }
  const Fault& fault = std::get<step::Fault>(step.action).fault;
  if (const auto* extra = std::get_if<fault::Extra>(&fault)) return send_extra(turn, instance, step, *extra, draw);
  if (is_for_frames(fault)) return add(instance.faults, {fault, origin});
  fire(turn, to, fault, origin, draw);
}

void Partition::fire(Turn& turn, Connection& to, const Fault& fault, const Origin& origin, std::uint64_t draw, bool chaos) {
  std::optional<Duration> latency;
  if (const auto* held = std::get_if<fault::Latency>(&fault)) {
    latency = player_.scaled(sample(held->delay, draw_for(draw, "latency")));
  }
  fired(turn, to.id, origin, fault, words_of(fault, latency), chaos);
  to.slowed = to.slowed || latency || std::holds_alternative<fault::Bandwidth>(fault);
  std::visit(Fire{turn, to, latency}, fault);
}

// One more frame of the exchange. It is on no books: the exchange goes on, or stays over.
void Partition::send_extra(Turn& turn, Instance& instance, const Step& step, const fault::Extra& extra, std::uint64_t draw) {
  using Kind = fault::Extra::Kind;
  Connection& to = *instance.connection;
  const Origin origin{instance.name, instance.ordinal, step.ordinal};
  const Fault& fault = std::get<step::Fault>(step.action).fault;
  fired(turn, to.id, origin, fault, words_of(fault));

  auto target = target_of(step, *instance.stub, instance.rules->settings(), instance.request.mode);
  if (instance.frames == 0 && !step.target) target.id = true;
  const protocol::Address address{instance.request.id, instance.job_id};
  std::string& buffer = turn.out.buffer();
  const std::size_t offset = buffer.size();
  switch (extra.kind) {
    case Kind::ack:
      protocol::append_ack(buffer, address, target);
      break;
    case Kind::started:
      protocol::append_started(buffer, address, target);
      break;
    case Kind::running:
      protocol::append_running(buffer, address, target, {});
      break;
    case Kind::finished:
      protocol::append_finished(buffer, address, target, "null");
      break;
    case Kind::error:
      protocol::append_error(buffer, address, target, "EXTRA", "one more frame than there should be");
      break;
  }
  ++instance.frames;
  distort(turn, to, take(turn, offset, false, origin), &instance, draw);
}

void Partition::fired(Turn& turn, ConnectionId connection, const Origin& origin, const Fault& fault, std::string words,
                      bool chaos) {
  if (chaos) words += words.empty() ? "by chaos" : ", by chaos";
  common_.journal.record_fault(turn.moment.now, connection, name_of(fault), words, here(turn, origin));
}

// Rules of authentication, and the upgrade or the request at which they were broken.
void Partition::note_broken(Turn& turn, const Connection& connection) {
  for (const char* rule : accounts_.take_broken()) {
    common_.journal.record_fault(turn.moment.now, connection.id, "auth.break", rule, here(turn, {}));
  }
}

// Those of the scenario, when a connection is let in.
void Partition::fire_at_opening(Turn& turn, Connection& connection) {
  std::uint64_t ordinal = 0;
  for (const ConnectionFault& one : rules_->settings().faults) {
    const std::uint64_t draw = instance_draw(common_.seed, name_, connection.ordinal, "faults", ++ordinal);
    if (is_for_the_upgrade(one.fault) || !holds(one.when, {0, connection.ordinal}, {})) continue;
    fire(turn, connection, one.fault, {}, draw);
    if (connection.closing) return;
  }
}

bool Partition::is_for_the_upgrade(const Fault& fault) noexcept {
  return std::holds_alternative<fault::StallUpgrade>(fault) || std::holds_alternative<fault::DropUpgrade>(fault);
}

std::optional<DoorDecision> Partition::attempt(Turn& turn) {
  ++attempts_;
  for (const ConnectionFault& one : rules_->settings().faults) {
    if (!is_for_the_upgrade(one.fault) || !holds(one.when, {0, attempts_}, {})) continue;
    fired(turn, 0, {}, one.fault, fmt::format("attempt {}", attempts_));
    if (std::holds_alternative<fault::StallUpgrade>(one.fault)) return door::Stall{};
    return door::Drop{};
  }
  return std::nullopt;
}

}  // namespace procedura::mock::engine
