#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace procedura::mock {
namespace {

const std::string never = ": nothing could ever match";

bool is_absent(const Condition& condition) {
  return condition.absent.value_or(false);
}

/// Arguments have no gaps: where one is missing, so are those behind it.
void check_gaps(Reading& in, const Cursor& at, const ListCondition& list) {
  const auto first =
      std::find_if(list.elements.begin(), list.elements.end(), [](const auto& e) { return is_absent(e.second); });
  const auto later = std::find_if(first, list.elements.end(), [](const auto& each) { return !is_absent(each.second); });
  if (later == list.elements.end()) return;
  in.report.error(at, "argument " + std::to_string(later->first) + " cannot be there where argument " +
                          std::to_string(first->first) + " is absent" + never);
}

ListCondition read_list(Reading& in, const Cursor& at) {
  ListCondition list;
  if (at->kind == Node::Kind::array) {
    list.whole = true;
    for (std::size_t i = 0; i < at->items.size(); ++i) {
      list.elements[i] = read_condition(in, at.item(i), Plain::text_or_number);
      if (is_absent(list.elements[i])) in.report.error(at.item(i), "this place of a whole list is never absent" + never);
    }
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
  check_gaps(in, at, list);
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
  if (const auto cmd = object.find("cmd")) {
    match.cmd = read_condition(in, *cmd, Plain::text);
    if (is_absent(*match.cmd)) in.report.error(*cmd, "the cmd of a request is never absent" + never);
  }
  if (const auto mode = object.find("mode")) {
    const auto word = read_word(in.report, *mode, {"sync", "async"});
    if (word) match.mode = *word == 0 ? protocol::Mode::sync : protocol::Mode::async;
  }
  if (const auto args = object.find("args")) match.args = read_list(in, *args);
  if (const auto raw = object.find("raw_args")) match.raw_args = read_list(in, *raw);
  if (const auto options = object.find("options")) match.options = read_options(in, *options);
  if (const auto user = object.find("user")) match.user = read_condition(in, *user, Plain::text);
  if (const auto device = object.find("device")) match.device = read_condition(in, *device, Plain::text);
  if (const auto connection = object.find("connection")) match.connection = read_ordinal(in, *connection);
  return match;
}

}  // namespace procedura::mock
