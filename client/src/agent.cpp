#include <procedura/agent.hpp>

#include <nlohmann/json.hpp>

#include <utility>

namespace procedura {
namespace {

class ListedEvents : public EventSource {
 public:
  explicit ListedEvents(std::vector<Event> events) : events_{std::move(events)} {}
  std::optional<Event> next() override {
    if (at_ == events_.size()) return std::nullopt;
    return events_[at_++];
  }

 private:
  std::vector<Event> events_;
  std::size_t at_ = 0;
};

}  // namespace

EventStream EventStream::of(std::vector<Event> events) {
  return EventStream{std::make_unique<ListedEvents>(std::move(events))};
}

Snapshot Agent::worldstate_snapshot(bool terse, const CallOptions& options) {
  Snapshot snapshot{
      run("worldstate_snapshot", terse ? std::vector<std::string>{"--terse"} : std::vector<std::string>{}, options), {}};
  const auto world = nlohmann::json::parse(snapshot.result.text(), nullptr, false);
  const auto entities = world.is_object() ? world.find("entities") : world.end();
  if (entities != world.end() && (entities->is_array() || entities->is_object()) && entities->empty()) {
    snapshot.warning = "EMPTY_WORLD: the world has no entities: it is not initialised";
  }
  return snapshot;
}

}  // namespace procedura
