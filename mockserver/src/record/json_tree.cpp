#include "record/json_tree.hpp"

#include <procedura/protocol/json_text.hpp>

#include <limits>

namespace procedura::mock::record {
namespace {

void append_scalar(std::string& out, const Node& node) {
  if (node.kind == Node::Kind::string) return protocol::append_string(out, node.text);
  append_json(out, node);
}

// Appends the value on one line; false as soon as `out` is longer than `most`.
bool append_line(std::string& out, const Node& node, std::size_t most) {
  if (out.size() > most) return false;
  if (node.kind == Node::Kind::array && !node.items.empty()) {
    out += '[';
    const char* comma = "";
    for (const Node& item : node.items) {
      out += std::exchange(comma, ", ");
      if (!append_line(out, item, most)) return false;
    }
    out += ']';
  } else if (node.kind == Node::Kind::object && !node.members.empty()) {
    out += "{ ";
    const char* comma = "";
    for (const NodeMember& member : node.members) {
      out += std::exchange(comma, ", ");
      protocol::append_string(out, member.key);
      out += ": ";
      if (!append_line(out, member.value, most)) return false;
    }
    out += " }";
  } else if (node.kind == Node::Kind::string && node.text.size() > most) {
    return false;
  } else {
    append_scalar(out, node);
  }
  return out.size() <= most;
}

}  // namespace

std::optional<Node> read_json(std::string_view text) {
  // The reader of scenarios takes comments; a message has none.
  if (protocol::check_json(text).fault != protocol::JsonFault::none) return std::nullopt;
  auto document = parse_document(text, 0, {std::numeric_limits<std::size_t>::max(), 256});
  if (!document.problems.empty()) return std::nullopt;
  return std::move(document.root);
}

Node text_node(std::string text) {
  Node node;
  node.kind = Node::Kind::string;
  node.text = std::move(text);
  return node;
}

Node number_node(std::string text) {
  Node node = text_node(std::move(text));
  node.kind = Node::Kind::number;
  return node;
}

Node boolean_node(bool value) {
  Node node;
  node.kind = Node::Kind::boolean;
  node.boolean = value;
  return node;
}

Node object_node(std::vector<std::pair<std::string, Node>> members) {
  Node node;
  node.kind = Node::Kind::object;
  for (auto& [key, value] : members) add_member(node, std::move(key), std::move(value));
  return node;
}

void add_member(Node& object, std::string key, Node value) {
  object.members.push_back({std::move(key), {}, std::move(value)});
}

void append_layout(std::string& out, const Node& node, std::size_t indent, std::size_t column, std::size_t width) {
  const bool list = node.kind == Node::Kind::array && !node.items.empty();
  const bool object = node.kind == Node::Kind::object && !node.members.empty();
  if (!list && !object) return append_scalar(out, node);
  std::string line;
  if (append_line(line, node, width > column ? width - column : 0)) {
    out += line;
    return;
  }
  if (node.members.size() == 1) {
    out += "{ ";
    protocol::append_string(out, node.members.front().key);
    out += ": ";
    append_layout(out, node.members.front().value, indent, column + node.members.front().key.size() + 6, width);
    out += " }";
    return;
  }
  const std::string margin = "\n" + std::string(indent + 2, ' ');
  out += list ? '[' : '{';
  const char* comma = "";
  for (const Node& item : node.items) {
    out += std::exchange(comma, ",") + margin;
    append_layout(out, item, indent + 2, indent + 2, width);
  }
  for (const NodeMember& member : node.members) {
    out += std::exchange(comma, ",") + margin;
    const std::size_t begin = out.size();
    protocol::append_string(out, member.key);
    out += ": ";
    append_layout(out, member.value, indent + 2, indent + 2 + out.size() - begin, width);
  }
  out += "\n" + std::string(indent, ' ') + (list ? ']' : '}');
}

}  // namespace procedura::mock::record
