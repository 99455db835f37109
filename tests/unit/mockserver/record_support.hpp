#pragma once

#include "record/recorder.hpp"
#include "scenario/load.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::record {

using nlohmann::json;
using std::chrono::milliseconds;

/// A recorder, and a clock that moves when told to.
class Watched {
 public:
  explicit Watched(RecorderOptions options = {}) : recorder{std::move(options)} {}

  Recorder::ConnectionId open(Handshake handshake = {}) { return last = recorder.opened(handshake); }
  Watched& ask(std::string_view id, std::string_view cmd, const std::vector<std::string>& args = {},
               std::string_view mode = "sync") {
    return client(json{{"id", id}, {"cmd", cmd}, {"args", args}, {"mode", mode}}.dump());
  }
  Watched& client(std::string_view text) {
    recorder.client_text(now, last, text);
    return *this;
  }
  Watched& agent(std::string_view text) {
    recorder.agent_text(now, last, text);
    return *this;
  }
  Watched& after(milliseconds time) {
    now += time;
    return *this;
  }

  std::string text() const { return recorder.scenario(); }
  /// As a tree. Every recording must be one that the mock can load.
  json scenario() const {
    const std::string written = text();
    const std::array texts{ScenarioText{"recorded.json", written}};
    for (const auto& problem : load_scenario(texts).problems) {
      if (problem.severity == Problem::Severity::error) ADD_FAILURE() << to_string(problem) << "\n" << written;
    }
    return json::parse(written, nullptr, true, true);
  }
  json stubs() const { return scenario().at("stubs"); }
  json stub(std::size_t number = 0) const { return stubs().at(number); }
  json reply(std::size_t number = 0) const { return stub(number).at("reply"); }

  Recorder recorder;
  Recorder::ConnectionId last = 0;
  TimePoint now{std::chrono::hours{1}};
};

}  // namespace procedura::mock::record
