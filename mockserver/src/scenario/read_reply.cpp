#include "scenario/expression.hpp"
#include "scenario/number.hpp"
#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace procedura::mock {
namespace {

constexpr std::array<std::string_view, 9> actions = {"accept", "ack",  "started", "running", "finished",
                                                     "error",  "send", "delay",   "repeat"};
constexpr Duration longest_delay = std::chrono::hours{24};

Duration read_delay_part(Reading& in, const Object& object, std::string_view key) {
  const auto at = object.require(key);
  return at ? read_duration(in.report, *at, Duration::zero(), longest_delay).value_or(Duration{}) : Duration{};
}

void read_distribution(Reading& in, const Cursor& at, Delay& delay) {
  const Object kinds{in.report, at, "an object", {"fixed", "uniform", "normal", "lognormal"}};
  if (at->members.size() != 1) {
    in.report.expected(at, "one distribution: fixed, uniform, normal or lognormal");
    return;
  }
  if (const auto fixed = kinds.find("fixed")) {
    delay.distribution = FixedDelay{read_delay_part(in, kinds, "fixed")};
  } else if (const auto uniform = kinds.find("uniform")) {
    const Object object{in.report, *uniform, "an object with min and max", {"min", "max"}};
    const std::size_t errors = in.report.errors();
    const UniformDelay range{read_delay_part(in, object, "min"), read_delay_part(in, object, "max")};
    if (in.report.errors() == errors && range.min > range.max) in.report.error(*uniform, "expected min to be no more than max");
    delay.distribution = range;
  } else if (const auto normal = kinds.find("normal")) {
    const Object object{in.report, *normal, "an object with mean and stddev", {"mean", "stddev"}};
    delay.distribution = NormalDelay{read_delay_part(in, object, "mean"), read_delay_part(in, object, "stddev")};
  } else if (const auto lognormal = kinds.find("lognormal")) {
    const Object object{in.report, *lognormal, "an object with median and sigma", {"median", "sigma"}};
    LognormalDelay shape{read_delay_part(in, object, "median"), 0};
    if (const auto sigma = object.require("sigma")) shape.sigma = read_number(in.report, *sigma, 0, 10).value_or(0);
    delay.distribution = shape;
  }
}

/// Reads the steps of one reply. What each is allowed to follow is looked at on the way.
class ReplyReader {
 public:
  explicit ReplyReader(Reading& in) : in_{in} {}

  Steps steps(const Cursor& at) {
    Steps steps;
    if (!check_array(in_.report, at, "an array of steps")) return steps;
    bool ended = false;
    for (std::size_t i = 0; i < at->items.size(); ++i) {
      const Cursor item = at.item(i);
      if (ended) in_.report.error(item, "expected no step after finished or error, which end the reply");
      auto step = read(item);
      if (!step) continue;
      ended = std::holds_alternative<step::Finished>(step->action) || std::holds_alternative<step::Error>(step->action);
      if (ended && !loops_.empty()) {
        in_.report.error(item, "expected no finished or error within repeat: it ends the reply; put it after the repeat");
      }
      terminal_ = terminal_ || ended;
      steps.push_back(std::move(*step));
    }
    return steps;
  }

  bool begun() const { return begun_; }
  bool terminal() const { return terminal_; }

 private:
  std::optional<Step> read(const Cursor& at) {
    std::string_view name;
    if (at->kind == Node::Kind::string) {
      const auto word = read_word(in_.report, at, {"accept", "ack", "started"});
      if (!word) return std::nullopt;
      name = actions[*word];
    } else if (at->kind == Node::Kind::object) {
      name = action_of(at);
      if (name.empty()) return std::nullopt;
    } else {
      in_.report.expected(at, "a step: \"accept\", \"ack\", \"started\" or an object");
      return std::nullopt;
    }
    Step step{.place = at->place};
    step.action = action(name, at, step);
    return step;
  }

  /// The one action that a step object names; empty, and reported, if there is none or more.
  std::string_view action_of(const Cursor& at) {
    std::vector<std::string_view> named;
    for (const std::string_view action : actions) {
      if (at->member(action) != nullptr) named.push_back(action);
    }
    if (named.size() == 1) return named.front();
    if (named.size() > 1) {
      in_.report.error(at, "expected a step that does one thing, found " + quote(named[0]) + " and " + quote(named[1]));
      return {};
    }
    std::string hint;
    for (const NodeMember& member : at->members) {
      if (hint.empty()) hint = did_you_mean(member.key, actions);
    }
    const std::string found = at->members.empty() ? "an empty object" : quote(at->members.front().key);
    in_.report.error(at->members.empty() ? at->place : at->members.front().key_place, at.pointer,
                     "expected a step, one of " + one_of(actions) + ", found " + found + hint);
    return {};
  }

  Step::Action action(std::string_view name, const Cursor& at, Step& step) {
    if (name == "delay") return delay(at);
    if (name == "repeat") return repeat(at);
    if (name == "send") return send(at);
    const bool plain = at->kind == Node::Kind::string;
    std::optional<Cursor> value;
    if (!plain) {
      const Object object{in_.report, at, "a step", {name, "target"}};
      value = object.find(name);
      if (const auto target = object.find("target")) step.target = read_target(in_, *target);
    }
    if (name == "finished") return step::Finished{read_template(in_, *value, loops_)};
    if (name == "running") return step::Running{frame_members(*value, {})};
    if (name == "error") return error(*value);

    begun_ = true;
    if (value && (value->node->kind != Node::Kind::object || !value->node->members.empty())) {
      in_.report.expected(*value, "{}: this frame has no members of its own");
    }
    if (name == "ack") return step::Ack{};
    if (name == "started") return step::Started{};
    return step::Accept{};
  }

