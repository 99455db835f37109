#include "scenario/document.hpp"

#include "scenario/suggest.hpp"
#include "scenario/token_walk.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace procedura::mock {
namespace {

/// Takes nlohmann's events and builds the tree.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::uint32_t file, const DocumentLimits& limits, Document& out)
      : text_{text}, file_{file}, limits_{limits}, walk_{text, file}, out_{out} {}

  bool null() { return word(Node::Kind::null); }
  bool boolean(bool value) { return word(Node::Kind::boolean, value); }
  bool number_integer(std::int64_t) { return word(Node::Kind::number); }
  bool number_unsigned(std::uint64_t) { return word(Node::Kind::number); }
  bool number_float(double, const std::string&) { return word(Node::Kind::number); }
  bool string(std::string& value) {
    Node* node = add(Node::Kind::string);
    if (node != nullptr) node->text = std::move(value);
    walk_.string();
    return node != nullptr;
  }
  bool binary(std::vector<std::uint8_t>&) { return false; }  // no JSON text has any

  bool start_object(std::size_t) { return open(Node::Kind::object); }
  bool start_array(std::size_t) { return open(Node::Kind::array); }
  bool key(std::string& name) {
    const Place place = walk_.next();
    walk_.string();
    open_.back()->members.push_back({std::move(name), place, {}});
    return true;
  }
  bool end_object() {
    report_duplicates(*open_.back());
    return close();
  }
  bool end_array() { return close(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) {
    TokenWalk walk{text_, file_};
    fail(walk.at(position > 0 ? position - 1 : 0), plain(error.what()));
    return false;
  }

 private:
  Node* add(Node::Kind kind) {
    const Place place = walk_.next();
    if (++values_ > limits_.max_values) {
      fail(place, "more than " + std::to_string(limits_.max_values) + " values: split the scenario");
      return nullptr;
    }
    Node* node = &root_;
    if (!open_.empty()) {
      Node& parent = *open_.back();
      node = parent.kind == Node::Kind::object ? &parent.members.back().value : &parent.items.emplace_back();
    }
    node->kind = kind;
    node->place = place;
    return node;
  }

  bool word(Node::Kind kind, bool value = false) {
    Node* node = add(kind);
    if (node == nullptr) return false;
    node->boolean = value;
    const std::string_view text = walk_.word();
    if (kind == Node::Kind::number) node->text = text;
    return true;
  }

  bool open(Node::Kind kind) {
    Node* node = add(kind);
    if (node == nullptr) return false;
    if (open_.size() == limits_.max_depth) {
      fail(node->place, "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
      return false;
    }
    walk_.bracket();
    open_.push_back(node);
    return true;
  }

  bool close() {
    walk_.next();
    walk_.bracket();
    open_.pop_back();
    if (open_.empty()) out_.root = std::move(root_);
    return true;
  }

  void report_duplicates(const Node& object) {
    std::vector<const NodeMember*> members;
    for (const NodeMember& member : object.members) members.push_back(&member);
    std::stable_sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (members[i]->key != members[i - 1]->key) continue;
      const Place first = members[i - 1]->key_place;
      out_.problems.push_back({members[i]->key_place, pointer_to(pointer(), members[i]->key),
                               "duplicate key " + quote(members[i]->key) + ", first in line " + std::to_string(first.line)});
    }
  }

  /// Of the innermost open value.
  std::string pointer() const {
    std::string path;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const Node& node = *open_[i];
      const bool object = node.kind == Node::Kind::object;
      path = pointer_to(path, object ? node.members.back().key : std::to_string(node.items.size() - 1));
    }
    return path;
  }

  void fail(Place place, std::string message) { out_.problems.push_back({place, {}, std::move(message)}); }

  /// nlohmann's own words without its prefix `[json.exception.parse_error.101] parse error at line 1, column 2: ` and without
  /// what it read last, which may be half a password; the place is told anyway.
  static std::string plain(std::string_view what) {
    const std::size_t tag = what.find("] ");
    if (tag != std::string_view::npos) what.remove_prefix(tag + 2);
    if (what.starts_with("parse error at line")) what.remove_prefix(std::min(what.find(": ") + 2, what.size()));
    const std::size_t read = what.find("; last read: '");
    const std::string_view rest = read == std::string_view::npos ? std::string_view{} : what.substr(read);
    const std::size_t expected = rest.rfind("; expected ");
    return "not JSON: " + protocol::printable(what.substr(0, read)) +
           (expected == std::string_view::npos ? std::string{} : protocol::printable(rest.substr(expected)));
  }

  std::string_view text_;
  std::uint32_t file_;
  const DocumentLimits& limits_;
  TokenWalk walk_;
  Document& out_;
  Node root_;
  std::vector<Node*> open_;  // stay where they are: only the innermost one grows
  std::size_t values_ = 0;
};

Document refused(Place place, std::string message) {
  return {std::nullopt, {{place, {}, std::move(message)}}};
}

/// The place of the first line that is not UTF-8.
Place broken_line(std::string_view text, std::uint32_t file) {
  Place place{file, 1, 1};
  for (std::size_t end = text.find('\n'); end != std::string_view::npos && protocol::is_utf8(text.substr(0, end));
       end = text.find('\n')) {
    text.remove_prefix(end + 1);
    ++place.line;
  }
  return place;
}

}  // namespace

const NodeMember* Node::member(std::string_view key) const noexcept {
  const auto found = std::find_if(members.begin(), members.end(), [&](const NodeMember& each) { return each.key == key; });
  return found == members.end() ? nullptr : &*found;
}

void append_json(std::string& out, const Node& node) {
  std::string_view comma;
  switch (node.kind) {
    case Node::Kind::null:
      out += "null";
      break;
    case Node::Kind::boolean:
      out += node.boolean ? "true" : "false";
      break;
    case Node::Kind::number:
      out += node.text;
      break;
    case Node::Kind::string:
      protocol::append_string(out, node.text);
      break;
    case Node::Kind::array:
      out += '[';
      for (const Node& item : node.items) {
        out += std::exchange(comma, ",");
        append_json(out, item);
      }
      out += ']';
      break;
    case Node::Kind::object:
      out += '{';
      for (const NodeMember& member : node.members) {
        out += std::exchange(comma, ",");
        protocol::append_string(out, member.key);
        out += ':';
        append_json(out, member.value);
      }
      out += '}';
      break;
  }
}

Document parse_document(std::string_view text, std::uint32_t file, const DocumentLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return refused({file, 0, 0}, "larger than " + std::to_string(limits.max_bytes) + " bytes, the limit for a scenario");
  }
  if (!protocol::is_utf8(text)) return refused(broken_line(text, file), "this line is not UTF-8");
  TokenWalk walk{text, file};
  walk.next();
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return refused({file, 0, 0}, "the file is empty");

  Document document;
  TreeBuilder builder{text, file, limits, document};
  const bool read = nlohmann::json::sax_parse(text.begin(), text.end(), &builder, nlohmann::json::input_format_t::json,
                                              /*strict=*/true, /*ignore_comments=*/true);
  if (!read) {
    document.root.reset();
  } else if (!document.root) {
    document = refused(walk.next(), "expected an object, the scenario");
  }
  return document;
}

std::string pointer_to(std::string_view pointer, std::string_view key) {
  std::string path{pointer};
  path += '/';
  for (const char c : key) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path += c;
    }
  }
  return path;
}

}  // namespace procedura::mock
