#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The protocol's published JSON Schemas (protocol/schema), built in: what others validate frames with, the suite does too.
namespace procedura::conformance {

struct FrameSchema {
  std::string_view name;  ///< "ack", "login-result": the file's, without `.schema.json`
  std::string_view text;
};

std::span<const FrameSchema> frame_schemas() noexcept;

/// One thing that keeps a frame, or a result, from being what its schema says.
struct FrameProblem {
  std::string member;  ///< JSON pointer: "/job_id"; empty for the whole of it
  std::string what;    ///< which member, what it is, what was expected. Quotes names of members, but no value: nothing secret

  friend bool operator==(const FrameProblem&, const FrameProblem&) = default;
};

/// What is wrong with `text` by the schema of that name; nothing if it fits. `text` may be anything: it is checked as a whole
/// and its depth bounded before a tree is built (CON-9), and members that the schema leaves free are not looked into, however
/// big they are. Thread-safe. Throws std::logic_error if there is no such schema, or if it refers to another one.
std::vector<FrameProblem> frame_problems(std::string_view schema, std::string_view text);

}  // namespace procedura::conformance
