#include "script/json_parts.hpp"

#include <procedura/mock/steps.hpp>
#include <procedura/protocol/credential.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace procedura::mock::script {
namespace {

using nlohmann::ordered_json;
using std::chrono::nanoseconds;

using Members = std::vector<std::pair<std::string, std::string>>;

Step error(std::string_view code, std::string_view message, std::string_view members) {
  std::string json = fmt::format(R"({{"code":{},"message":{})", json_of(code), json_of(message));
  // What is no object is left to the loader, which says where it stands.
  const auto open = members.find_first_not_of(" \t\r\n");
  if (open == std::string_view::npos || members[open] != '{') return {"error", std::string{members}};
  const auto rest = members.substr(open + 1);
  const bool none = rest.substr(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())).starts_with('}');
  json += none ? "" : ",";
  json += rest;
  return {"error", std::move(json)};
}

}  // namespace

std::string_view to_string(Target target) noexcept {
  return target == Target::id ? "id" : target == Target::job_id ? "job_id" : "both";
}
std::string_view to_string(Scope scope) noexcept {
  return scope == Scope::instance ? "instance" : scope == Scope::connection ? "connection" : "partition";
}

When instance(const Condition& ordinal) {
  return {When::Of::instance, {}, ordinal};
}
When connection(const Condition& ordinal) {
  return {When::Of::connection, {}, ordinal};
}
When variable(std::string_view name, const Condition& condition) {
  return {When::Of::variable, name, condition};
}

Step::Step(std::string_view action, std::string json) : members_{{std::string{action}, std::move(json)}} {}

Step& Step::target(Target target) {
  return with("target", json_of(to_string(target)));
}

Step& Step::with(std::string_view member, std::string json) {
  members_.emplace_back(member, std::move(json));
  return *this;
}

void Step::add_when(const When& when) {
  if (when.of_ == When::Of::variable) {
    variables_.emplace_back(when.variable_, when.json_);
  } else {
    when_.emplace_back(when.of_ == When::Of::instance ? "instance" : "connection", when.json_);
  }
}

std::string Step::json() const {
  Members members = members_;
  Members when = when_;
  if (!variables_.empty()) when.emplace_back("var", object_of(variables_));
  if (!when.empty()) members.emplace_back("when", object_of(when));
  return object_of(members);
}

// --------------------------------------------------------------------------------------------------------------------- time

Delay::Delay(nanoseconds fixed) : json_{json_of(fixed)} {}

Delay Delay::of_json(std::string json) {
  Delay delay{nanoseconds{}};
  delay.json_ = std::move(json);
  return delay;
}

Delay& Delay::max(nanoseconds longest) {
  max_ = json_of(longest);
  return *this;
}

Delay uniform(nanoseconds min, nanoseconds max) {
  return Delay::of_json(fmt::format(R"({{"uniform":{{"min":{},"max":{}}}}})", json_of(min), json_of(max)));
}
Delay normal(nanoseconds mean, nanoseconds stddev) {
  return Delay::of_json(fmt::format(R"({{"normal":{{"mean":{},"stddev":{}}}}})", json_of(mean), json_of(stddev)));
}
Delay lognormal(nanoseconds median, double sigma) {
  return Delay::of_json(fmt::format(R"({{"lognormal":{{"median":{},"sigma":{}}}}})", json_of(median), Scalar{sigma}.json()));
}

Step delay(const Delay& length) {
  Step step{"delay", length.json_};
  if (length.max_) step.with("max", *length.max_);
  return step;
}

Step repeat(const Scalar& times, std::string_view as, const std::vector<Step>& steps) {
  Step repeated{"repeat", times.json()};
  repeated.with("as", json_of(as)).with("steps", list_of(steps, [](const Step& step) { return step.json(); }));
  return repeated;
}

Step await(const Request& request, std::optional<nanoseconds> limit) {
  Step step{"await", request.json()};
  if (limit) step.with("limit", json_of(*limit));
  return step;
}

// ------------------------------------------------------------------------------------------------------------------- frames

Step accept() {
  return {"accept", "{}"};
}
Step ack() {
  return {"ack", "{}"};
}
Step started() {
  return {"started", "{}"};
}

Step running() {
  return {"running", "{}"};
}
Step running(const ordered_json& members) {
  return {"running", members.dump()};
}
Step running(const JsonText& members) {
  return {"running", members.text()};
}

Step finished() {
  return {"finished", "null"};
}
Step finished(const ordered_json& result) {
  return {"finished", result.dump()};
}
Step finished(const JsonText& result) {
  return {"finished", result.text()};
}

Step error(std::string_view code, std::string_view message) {
  return error(code, message, std::string_view{"{}"});
}
Step error(std::string_view code, std::string_view message, const ordered_json& members) {
  return error(code, message, std::string_view{members.dump()});
}
Step error(std::string_view code, std::string_view message, const JsonText& members) {
  return error(code, message, std::string_view{members.text()});
}

Step send(const ordered_json& frame) {
  return {"send", frame.dump()};
}
Step send(const JsonText& frame) {
  return {"send", frame.text()};
}

Step raw(std::string_view text) {
  return {"raw", json_of(text)};
}
Step raw_bytes(std::string_view bytes) {
  return {"raw", fmt::format(R"({{"base64":"{}"}})", protocol::encode_base64(bytes))};
}

Step broadcast(const ordered_json& frame) {
  return {"broadcast", frame.dump()};
}
Step broadcast(const JsonText& frame) {
  return {"broadcast", frame.text()};
}

// ------------------------------------------------------------------------------------------------- state, endings and faults

Step set(std::string_view name, const JsonText& value, Scope scope) {
  Step step{"set", object_of(Members{{std::string{name}, value.text()}})};
  if (scope != Scope::instance) step.with("scope", json_of(to_string(scope)));
  return step;
}
Step set(std::string_view name, const Scalar& value, Scope scope) {
  return set(name, JsonText{value.json()}, scope);
}

Step close_with(std::uint16_t code, std::string_view reason) {
  if (reason.empty()) return {"close", std::to_string(code)};
  return {"close", fmt::format(R"({{"code":{},"reason":{}}})", code, json_of(reason))};
}

Step fault(std::string_view name) {
  return {"fault", json_of(name)};
}
Step fault(std::string_view name, const Scalar& value) {
  return {"fault", object_of(Members{{std::string{name}, value.json()}})};
}
Step fault(std::string_view name, const Delay& value) {
  return {"fault", object_of(Members{{std::string{name}, value.json()}})};
}

}  // namespace procedura::mock::script
