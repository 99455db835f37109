#pragma once

#include <procedura/conformance/client_case.hpp>

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

/// A module that does these steps. Bare, nothing goes before them: no ack, no started.
inline ordered_json stub(const std::string& cmd, const Steps& steps, bool is_bare = false) {
  ordered_json made = {{"name", cmd}, {"match", one("cmd", cmd)}};
  if (is_bare) {
    made["accept"] = false;
  }
  made["reply"] = steps;
  return made;
}
inline std::string agent(const std::vector<ordered_json>& stubs) {
  return ordered_json{{"version", 1}, {"stubs", stubs}}.dump();
}
inline std::string agent(const Steps& steps, bool is_bare) {
  return agent(std::vector<ordered_json>{stub("m", steps, is_bare)});
}

// Frames of a reply that a script writes itself, for a stub that is `bare`.
inline ordered_json own(const char* status, ordered_json members = ordered_json::object()) {
  ordered_json frame = {{"id", "${id}"}};
  frame.update(members);
  frame["status"] = status;
  return send(std::move(frame));
}
inline ordered_json by_job(const char* status, ordered_json members = ordered_json::object()) {
  ordered_json frame = {{"job_id", "job-1"}};
  frame.update(members);
  frame["status"] = status;
  return send(std::move(frame));
}
/// The next frames of the reply leave in one TCP segment.
inline ordered_json together(int frames) {
  return fault(one("coalesce", frames));
}

/// Runs a command against an agent whose module `m` does these steps.
inline const ClientRun& play(ClientCase& c, const Steps& steps, bool is_bare, Call call = {}, tap::Sabotage sabotage = {}) {
  return c.run(c.stage(agent(steps, is_bare), std::move(sabotage)), std::move(call));
}

/// The JSON of a word that stands on stdout.
inline Finding reports_word(const ClientCase& c, const ClientRun& run, const std::string& word) {
  return reports(run, ordered_json(word).dump(), c.profile().output);
}

inline constexpr bool bare = true;
inline constexpr bool accepted = false;  // the mock sends ack or started by itself

}  // namespace procedura::conformance::cases
