#include "scenario/close_code.hpp"
#include "scenario/expression.hpp"
#include "scenario/reply_reader.hpp"
#include "scenario/suggest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace procedura::mock {

/// What a step is called, what may stand beside its name, and who reads it.
struct ReplyReader::Kind {
  std::string_view name;
  std::string_view beside;  ///< but for `when`, which may stand in every step
  Step::Action (ReplyReader::*read)(const Object& step, const Cursor& at);
  std::string_view also = {};
};

namespace {

using namespace std::chrono_literals;

std::optional<std::uint16_t> read_close_code(Reading& in, const Cursor& at) {
  const auto code = read_integer(in.report, at, 0, 65535);
  if (!code) return std::nullopt;
  if (may_be_sent(*code)) return static_cast<std::uint16_t>(*code);
  in.report.error(at, "expected a close code that an endpoint may send (" + std::string{close_codes} + "), found " +
                          describe(*at) + "; {\"fault\": {\"close\": " + describe(*at) + "}} sends it nevertheless");
  return std::nullopt;
}

}  // namespace

const ReplyReader::Kind* ReplyReader::kind_of(const Cursor& at) {
  using R = ReplyReader;
  static const std::array<Kind, 15> kinds = {{{"accept", "target", &R::accept},
                                              {"ack", "target", &R::ack},
                                              {"started", "target", &R::started},
                                              {"running", "target", &R::running},
                                              {"finished", "target", &R::finished},
                                              {"error", "target", &R::error},
                                              {"send", {}, &R::send},
                                              {"raw", {}, &R::raw},
                                              {"broadcast", {}, &R::broadcast},
                                              {"delay", "max", &R::delay},
                                              {"repeat", "as", &R::repeat, "steps"},
                                              {"set", "scope", &R::set},
                                              {"await", "limit", &R::await},
                                              {"close", {}, &R::close},
                                              {"fault", {}, &R::fault}}};
  std::vector<const Kind*> named;
  for (const Kind& kind : kinds) {
    if (at->member(kind.name) != nullptr) named.push_back(&kind);
  }
  if (named.size() == 1) return named.front();
  if (named.size() > 1) {
    in_.report.error(at,
                     "expected a step that does one thing, found " + quote(named[0]->name) + " and " + quote(named[1]->name));
    return nullptr;
  }
  std::array<std::string_view, kinds.size()> names;
  std::transform(kinds.begin(), kinds.end(), names.begin(), [](const Kind& kind) { return kind.name; });
  std::string hint;
  for (const NodeMember& member : at->members) {
    if (hint.empty()) hint = did_you_mean(member.key, names);
  }
  const std::string found = at->members.empty() ? "an empty object" : quote(at->members.front().key);
  in_.report.error(at->members.empty() ? at->place : at->members.front().key_place, at.pointer,
                   "expected a step, one of " + one_of(names) + ", found " + found + hint);
  return nullptr;
}

std::optional<Step> ReplyReader::read(const Cursor& at) {
  Step step{.place = at->place};
  if (at->kind == Node::Kind::string) {
    const auto word = read_word(in_.report, at, {"accept", "ack", "started"});
    if (!word) return std::nullopt;
    begun_ = true;
    if (*word == 1) step.action = step::Ack{};
    if (*word == 2) step.action = step::Started{};
    return step;
  }
  if (at->kind != Node::Kind::object) {
    in_.report.expected(at, "a step: \"accept\", \"ack\", \"started\" or an object");
    return std::nullopt;
  }
  const Kind* const kind = kind_of(at);
  if (kind == nullptr) return std::nullopt;
  std::vector<std::string_view> keys = {kind->name};
  if (!kind->beside.empty()) keys.push_back(kind->beside);
  if (!kind->also.empty()) keys.push_back(kind->also);
  keys.emplace_back("when");
  const Object object{in_.report, at, "a step", keys};
  if (kind->beside == "target") {
    if (const auto target = object.find("target")) step.target = read_target(in_, *target);
  }
  if (const auto when = object.find("when")) step.when = read_when(in_, *when);
  step.action = (this->*kind->read)(object, *object.find(kind->name));
  return step;
}

// --------------------------------------------------------------------------------------------------------------- time, loops

