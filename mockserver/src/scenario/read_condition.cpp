#include "scenario/could_match.hpp"
#include "scenario/number.hpp"
#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/redaction.hpp>

#include <re2/re2.h>

#include <limits>

namespace procedura::mock {
namespace {

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

}  // namespace

Condition read_condition(Reading& in, const Cursor& at, Plain plain) {
  Condition condition;
  const std::size_t errors = in.report.errors();
  append_json(condition.shown, *at);
  if (at->kind == Node::Kind::object) {
    read_operators(in, at, plain, condition);
  } else if (!(condition.equal = literal_of(*at, plain))) {
    in.report.expected(at, std::string{describe(plain)} + " or an object of conditions");
  }
  if (in.report.errors() == errors && !could_match(condition)) {
    in.report.error(at, "expected conditions that one value could meet: nothing could ever match");
  }
  return condition;
}

Condition read_ordinal(Reading& in, const Cursor& at) {
  const std::size_t errors = in.report.errors();
  Condition condition = read_condition(in, at, Plain::number);
  if (in.report.errors() == errors && !could_match_ordinal(condition)) {
    in.report.error(at, "expected a condition that a whole number from 1 could meet: nothing could ever match");
  }
  return condition;
}

namespace {

When read_some(Reading& in, const Cursor& at, const std::vector<std::string_view>& keys) {
  When when;
  const Object object{in.report, at, "an object of conditions", keys};
  if (object && at->members.empty()) in.report.expected(at, "at least one of " + one_of(keys));
  if (const auto instance = object.find("instance")) when.instance = read_ordinal(in, *instance);
  if (const auto connection = object.find("connection")) when.connection = read_ordinal(in, *connection);
  const auto variables = object.find("var");
  if (variables && ((*variables)->kind != Node::Kind::object || (*variables)->members.empty())) {
    in.report.expected(*variables, "an object of conditions by variable, such as {\"x\": 4}");
  } else if (variables) {
    for (const NodeMember& member : (*variables)->members) {
      const Cursor condition = variables->member(member);
      in.variables_used.push_back({member.key, member.key_place, condition.pointer});
      when.variables[member.key] = read_condition(in, condition, Plain::text_or_number);
    }
  }
  return when;
}

}  // namespace

When read_when(Reading& in, const Cursor& at) {
  return read_some(in, at, {"instance", "connection", "var"});
}

When read_connection_when(Reading& in, const Cursor& at) {
  return read_some(in, at, {"connection"});
}

}  // namespace procedura::mock
