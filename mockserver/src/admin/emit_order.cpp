#include "admin/emit_order.hpp"

#include "scenario/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace procedura::mock::admin {
namespace {

constexpr std::size_t max_depth = 256;  // CON-9
constexpr std::array<std::string_view, 3> members{"connection", "partition", "frame"};

// Takes one member; else what is wrong with it.
std::optional<std::string> take(EmitOrder& order, std::string_view name, std::string_view value) {
  if (name == "frame") {
    if (value.front() != '{') return fmt::format("frame must be a JSON object (CON-2), found {}", quote(value));
    protocol::append_compact(order.frame, value);
  } else if (name == "connection") {
    engine::ConnectionId id = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), id);
    if (fault != std::errc{} || end != value.data() + value.size()) {
      return fmt::format("connection must be a number, found {}", quote(value));
    }
    order.connection = id;
  } else if (name == "partition") {
    order.partition = protocol::decode_string(value);
    if (!order.partition) return fmt::format("partition must be a string, found {}", quote(value));
  } else {
    const auto hint = did_you_mean(name, members);
    return fmt::format("there is no member {} here{}", quote(name), hint.empty() ? ", only " + one_of(members) : hint);
  }
  return std::nullopt;
}

}  // namespace

std::string wrong_json(std::string_view body, protocol::JsonFault fault, std::size_t offset) {
  const std::string_view before = body.substr(0, std::min(offset, body.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return fmt::format("the body is wrong at line {}, column {}: {}", line, before.size() - begin + 1, describe(fault));
}

std::variant<EmitOrder, std::string> emit_order(std::string_view body) {
  EmitOrder order;
  std::vector<std::string> seen;
  std::optional<std::string> wrong;
  protocol::ObjectScanner scan{body, max_depth};
  while (const auto member = scan.next()) {
    if (wrong) continue;  // first of all it must be JSON
    const std::string name = protocol::decode_string(member->key).value_or("");
    wrong = std::find(seen.begin(), seen.end(), name) == seen.end() ? take(order, name, member->value)
                                                                    : fmt::format("{} is given twice", quote(name));
    seen.push_back(name);
  }
  if (!scan.done()) return wrong_json(body, scan.fault(), scan.offset());
  if (wrong) return *wrong;
  if (order.frame.empty()) return R"("frame" is missing: {"connection": 1, "frame": {"status": "..."}})";
  if (order.connection.has_value() == order.partition.has_value()) {
    return "it must say where to: either \"connection\", a number, or \"partition\", a name";
  }
  return order;
}

}  // namespace procedura::mock::admin