Step::Action ReplyReader::delay(const Object& step, const Cursor& at) {
  Delay delay = read_delay(in_, at);
  if (const auto max = step.find("max")) {
    if (delay.max) in_.report.error(*max, "expected one max, within the delay or beside it, found both");
    delay.max = read_duration(in_.report, *max, Duration::zero(), longest_wait);
  }
  return step::Wait{delay};
}

Step::Action ReplyReader::repeat(const Object& step, const Cursor& at) {
  step::Repeat repeat{{}, "i", {}};
  if (at->kind == Node::Kind::string) {
    const std::size_t errors = in_.report.errors();
    repeat.count = read_template(in_, at, loops_);
    if (in_.report.errors() == errors) check_constant(at, repeat.count);
  } else if (read_integer(in_.report, at, 0, Template::max_count)) {
    repeat.count = Template::constant(at->text);
  }
  if (const auto as = step.find("as")) repeat.as = loop_name(*as);
  if (const auto steps = step.require("steps")) {
    loops_.push_back(repeat.as);
    repeat.steps = this->steps(*steps);
    loops_.pop_back();
  }
  return repeat;
}

/// A count without placeholders can be judged now.
void ReplyReader::check_constant(const Cursor& at, const Template& count) {
  const ReceivedRequest nobody;
  if (count.constant_json() && std::holds_alternative<RenderError>(count.count({.request = nobody}))) {
    in_.report.expected(at, "a whole number from 0 to " + std::to_string(Template::max_count) + " or a placeholder");
  }
}

std::string ReplyReader::loop_name(const Cursor& at) {
  if (at->kind == Node::Kind::string && is_identifier(at->text) && !is_reserved_name(at->text)) return at->text;
  in_.report.expected(at, "a name for the loop variable: letters, digits and _, and none of those that have a meaning already");
  return "i";
}

Step::Action ReplyReader::await(const Object& step, const Cursor& at) {
  step::Await await{.request = read_match(in_, at)};
  if (const auto limit = step.find("limit")) {
    await.limit = read_duration(in_.report, *limit, 1ms, longest_wait).value_or(await.limit);
  }
  return await;
}

// ------------------------------------------------------------------------------------------------------- state and endings

Step::Action ReplyReader::set(const Object& step, const Cursor& at) {
  step::Set set;
  if (at->kind != Node::Kind::object || at->members.empty()) {
    in_.report.expected(at, "an object of values by variable, such as {\"x\": 1}");
  }
  for (const NodeMember& member : at->members) {
    if (!is_identifier(member.key)) {
      in_.report.error(member.key_place, pointer_to(at.pointer, member.key),
                       "expected the name of a variable: letters, digits and _, found " + quote(member.key));
    }
    in_.variables_set.insert(member.key);
    set.values.emplace_back(member.key, read_template(in_, at.member(member), loops_));
  }
  if (const auto scope = step.find("scope")) {
    const auto word = read_word(in_.report, *scope, {"instance", "connection", "partition"});
    set.scope = static_cast<step::Set::Scope>(word.value_or(0));
  }
  return set;
}

Step::Action ReplyReader::close(const Object& /*step*/, const Cursor& at) {
  constexpr std::size_t longest_reason = 123;  // what a control frame holds beside the code
  step::Close close;
  if (at->kind == Node::Kind::number) {
    close.code = read_close_code(in_, at).value_or(close.code);
    return close;
  }
  const Object object{in_.report, at, "a close code such as 1000, or an object with code and reason", {"code", "reason"}};
  if (const auto code = object.find("code")) close.code = read_close_code(in_, *code).value_or(close.code);
  if (const auto reason = object.find("reason")) {
    close.reason = read_string(in_.report, *reason, "the reason, a text", true).value_or("");
    if (close.reason.size() > longest_reason) {
      in_.report.error(*reason, "expected a reason of at most " + std::to_string(longest_reason) + " bytes, found " +
                                    std::to_string(close.reason.size()));
    }
  }
  return close;
}

Step::Action ReplyReader::fault(const Object& /*step*/, const Cursor& at) {
  return step::Fault{read_fault(in_, at).value_or(Fault{})};
}

}  // namespace procedura::mock
