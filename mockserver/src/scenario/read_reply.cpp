#include "scenario/reply_reader.hpp"

#include <algorithm>
#include <utility>

namespace procedura::mock {
namespace {

template <typename... Kinds, typename Variant>
bool is_one_of(const Variant& variant) {
  return (std::holds_alternative<Kinds>(variant) || ...);
}

bool is_terminal(const Step& step) {
  return is_one_of<step::Finished, step::Error>(step.action);
}

/// After the end of a request there is only what breaks its rules, leaves, or is remembered for another.
bool may_follow_the_end(const Step& step) {
  if (const auto* repeat = std::get_if<step::Repeat>(&step.action)) {
    const auto allowed = [](const Step& inner) {
      return may_follow_the_end(inner) || std::holds_alternative<step::Wait>(inner.action);
    };
    return std::all_of(repeat->steps.begin(), repeat->steps.end(), allowed) &&
           std::any_of(repeat->steps.begin(), repeat->steps.end(), may_follow_the_end);
  }
  return is_one_of<step::Fault, step::Close, step::Set>(step.action);
}

/// Whether a request is over with this step, in its own way or with its connection.
bool ends_request(const Step& step) {
  if (is_terminal(step)) return true;
  if (step.when) return false;  // another time it may stay open
  const auto* fault = std::get_if<step::Fault>(&step.action);
  return std::holds_alternative<step::Close>(step.action) ||
         (fault != nullptr && is_one_of<fault::Reset, fault::Drop, fault::CloseCode, fault::HalfOpen>(fault->fault));
}

template <typename Is>
bool any_within(const Step& step, Is is) {
  const auto* repeat = std::get_if<step::Repeat>(&step.action);
  if (repeat == nullptr) return is(step);
  return std::any_of(repeat->steps.begin(), repeat->steps.end(), [&](const Step& inner) { return any_within(inner, is); });
}

/// What a fault of frames can do something to.
bool sends_frame(const Step& step) {
  const auto* fault = std::get_if<step::Fault>(&step.action);
  return fault != nullptr ? std::holds_alternative<fault::Extra>(fault->fault)
                          : !is_one_of<step::Wait, step::Set, step::Await, step::Close, step::Broadcast>(step.action);
}

bool is_fault_of_frames(const Step& step) {
  const auto* fault = std::get_if<step::Fault>(&step.action);
  return fault != nullptr && is_one_of<fault::Fragment, fault::Dribble, fault::Truncate, fault::WrongId, fault::UnknownJob,
                                       fault::Duplicate, fault::Omit, fault::Coalesce>(fault->fault);
}

void number_steps(Steps& steps, std::uint32_t& next) {
  for (Step& step : steps) {
    step.ordinal = next++;
    if (auto* repeat = std::get_if<step::Repeat>(&step.action)) number_steps(repeat->steps, next);
  }
}

}  // namespace

Steps ReplyReader::steps(const Cursor& at) {
  Steps steps;
  if (!check_array(in_.report, at, "an array of steps")) return steps;
  std::vector<std::optional<Step>> all;
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    auto step = read(at.item(i));
    if (step) ends_ = ends_ || ends_request(*step);
    all.push_back(std::move(step));
  }
  check_order(at, all);
  if (loops_.empty()) check_faults(at, all);
  for (auto& step : all) {
    if (step) steps.push_back(std::move(*step));
  }
  return steps;
}

// The first step that is out of order says it for all behind it.
void ReplyReader::check_order(const Cursor& at, const std::vector<std::optional<Step>>& all) {
  bool ended = false;
  std::size_t idle = all.size();  // a delay that nothing has followed yet
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (ended && (!all[i] || may_follow_the_end(*all[i]))) {
      idle = all.size();
    } else if (ended && std::holds_alternative<step::Wait>(all[i]->action)) {
      idle = std::min(idle, i);
    } else if (ended) {
      in_.report.error(at.item(i), "expected no step but a fault, close or set after finished or error, which end the reply");
      return;
    }
    if (!all[i] || !is_terminal(*all[i])) continue;
    if (!loops_.empty()) {
      in_.report.error(at.item(i), "expected no finished or error within repeat: it ends the reply; put it after the repeat");
    }
    ended = !all[i]->when;
  }
  if (idle < all.size()) {
    in_.report.error(at.item(idle), "expected a fault, close or set behind this delay: finished or error have ended the reply");
  }
}

// A fault waits for the next frame; where none comes, somebody has put it behind the one that was meant.
void ReplyReader::check_faults(const Cursor& at, const std::vector<std::optional<Step>>& all) {
  for (std::size_t i = all.size(); i-- > 0;) {
    if (!all[i] || any_within(*all[i], sends_frame)) return;
    if (any_within(*all[i], is_fault_of_frames)) {
      in_.report.warning(at.item(i),
                         "this fault is for the next frame of the reply, and none follows: put it before that frame");
    }
  }
}

Steps read_reply(Reading& in, const Cursor& at, bool accept, std::uint32_t& ordinal) {
  const std::size_t errors = in.report.errors();
  ReplyReader reader{in};
  Steps steps = reader.steps(at);
  if (accept && !reader.begun()) steps.insert(steps.begin(), Step{.action = step::Accept{}, .place = at->place});
  number_steps(steps, ordinal);
  if (!reader.ends() && in.report.errors() == errors) {
    in.report.warning(at, "this reply has no finished or error: its request stays live until the connection ends");
  }
  return steps;
}

}  // namespace procedura::mock
