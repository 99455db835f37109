// How the whole agent stands still, and what it does when it moves again: first what came meanwhile, then what became due.
#include "engine/engine.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {

// Also when it moves again, but has not worked off what came before.
bool Engine::defers(const Moment& moment) {
  if (!deferred_.empty()) return !common_.down;
  if (!stall_.ever() || common_.down) return false;
  const auto end = stall_.until(moment.now);
  if (end) note_stall(moment, *end);
  return end.has_value();
}

void Engine::defer(const Moment& moment, DeferredInput input, Outputs& out) {
  const ConnectionId id = input.connection;
  if (deferred_.add(std::move(input))) return;
  Connection& connection = *find(id);
  Turn turn = this->turn(moment, out);
  connection.partition->close(turn, connection, 1008, "too much was sent while the agent stood still");
}

void Engine::note_stall(const Moment& moment, TimePoint end) {
  if (std::exchange(noted_stall_, end) == end) return;
  const auto milliseconds = std::chrono::duration<double, std::milli>(stall_.length()).count();
  common_.journal.record_fault(moment.now, 0, "stall", fmt::format("{} ms", milliseconds));
}

// Until `most` bytes are put out.
void Engine::catch_up(const Moment& moment, Outputs& out, std::size_t most) {
  while (out.buffer().size() < most) {
    const auto input = deferred_.next();
    if (!input) return;
    switch (input->kind) {
      case DeferredInput::Kind::text:
        take_text(moment, input->connection, input->message, out);
        break;
      case DeferredInput::Kind::binary:
        take_binary(moment, input->connection, input->size, out);
        break;
      case DeferredInput::Kind::closed:
        take_end(moment, input->connection, input->code);
        break;
    }
  }
}

std::optional<TimePoint> Engine::stalled_until(TimePoint now) const noexcept {
  return common_.down ? std::nullopt : stall_.until(now);
}

}  // namespace procedura::mock::engine
