#pragma once

#include <procedura/protocol/json_text.hpp>

#include <chrono>
#include <string>
#include <string_view>

/// How what is written in code becomes JSON text. The loader checks it: nothing is refused here.
namespace procedura::mock::script {

inline std::string json_of(std::string_view text) {
  std::string json;
  protocol::append_string(json, text);
  return json;
}

inline std::string json_of(std::chrono::nanoseconds length) {
  return '"' + std::to_string(length.count()) + "ns\"";
}

/// Of pairs of a name and JSON text, in their order.
template <typename Members>
std::string object_of(const Members& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (json.size() > 1) json += ',';
    json += json_of(name);
    json += ':';
    json += value;
  }
  return json + '}';
}

/// Of things, each made JSON text by `item`.
template <typename Items, typename Item>
std::string list_of(const Items& items, Item item) {
  std::string json = "[";
  for (const auto& each : items) {
    if (json.size() > 1) json += ',';
    json += item(each);
  }
  return json + ']';
}

}  // namespace procedura::mock::script