  Template frame_members(const Cursor& at, const std::vector<std::string_view>& except) {
    if (at->kind != Node::Kind::object) {
      in_.report.expected(at, "an object, the members of the frame");
      return {};
    }
    for (const NodeMember& member : at->members) {
      if (member.key == "id" || member.key == "job_id" || member.key == "status") {
        in_.report.error(member.key_place, pointer_to(at.pointer, member.key),
                         "expected no " + quote(member.key) +
                             ": it is filled in (see \"target\"); {\"send\": {...}} sends exactly what you write");
      }
    }
    return read_members(in_, at, loops_, except);
  }

  Step::Action error(const Cursor& at) {
    step::Error error{std::nullopt, {}, frame_members(at, {"code", "message"})};
    const NodeMember* code = at->member("code");
    if (code != nullptr && text_member(at.member(*code), "an error code")) {
      error.code = read_template(in_, at.member(*code), loops_);
    }
    const NodeMember* message = at->member("message");
    if (message != nullptr && text_member(at.member(*message), "a message")) {
      error.message = read_template(in_, at.member(*message), loops_);
    } else if (message == nullptr && at->kind == Node::Kind::object) {
      in_.report.error(at, "expected a key \"message\", found none");
    }
    return error;
  }

  bool text_member(const Cursor& at, std::string_view what) { return read_string(in_.report, at, what, true).has_value(); }

  Step::Action send(const Cursor& at) {
    const Object object{in_.report, at, "a step", {"send"}};
    const Cursor frame = *object.find("send");
    if (frame->kind != Node::Kind::object) in_.report.expected(frame, "an object, the frame");
    const NodeMember* status = frame->member("status");
    terminal_ = terminal_ || (status != nullptr && (status->value.text == "finished" || status->value.text == "error"));
    return step::Send{read_template(in_, frame, loops_)};
  }

  Step::Action delay(const Cursor& at) {
    const Object object{in_.report, at, "a step", {"delay", "max"}};
    const Cursor value = *object.find("delay");
    Delay delay;
    if (value->kind == Node::Kind::object) {
      read_distribution(in_, value, delay);
    } else {
      delay.distribution = FixedDelay{read_duration(in_.report, value, Duration::zero(), longest_delay).value_or(Duration{})};
    }
    if (const auto max = object.find("max")) {
      delay.max = read_duration(in_.report, *max, Duration::zero(), longest_delay);
    }
    return step::Wait{delay};
  }

  Step::Action repeat(const Cursor& at) {
    const Object object{in_.report, at, "a step", {"repeat", "as", "steps"}};
    const Cursor count = *object.find("repeat");
    step::Repeat repeat{{}, "i", {}};
    if (count->kind == Node::Kind::string) {
      const std::size_t errors = in_.report.errors();
      repeat.count = read_template(in_, count, loops_);
      if (in_.report.errors() == errors) check_constant(count, repeat.count);
    } else if (read_integer(in_.report, count, 0, Template::max_count)) {
      repeat.count = Template::constant(count->text);
    }
    if (const auto as = object.find("as")) repeat.as = loop_name(*as);
    if (const auto steps = object.require("steps")) {
      loops_.push_back(repeat.as);
      repeat.steps = this->steps(*steps);
      loops_.pop_back();
    }
    return repeat;
  }

  /// A count without placeholders can be judged now.
  void check_constant(const Cursor& at, const Template& count) {
    const ReceivedRequest nobody;
    if (count.constant_json() && std::holds_alternative<RenderError>(count.count({.request = nobody}))) {
      in_.report.expected(at, "a whole number from 0 to " + std::to_string(Template::max_count) + " or a placeholder");
    }
  }

  std::string loop_name(const Cursor& at) {
    if (at->kind == Node::Kind::string && is_identifier(at->text) && !is_reserved_name(at->text)) return at->text;
    in_.report.expected(at,
                        "a name for the loop variable: letters, digits and _, and none of those that have a meaning already");
    return "i";
  }

  Reading& in_;
  std::vector<std::string> loops_;
  bool begun_ = false;
  bool terminal_ = false;
};

void number_steps(Steps& steps, std::uint32_t& next) {
  for (Step& step : steps) {
    step.ordinal = next++;
    if (auto* repeat = std::get_if<step::Repeat>(&step.action)) number_steps(repeat->steps, next);
  }
}

}  // namespace

Steps read_reply(Reading& in, const Cursor& at, bool accept) {
  const std::size_t errors = in.report.errors();
  ReplyReader reader{in};
  Steps steps = reader.steps(at);
  if (accept && !reader.begun()) steps.insert(steps.begin(), Step{.action = step::Accept{}, .place = at->place});
  std::uint32_t next = 0;
  number_steps(steps, next);
  if (!reader.terminal() && in.report.errors() == errors) {
    in.report.warning(at, "this reply has no finished or error: its request stays live until the connection ends");
  }
  return steps;
}

}  // namespace procedura::mock
