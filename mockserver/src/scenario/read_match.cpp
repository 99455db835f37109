#include "scenario/number.hpp"
#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/redaction.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace procedura::mock {
namespace {

/// Which plain values a field can be compared with.
enum class Plain : std::uint8_t { text, number, text_or_number, anything };

std::string_view describe(Plain plain) {
  switch (plain) {
    case Plain::text:
      return "a string";
    case Plain::number:
      return "a number";
    case Plain::text_or_number:
      return "a string or a number";
    case Plain::anything:
      break;
  }
  return "a string, a number or true (for a flag)";
}

std::optional<Condition::Literal> literal_of(const Node& node, Plain plain) {
  if (node.kind == Node::Kind::string && plain != Plain::number) return node.text;
  if (node.kind == Node::Kind::number && plain != Plain::text) {
    if (const auto value = number_of(node.text)) return Condition::Number{*value, node.text};
  }
  if (node.kind == Node::Kind::boolean && node.boolean && plain == Plain::anything) return Condition::Flag{};
  return std::nullopt;
}

std::shared_ptr<const re2::RE2> read_pattern(Reading& in, const Cursor& at) {
  constexpr std::size_t longest = 4096;
  const auto text = read_string(in.report, at, "a regular expression (RE2)");
  if (!text) return nullptr;
  if (text->size() > longest) {
    in.report.error(at, "expected a regular expression of at most " + std::to_string(longest) + " bytes");
    return nullptr;
  }
  auto pattern = std::make_shared<const re2::RE2>(*text, re2::RE2::Quiet);
  if (pattern->ok()) return pattern;
  in.report.error(at,
                  "expected a regular expression (RE2), found " + quote(*text) + ": " + protocol::printable(pattern->error()));
  return nullptr;
}

void read_one_of(Reading& in, const Cursor& at, Plain plain, Condition& condition) {
  if (!check_array(in.report, at, "an array of values")) return;
  if (at->items.empty()) in.report.error(at, "expected at least one value, found an empty array: nothing could ever match");
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    auto literal = literal_of(at->items[i], plain);
    if (literal) {
      condition.one_of.push_back(std::move(*literal));
    } else {
      in.report.expected(at.item(i), describe(plain));
    }
  }
}

void read_operators(Reading& in, const Cursor& at, Plain plain, Condition& condition) {
  constexpr double any = std::numeric_limits<double>::max();
  const Object object{in.report, at, "an object", {"equal", "matches", "contains", "oneOf", "absent", "atLeast", "atMost"}};
  if (const auto equal = object.find("equal")) {
    condition.equal = literal_of(**equal, plain);
    if (!condition.equal) in.report.expected(*equal, describe(plain));
  }
  if (const auto pattern = object.find("matches")) condition.matches = read_pattern(in, *pattern);
  if (const auto part = object.find("contains")) condition.contains = read_string(in.report, *part, "a part of a text");
  if (const auto values = object.find("oneOf")) read_one_of(in, *values, plain, condition);
  if (const auto absent = object.find("absent")) condition.absent = read_bool(in.report, *absent);
  if (const auto low = object.find("atLeast")) condition.at_least = read_number(in.report, *low, -any, any);
  if (const auto high = object.find("atMost")) condition.at_most = read_number(in.report, *high, -any, any);

  if (at->members.empty()) {
    in.report.error(at,
                    "expected at least one of equal, matches, contains, oneOf, absent, atLeast, atMost, found an empty object");
  }
  if (condition.at_least && condition.at_most && *condition.at_least > *condition.at_most) {
    in.report.error(at, "expected atLeast to be no more than atMost: nothing could ever match");
  }
  if (condition.absent.value_or(false) && at->members.size() > 1) {
    in.report.error(at, "expected nothing beside \"absent\": true: nothing could ever match");
  }
}

Condition read_condition(Reading& in, const Cursor& at, Plain plain) {
  Condition condition;
  const std::size_t errors = in.report.errors();
  append_json(condition.shown, *at);
  if (at->kind == Node::Kind::object) {
    read_operators(in, at, plain, condition);
  } else if (!(condition.equal = literal_of(*at, plain))) {
    in.report.expected(at, std::string{describe(plain)} + " or an object of conditions");
  }
  const auto names = in.report.errors() == errors ? named_texts(condition) : std::nullopt;
  if (names && names->empty()) {
    in.report.error(at, "expected a value that meets the other conditions too: nothing could ever match");
  }
  return condition;
}

ListCondition read_list(Reading& in, const Cursor& at) {
  ListCondition list;
  if (at->kind == Node::Kind::array) {
    list.whole = true;
    for (std::size_t i = 0; i < at->items.size(); ++i) list.elements[i] = read_condition(in, at.item(i), Plain::text_or_number);
    return list;
  }
  if (at->kind != Node::Kind::object) {
    in.report.expected(at, "an array (the whole list) or an object of conditions by place, such as {\"0\": \"x\"}");
    return list;
  }
  for (const NodeMember& member : at->members) {
    std::size_t index = 0;
    const char* const end = member.key.data() + member.key.size();
    const auto read = std::from_chars(member.key.data(), end, index);
    if (read.ec != std::errc{} || read.ptr != end) {
      in.report.error(member.key_place, pointer_to(at.pointer, member.key),
                      "expected the number of an argument, from 0, found " + quote(member.key));
    } else {
      list.elements[index] = read_condition(in, at.member(member), Plain::text_or_number);
    }
  }
  return list;
}

std::map<std::string, Condition> read_options(Reading& in, const Cursor& at) {
  std::map<std::string, Condition> options;
  if (at->kind != Node::Kind::object) {
    in.report.expected(at, "an object of conditions by option, such as {\"n\": 4}");
    return options;
  }
  for (const NodeMember& member : at->members) {
    if (member.key.empty() || member.key.front() == '-' || member.key.find('=') != std::string::npos) {
      in.report.error(member.key_place, pointer_to(at.pointer, member.key),
                      "expected the name of an option without its dashes, found " + quote(member.key));
    }
    options[member.key] = read_condition(in, at.member(member), Plain::anything);
  }
  return options;
}

}  // namespace

Match read_match(Reading& in, const Cursor& at) {
  Match match;
  const Object object{
      in.report, at, "an object of conditions", {"cmd", "mode", "args", "raw_args", "options", "user", "device", "connection"}};
  if (const auto cmd = object.find("cmd")) match.cmd = read_condition(in, *cmd, Plain::text);
  if (const auto mode = object.find("mode")) {
    const auto word = read_word(in.report, *mode, {"sync", "async"});
    if (word) match.mode = *word == 0 ? protocol::Mode::sync : protocol::Mode::async;
  }
  if (const auto args = object.find("args")) match.args = read_list(in, *args);
  if (const auto raw = object.find("raw_args")) match.raw_args = read_list(in, *raw);
  if (const auto options = object.find("options")) match.options = read_options(in, *options);
  if (const auto user = object.find("user")) match.user = read_condition(in, *user, Plain::text);
  if (const auto device = object.find("device")) match.device = read_condition(in, *device, Plain::text);
  if (const auto connection = object.find("connection")) {
    match.connection = read_condition(in, *connection, Plain::number);
  }
  return match;
}

}  // namespace procedura::mock
