#pragma once

#include "scenario/document.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Trees of JSON, as the loader of scenarios reads them: made from messages, and laid out for people.
namespace procedura::mock::record {

/// The tree of a message; nothing if it is no JSON object or array, or none that a scenario can say: with a name twice in an
/// object, a number beyond every double, or too large.
std::optional<Node> read_json(std::string_view text);

Node text_node(std::string text);
Node number_node(std::string text);
Node boolean_node(bool value);
Node object_node(std::vector<std::pair<std::string, Node>> members = {});
void add_member(Node& object, std::string key, Node value);

/// Appends `node`, on one line where that ends before `width`, else spread over lines that begin with `indent` blanks and more.
void append_layout(std::string& out, const Node& node, std::size_t indent, std::size_t column, std::size_t width = 120);

}  // namespace procedura::mock::record
