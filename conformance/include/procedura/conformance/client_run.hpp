#pragma once

#include <procedura/conformance/conversation.hpp>
#include <procedura/protocol/deadlines.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance {

/// One of a program's streams.
struct Output {
  std::string text;                           ///< its beginning: 32 MiB at most. Untrusted
  std::uint64_t bytes = 0;                    ///< that came in all
  std::optional<protocol::TimePoint> last{};  ///< when the last of it came
};

/// A program that was run to its end.
struct Child {
  enum class End : std::uint8_t {
    not_started,  ///< see `why`
    exited,       ///< with `code`
    signalled,    ///< by `code`, which was not ours
    killed,       ///< by us: its time was over, or it wrote without end, see `why`
  } end = End::not_started;
  int code = 0;
  std::string why;
  protocol::TimePoint began{};
  protocol::TimePoint ended{};
  Output out;
  Output err;

  bool ended_by_itself() const { return end == End::exited || end == End::signalled; }
  bool succeeded() const { return end == End::exited && code == 0; }
  protocol::Duration took() const { return ended - began; }
};

/// "exit code 3 after 0.12 s", "killed: still running after 10.0 s"
std::string story(const Child& child);

/// One command of a client, from its start to its end, and what passed on the wire meanwhile.
struct ClientRun {
  Child child;
  std::vector<Conversation> connections;  ///< those that it made, in order
};

}  // namespace procedura::conformance
