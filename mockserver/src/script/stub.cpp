#include "script/json_parts.hpp"

#include <procedura/mock/stub.hpp>

#include <fmt/format.h>

namespace procedura::mock::script {
namespace {

std::string list(const std::vector<Step>& steps) {
  return list_of(steps, [](const Step& step) { return step.json(); });
}

}  // namespace

StubBuilder& StubBuilder::name(std::string_view name) {
  name_ = name;
  return *this;
}

StubBuilder& StubBuilder::priority(std::int32_t priority) {
  return setting("priority", std::to_string(priority));
}

StubBuilder& StubBuilder::target(Target target) {
  return setting("target", json_of(to_string(target)));
}

StubBuilder& StubBuilder::no_accept() {
  return setting("accept", "false");
}

StubBuilder& StubBuilder::detached() {
  return setting("detached", "true");
}

StubBuilder& StubBuilder::setting(std::string_view key, std::string json) {
  settings_.insert_or_assign(std::string{key}, std::move(json));
  return *this;
}

void StubBuilder::reply(const std::vector<Step>& steps) {
  load("reply", list(steps));
}

void StubBuilder::sequence(const std::vector<std::vector<Step>>& replies) {
  load("sequence", list_of(replies, list));
}

void StubBuilder::load(std::string_view key, const std::string& json) const {
  const std::string name = name_.empty() ? match().name() : name_;
  std::string text = fmt::format(R"({{"version":1,"stubs":[{{"name":{},"match":{})", json_of(name), match().json());
  for (const auto& [setting, value] : settings_) text += fmt::format(R"(,"{}":{})", setting, value);
  text += fmt::format(R"(,"{}":{}}}]}})", key, json);
  loads_("stub " + name, text, where_);
}

// ------------------------------------------------------------------------------------------------------------- expectations

void detail::Unloaded::load(const std::string& members) const {
  loads("expectation " + name, fmt::format(R"({{"version":1,"expect":[{{"name":{},{}}}]}})", json_of(name), members), where);
}

RequestsBuilder& RequestsBuilder::within(std::chrono::nanoseconds limit) {
  within_ = limit;
  return *this;
}

void RequestsBuilder::load(std::uint64_t low, std::optional<std::uint64_t> high) const {
  std::string members = fmt::format(R"("request":{},"count":{{"atLeast":{})", match().json(), low);
  if (high) members += fmt::format(R"(,"atMost":{})", *high);
  members += '}';
  if (within_) members += R"(,"within":)" + json_of(*within_);
  to_.load(members);
}

void ExpectationBuilder::order(const std::vector<Request>& requests, std::optional<std::chrono::nanoseconds> within) const {
  std::string members = R"("order":)" + list_of(requests, [](const Request& request) { return request.json(); });
  if (within) members += R"(,"within":)" + json_of(*within);
  to_.load(members);
}

void ExpectationBuilder::closed_with(std::uint16_t code) const {
  to_.load(fmt::format(R"("close":{{"code":{}}})", code));
}

void ExpectationBuilder::unique_ids() const {
  to_.load(R"("unique_ids":true)");
}

}  // namespace procedura::mock::script
