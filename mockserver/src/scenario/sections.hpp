#pragma once

#include "scenario/reader.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The parts of a scenario file, each read by a function of its own. All report what is wrong and go on; what they return is
/// used only if nothing was.
namespace procedura::mock {

struct Reading {
  Report& report;
  const LoadOptions& options;
  std::vector<std::string> secrets;  ///< found on the way
};

void read_settings(Reading& reading, const Object& scenario, Settings& settings, std::optional<Cursor>& required);

Match read_match(Reading& reading, const Cursor& at);

/// The steps of a reply, an `Accept` before them where the file leaves that to us; checked for their order.
Steps read_reply(Reading& reading, const Cursor& at, bool accept);

std::optional<protocol::Target> read_target(Reading& reading, const Cursor& at);

/// A JSON value with placeholders; `loops` are the loop variables around.
Template read_template(Reading& reading, const Cursor& at, const std::vector<std::string>& loops);
/// The members of an object without its braces, but for those in `except`.
Template read_members(Reading& reading, const Cursor& at, const std::vector<std::string>& loops,
                      const std::vector<std::string_view>& except);

std::optional<Stub> read_stub(Reading& reading, const Cursor& at);
std::optional<Expectation> read_expectation(Reading& reading, const Cursor& at);

}  // namespace procedura::mock
