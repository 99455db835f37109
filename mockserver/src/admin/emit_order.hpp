#pragma once

#include "engine/outputs.hpp"

#include <procedura/protocol/json_text.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::mock::admin {

/// Says where a body is no JSON: in words, with line and column.
std::string wrong_json(std::string_view body, protocol::JsonFault fault, std::size_t offset);

/// A frame to be pushed, to one connection or to all of a partition.
struct EmitOrder {
  std::optional<engine::ConnectionId> connection;
  std::optional<std::string> partition;  ///< if there is no `connection`
  std::string frame;                     ///< a JSON object, on one line, its numbers as they were written
};

/// `{"connection": 3, "frame": {...}}` or `{"partition": "a", "frame": {...}}`; else what is wrong with it.
std::variant<EmitOrder, std::string> emit_order(std::string_view body);

}  // namespace procedura::mock::admin
