#pragma once

#include "record/recorder.hpp"

#include <nlohmann/json.hpp>

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
  json scenario() const { return json::parse(text(), nullptr, true, true); }
  json stubs() const { return scenario().at("stubs"); }
  json stub(std::size_t number = 0) const { return stubs().at(number); }
  json reply(std::size_t number = 0) const { return stub(number).at("reply"); }

  Recorder recorder;
  Recorder::ConnectionId last = 0;
  TimePoint now{std::chrono::hours{1}};
};

}  // namespace procedura::mock::record
