#pragma once

#include "engine/journal.hpp"
#include "engine/outputs.hpp"
#include "scenario/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What faults do to a frame, as text.
namespace procedura::mock::engine {

/// True for those that wait for the next frame of their instance.
bool is_for_frames(const Fault& fault) noexcept;

/// A fault of the next frame, and where it came from.
struct FrameFault {
  Fault fault;
  Origin origin;
  bool chaos = false;
};

/// Puts one in line. One of the same kind that waits already gives way: that is what bounds the line.
void add(std::vector<FrameFault>& line, FrameFault fault);

/// A frame that is on its way, or held back.
struct Departure {
  std::string payload;
  bool binary = false;
  Origin origin;
  std::uint64_t copies = 1;           ///< 0: it is omitted
  std::vector<WireChange> wire = {};  ///< how it is carried; all of them together
};

/// Does to a frame what `fault` says; `draw` makes up the ids. False: it cannot be done to this one (no JSON object has no id).
/// A `Coalesce` does nothing to a frame.
bool apply(const Fault& fault, std::uint64_t draw, Departure& frame);

/// Frames that wait for each other.
struct Coalescing {
  std::uint64_t missing = 0;  ///< frames that are still waited for
  std::vector<Departure> frames;
  std::size_t bytes = 0;
};

/// At so many bytes they leave even if there are fewer than asked for.
inline constexpr std::size_t max_coalesced = std::size_t{1024} * 1024;

/// What is worth knowing of a fault beside its name, for the journal: `3 times`, perhaps nothing. `latency` is what was drawn.
std::string words_of(const Fault& fault, std::optional<protocol::Duration> latency = {});

}  // namespace procedura::mock::engine
