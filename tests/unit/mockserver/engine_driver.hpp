#pragma once

#include "engine/engine.hpp"
#include "scenario/load.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::engine {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline std::shared_ptr<const Scenario> scenario_from(std::string_view text) {
  const std::array texts{ScenarioText{"test.json", std::string{text}}};
  auto loaded = load_scenario(texts);
  for (const auto& problem : loaded.problems) {
    if (problem.severity == Problem::Severity::error) ADD_FAILURE() << to_string(problem);
  }
  return std::move(loaded.scenario);
}

inline std::string request_text(std::string_view id, std::string_view cmd, const std::vector<std::string>& args = {},
                                std::string_view mode = "sync") {
  return json{{"id", id}, {"cmd", cmd}, {"args", args}, {"mode", mode}}.dump();
}

/// An engine, a clock that only moves when told to, and what came out for each connection.
class Driver {
 public:
  explicit Driver(std::string_view scenario, EngineOptions options = {})
      : engine{scenario_from(scenario), std::move(options), {now, wall}} {}

  ConnectionId connect(std::string_view token = {}, Via via = Via::none) {
    return connect(door::Accept{std::nullopt, std::string{token}, via, 0});
  }
  ConnectionId connect(const door::Accept& accepted) {
    const ConnectionId id = engine.opened({now, wall}, accepted, outputs_);
    collect();
    return id;
  }
  void send(ConnectionId from, std::string_view text) {
    engine.text({now, wall}, from, text, outputs_);
    collect();
  }
  void send_binary(ConnectionId from, std::size_t size) {
    engine.binary({now, wall}, from, size, outputs_);
    collect();
  }
  void close(ConnectionId connection, std::uint16_t code = 1000) {
    engine.closed({now, wall}, connection, code);
    collect();
  }
  void going_down() {
    engine.going_down({now, wall}, outputs_);
    collect();
  }
  void reset(std::string_view partition) {
    EXPECT_TRUE(engine.reset({now, wall}, partition, outputs_));
    collect();
  }
  /// Does something to the engine as the admin side would.
  void act(const std::function<void(const Moment&, Outputs&)>& give) {
    give({now, wall}, outputs_);
    collect();
  }
  void adopt(std::string_view scenario) { engine.adopt({now, wall}, scenario_from(scenario)); }
  /// Lets time pass, and fires every timer on its way at its own time.
  void advance(Duration by) {
    const TimePoint end = now + by;
    while (engine.due() && *engine.due() <= end) {
      now = std::max(now, *engine.due());
      fire();
    }
    now = end;
  }
  void fire() {
    ++firings;
    engine.timer({now, wall}, outputs_);
    collect();
  }

  /// The frames for a connection since the last call.
  std::vector<json> frames(ConnectionId to) { return std::exchange(frames_[to], {}); }
  /// Sends and takes what comes at once.
  std::vector<json> ask(ConnectionId from, std::string_view text) {
    send(from, text);
    return frames(from);
  }
  /// The last frame that comes at once.
  json answer(ConnectionId from, std::string_view text) {
    const auto came = ask(from, text);
    return came.empty() ? json{} : came.back();
  }
  /// Everything for a connection since the last call, in words: `text {...}`, `binary 3 bytes`, `reset`, `no-pong` ...
  std::vector<std::string> events(ConnectionId to) { return std::exchange(events_[to], {}); }
  /// What of the journal is no frame, as `fault NAME: words` or as it is.
  std::vector<std::string> notes() const {
    std::vector<std::string> list;
    for (const auto& entry : engine.journal()) {
      if (entry.event == JournalEntry::Event::note) list.push_back(entry.frame);
      if (entry.event != JournalEntry::Event::fault) continue;
      list.push_back("fault " + entry.fault + (entry.frame.empty() ? "" : ": " + entry.frame));
    }
    return list;
  }
  std::uint16_t close_code(ConnectionId connection) const {
    const auto found = closes_.find(connection);
    return found == closes_.end() ? std::uint16_t{0} : found->second;
  }

  /// To give the engine an input that there is nothing for here; then `collect`.
  Outputs& outputs() { return outputs_; }
  void collect() {
    for (const auto& output : outputs_.list()) {
      EXPECT_EQ(ended_.count(output.connection), 0U) << "nothing follows an end: " << in_words(output);
      events_[output.connection].push_back(in_words(output));
      switch (output.kind) {
        case Output::Kind::text:
          texts.emplace_back(output.connection, outputs_.payload(output));
          frames_[output.connection].push_back(json::parse(outputs_.payload(output), nullptr, false));
          all.emplace_back(output.connection, frames_[output.connection].back());
          break;
        case Output::Kind::close:
          closes_[output.connection] = output.code;
          [[fallthrough]];
        case Output::Kind::close_frame:
        case Output::Kind::reset:
        case Output::Kind::drop:
          ended_.insert(output.connection);
          break;
        case Output::Kind::binary:
        case Output::Kind::bytes:
        case Output::Kind::wire:
          break;
      }
    }
    outputs_.clear();
  }

  TimePoint now{std::chrono::hours{1}};
  std::int64_t wall = 1'700'000'000'000;
  std::size_t firings = 0;
  Engine engine;
  std::vector<std::pair<ConnectionId, json>> all;           ///< every frame, in order
  std::vector<std::pair<ConnectionId, std::string>> texts;  ///< the same, to the letter

 private:
  std::string in_words(const Output& output) const {
    const std::string payload{outputs_.payload(output.kind == Output::Kind::wire ? Output{} : output)};
    const auto size = std::to_string(payload.size()) + " bytes";
    switch (output.kind) {
      case Output::Kind::text:
        return "text " + payload;
      case Output::Kind::binary:
        return "binary " + size;
      case Output::Kind::bytes:
        return "bytes " + size;
      case Output::Kind::close:
        return "close " + std::to_string(output.code) + " " + payload;
      case Output::Kind::close_frame:
        return "close_frame " + std::to_string(output.code);
      case Output::Kind::reset:
        return "reset";
      case Output::Kind::drop:
        return "drop";
      case Output::Kind::wire:
        break;
    }
    struct Words {
      std::string operator()(fault::HalfOpen) const { return "half-open"; }
      std::string operator()(fault::NoPong) const { return "no-pong"; }
      std::string operator()(fault::NoClose) const { return "no-close"; }
      std::string operator()(fault::Bandwidth one) const { return "bandwidth " + std::to_string(one.bytes_per_second); }
      std::string operator()(WireChange::Latency one) const { return "latency " + std::to_string(one.value.count()) + " ns"; }
      std::string operator()(fault::Fragment one) const { return "fragment " + std::to_string(one.bytes); }
      std::string operator()(fault::Dribble one) const { return "dribble " + std::to_string(one.pause.count()) + " ns"; }
    };
    return std::visit(Words{}, outputs_.change(output).change);
  }

  Outputs outputs_;
  std::map<ConnectionId, std::vector<json>> frames_;
  std::map<ConnectionId, std::vector<std::string>> events_;
  std::map<ConnectionId, std::uint16_t> closes_;
  std::set<ConnectionId> ended_;
};

inline std::vector<std::string> statuses(const std::vector<json>& frames) {
  std::vector<std::string> list;
  for (const auto& frame : frames) list.push_back(frame.at("status"));
  return list;
}

}  // namespace procedura::mock::engine
