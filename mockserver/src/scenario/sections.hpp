#pragma once

#include "scenario/reader.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The parts of a scenario file, each read by a function of its own. All report what is wrong and go on; what they return is
/// used only if nothing was.
namespace procedura::mock {

/// The JSON of a file that a `$file` named, shared by all that name it.
struct IncludedFile {
  std::shared_ptr<const std::string> json;  ///< compact; null if it cannot be used
  std::size_t depth = 0;                    ///< of its nesting
  std::string problem = {};
};

/// A variable that something asks for, and where.
struct VariableUse {
  std::string name;
  Place place;
  std::string pointer;
};

struct Reading {
  Report& report;
  const LoadOptions& options;
  std::string_view file = {};  ///< name of the one that is being read

  // Found on the way:
  std::vector<std::string> secrets = {};
  std::vector<VariableUse> variables_used = {};
  std::set<std::string, std::less<>> variables_set = {};
  std::map<std::string, IncludedFile> included = {};  ///< by the file that names it and its path
};

void read_settings(Reading& reading, const Object& scenario, Settings& settings, std::optional<Cursor>& required);
void read_limits(Reading& reading, const Cursor& at, LimitSettings& limits);
std::optional<Stall> read_stall(Reading& reading, const Cursor& at);

Match read_match(Reading& reading, const Cursor& at);

/// Which plain values a field can be compared with.
enum class Plain : std::uint8_t { text, number, text_or_number, anything };
Condition read_condition(Reading& reading, const Cursor& at, Plain plain);
/// Of the number of something, counted from 1.
Condition read_ordinal(Reading& reading, const Cursor& at);
When read_when(Reading& reading, const Cursor& at);
/// Where there is nothing but a connection yet.
When read_connection_when(Reading& reading, const Cursor& at);

/// `"20ms"` or a distribution, with a `max` in it if need be.
Delay read_delay(Reading& reading, const Cursor& at);
/// How long anything may wait.
inline constexpr Duration longest_wait = std::chrono::hours{24};

/// A fault that stands in a reply.
std::optional<Fault> read_fault(Reading& reading, const Cursor& at);
/// The scenario's `faults`.
std::vector<ConnectionFault> read_connection_faults(Reading& reading, const Cursor& at);

/// The steps of a reply, an `Accept` before them where the file leaves that to us; checked for their order, and numbered from
/// `ordinal` on, which is moved behind them.
Steps read_reply(Reading& reading, const Cursor& at, bool accept, std::uint32_t& ordinal);

std::optional<protocol::Target> read_target(Reading& reading, const Cursor& at);

/// A JSON value with placeholders; `loops` are the loop variables around.
Template read_template(Reading& reading, const Cursor& at, const std::vector<std::string>& loops);
/// The members of an object without its braces, but for those in `except`.
Template read_members(Reading& reading, const Cursor& at, const std::vector<std::string>& loops,
                      const std::vector<std::string_view>& except);
/// The file that a `$file` names, read once.
const IncludedFile& include_file(Reading& reading, const std::string& path);

std::optional<Stub> read_stub(Reading& reading, const Cursor& at);
std::optional<Expectation> read_expectation(Reading& reading, const Cursor& at);

}  // namespace procedura::mock
