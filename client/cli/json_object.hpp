#pragma once

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <string>
#include <string_view>

namespace procedura::cli {

/// `value` as a JSON string. It may come from a peer: what is not UTF-8 is escaped first.
inline std::string json_text(std::string_view value) {
  std::string text;
  protocol::append_string(text, protocol::is_utf8(value) ? std::string{value} : protocol::printable(value));
  return text;
}

/// A JSON object that is written member by member.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) { return raw(name, json_text(value)); }
  /// `json` is JSON already: a number, null, an array, or what an agent sent, checked.
  JsonObject& raw(std::string_view name, std::string_view json) {
    key(name).text_.append(json);
    return *this;
  }
  JsonObject& boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

  /// `members` as they stand within another object's braces.
  JsonObject& join(std::string_view members) {
    if (!members.empty()) text_.append(empty() ? "" : ",").append(members);
    return *this;
  }

  bool empty() const noexcept { return text_.size() == 1; }
  std::string str() const { return text_ + "}"; }
  std::string_view members() const noexcept { return std::string_view{text_}.substr(1); }  ///< without its braces

 private:
  JsonObject& key(std::string_view name) {
    if (!empty()) text_ += ',';
    protocol::append_string(text_, name);
    text_ += ':';
    return *this;
  }
  std::string text_ = "{";
};

/// `[a,b]` of things that are JSON already.
template <class List>
std::string json_array(const List& items) {
  std::string text = "[";
  for (const std::string& item : items) text.append(text.size() > 1 ? "," : "").append(item);
  return text + "]";
}

}  // namespace procedura::cli
