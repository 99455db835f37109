#include "script/json_parts.hpp"

#include <procedura/mock/request_match.hpp>

#include <fmt/format.h>

#include <cmath>

namespace procedura::mock::script {
namespace {

Condition with(std::string_view key, std::string_view json) {
  return Condition::of_json(fmt::format(R"({{"{}":{}}})", key, json));
}

}  // namespace

// What JSON has no number for goes in as a text, so that the loader can say that it is none.
Scalar::Scalar(double value) : text_{std::isfinite(value) ? fmt::format("{}", value) : json_of(fmt::format("{}", value))} {}
Scalar::Scalar(std::string_view text) : text_{json_of(text)} {}

Condition matches(std::string_view pattern) {
  return with("matches", json_of(pattern));
}
Condition contains(std::string_view part) {
  return with("contains", json_of(part));
}
Condition one_of(const std::vector<Scalar>& values) {
  return with("oneOf", list_of(values, [](const Scalar& value) { return value.json(); }));
}
Condition absent() {
  return with("absent", "true");
}
Condition present() {
  return with("absent", "false");
}
Condition at_least(double low) {
  return with("atLeast", Scalar{low}.json());
}
Condition at_most(double high) {
  return with("atMost", Scalar{high}.json());
}
Condition between(double low, double high) {
  return Condition::of_json(fmt::format(R"({{"atLeast":{},"atMost":{}}})", Scalar{low}.json(), Scalar{high}.json()));
}

namespace detail {

void MatchFields::field(std::string_view name, std::string json) {
  fields_.insert_or_assign(std::string{name}, std::move(json));
}

void MatchFields::element(std::string_view list, std::size_t index, const Condition& condition) {
  fields_.erase(std::string{list});
  elements_[std::string{list}].insert_or_assign(std::to_string(index), condition.json());
}

void MatchFields::whole(std::string_view list, const std::vector<Condition>& conditions) {
  elements_.erase(std::string{list});
  field(list, list_of(conditions, [](const Condition& condition) { return condition.json(); }));
}

void MatchFields::option(std::string_view name, const Condition& condition) {
  options_.insert_or_assign(std::string{name}, condition.json());
}

std::string MatchFields::members(bool with_cmd) const {
  auto members = fields_;
  if (!with_cmd) members.erase("cmd");
  for (const auto& [list, elements] : elements_) members.emplace(list, object_of(elements));
  if (!options_.empty()) members.emplace("options", object_of(options_));
  return object_of(members);
}

std::string MatchFields::json() const {
  return members(true);
}

std::string MatchFields::name() const {
  const auto cmd = fields_.find("cmd");
  const auto plain = cmd == fields_.end() ? std::nullopt : protocol::decode_string(cmd->second);
  if (!plain) return json();
  const std::string further = members(false);
  return further == "{}" ? *plain : *plain + ' ' + further;
}

}  // namespace detail

}  // namespace procedura::mock::script
