#pragma once

#include "scenario/sections.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

/// Reads the steps of one reply: read_step.cpp and read_frames.cpp have the single steps, read_reply.cpp what each may
/// follow.
class ReplyReader {
 public:
  explicit ReplyReader(Reading& in) : in_{in} {}

  Steps steps(const Cursor& at);
  /// An accept, ack or started is among the steps.
  bool begun() const noexcept { return begun_; }
  /// Something among the steps ends the request, or its connection.
  bool ends() const noexcept { return ends_; }

  struct Kind;  ///< of a step: read_step.cpp

 private:
  void check_order(const Cursor& at, const std::vector<std::optional<Step>>& all);
  void check_faults(const Cursor& at, const std::vector<std::optional<Step>>& all);

  std::optional<Step> read(const Cursor& at);
  const Kind* kind_of(const Cursor& at);

  // Each reads the value that a step's name has; `step` is the whole step.
  Step::Action accept(const Object& step, const Cursor& at);
  Step::Action ack(const Object& step, const Cursor& at);
  Step::Action started(const Object& step, const Cursor& at);
  Step::Action running(const Object& step, const Cursor& at);
  Step::Action finished(const Object& step, const Cursor& at);
  Step::Action error(const Object& step, const Cursor& at);
  Step::Action send(const Object& step, const Cursor& at);
  Step::Action raw(const Object& step, const Cursor& at);
  Step::Action broadcast(const Object& step, const Cursor& at);
  Step::Action delay(const Object& step, const Cursor& at);
  Step::Action repeat(const Object& step, const Cursor& at);
  Step::Action set(const Object& step, const Cursor& at);
  Step::Action await(const Object& step, const Cursor& at);
  Step::Action close(const Object& step, const Cursor& at);
  Step::Action fault(const Object& step, const Cursor& at);

  void no_members(const Cursor& at);
  Template frame(const Cursor& at);
  Template frame_members(const Cursor& at, const std::vector<std::string_view>& except);
  void check_constant(const Cursor& at, const Template& count);
  std::string loop_name(const Cursor& at);

  Reading& in_;
  std::vector<std::string> loops_;  ///< loop variables of the repeats around, outermost first
  bool begun_ = false;
  bool ends_ = false;
};

}  // namespace procedura::mock
