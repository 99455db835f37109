#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

/// What the agents of client cases say, as scenarios of the mock (mockserver/docs/scenario.md).
namespace procedura::conformance::cases {

using nlohmann::ordered_json;
using Steps = std::vector<ordered_json>;

inline ordered_json one(const char* key, ordered_json value) {
  ordered_json object = ordered_json::object();
  object[key] = std::move(value);
  return object;
}
inline ordered_json finished(ordered_json result) {
  return one("finished", std::move(result));
}
inline ordered_json running(const char* key, ordered_json value) {
  return one("running", one(key, std::move(value)));
}
inline ordered_json error(const std::string& code, const std::string& message) {
  return one("error", {{"code", code}, {"message", message}});
}
/// Exactly this frame; `${id}` in it is the request's.
inline ordered_json send(ordered_json frame) {
  return one("send", std::move(frame));
}
inline ordered_json raw(const std::string& text) {
  return one("raw", text);
}
inline ordered_json fault(ordered_json what) {
  return one("fault", std::move(what));
}
inline ordered_json delay(const char* time) {
  return one("delay", time);
}
inline const ordered_json accept = "accept";

/// An agent whose module `cmd` does these steps. With `bare`, nothing goes before them: no ack, no started.
inline ordered_json stub(const std::string& cmd, const Steps& steps, bool bare = false) {
  ordered_json made = {{"name", cmd}, {"match", one("cmd", cmd)}};
  if (bare) {
    made["accept"] = false;
  }
  made["reply"] = steps;
  return made;
}
inline std::string agent(const std::vector<ordered_json>& stubs) {
  return ordered_json{{"version", 1}, {"stubs", stubs}}.dump();
}
inline std::string agent(const Steps& steps, bool bare) {
  return agent({stub("m", steps, bare)});
}

}  // namespace procedura::conformance::cases
