#pragma once

#include "exit_code.hpp"
#include "json_object.hpp"

#include <procedura/error.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The report of `ws diag`, as a value: checks go in, text for people or one JSON object comes out.
namespace procedura::cli {

/// One thing that was looked at.
struct Check {
  enum class State : unsigned char {
    ok,
    warning,  ///< it works, and something should be done
    unknown,  ///< the agent does not know this built-in: no failure
    skipped,  ///< there is nothing to look at, or it was not come to
    failed,
  };
  std::string_view name;  ///< "DNS", "TLS", ...
  State state = State::ok;
  std::string summary = {};               ///< one line: what was found, and what to do unless it is ok
  std::vector<std::string> details = {};  ///< further lines
  JsonObject members = {};                ///< what was found, for programs
  ExitCode exit = ExitCode::ok;           ///< of a failed one
};

/// A check that failed like this. Its object has the `error`.
Check failed_check(std::string_view name, const Failure& failure, bool proxied = false);
Check skipped_check(std::string_view name, std::string why);

std::string_view to_string(Check::State state) noexcept;  ///< "ok", "warning", ...

/// "procedura ws diag: URL"
std::string diag_title(const std::string& url);
/// The lines of one check, fit for a terminal.
std::string diag_lines(const Check& check, bool color);
/// The whole report as one JSON object, a member for each check.
std::string diag_object(const std::string& url, std::span<const Check> checks);
/// That of the first failure.
ExitCode diag_exit(std::span<const Check> checks) noexcept;

}  // namespace procedura::cli
