#pragma once

#include "scenario/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

struct NodeMember;

/// A JSON value that knows where it stands. Numbers keep their text, members their order.
struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  Place place;
  std::string text;  ///< of a string, decoded; of a number, as written
  std::vector<Node> items;
  std::vector<NodeMember> members;

  const NodeMember* member(std::string_view key) const noexcept;
};

struct NodeMember {
  std::string key;
  Place key_place;
  Node value;
};

/// Appends the value as compact JSON.
void append_json(std::string& out, const Node& node);

/// Bounds of a document; what is beyond them is refused before a tree of it is built.
struct DocumentLimits {
  std::size_t max_bytes;
  std::size_t max_depth;
  std::size_t max_values = 1'000'000;
};

/// One thing wrong with a document: the caller knows which file it is.
struct DocumentProblem {
  Place place;
  std::string pointer;
  std::string message;
};

struct Document {
  std::optional<Node> root;  ///< nothing after an error of syntax or a limit; there with duplicate keys
  std::vector<DocumentProblem> problems;
};

/// Reads JSON with comments. The grammar is nlohmann's; it tells no positions, so a walk over the same text in step with its
/// events finds them.
Document parse_document(std::string_view text, std::uint32_t file, const DocumentLimits& limits);

/// RFC 6901: `pointer` and one more token.
std::string pointer_to(std::string_view pointer, std::string_view key);

}  // namespace procedura::mock
