#include "engine/frame_faults.hpp"

#include <procedura/protocol/json_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace procedura::mock::engine {
namespace {

// Only the outermost members matter, and a script may nest as it likes.
constexpr std::size_t any_depth = 1'000'000;

// In place of the member's value, or before all others if there is none.
bool set_member(std::string& frame, std::string_view key, std::string_view text) {
  std::string value;
  protocol::append_string(value, text);
  std::optional<std::string_view> old;
  bool empty = true;
  protocol::ObjectScanner scan{frame, any_depth};
  while (const auto member = scan.next()) {
    empty = false;
    if (protocol::string_equals(member->key, key)) old = member->value;
  }
  if (!scan.done()) return false;
  if (old) {
    frame.replace(static_cast<std::size_t>(old->data() - frame.data()), old->size(), value);
  } else {
    frame.insert(frame.find('{') + 1, fmt::format("\"{}\":{}{}", key, value, empty ? "" : ","));
  }
  return true;
}

// Never in the middle of a character: what is wrong is the JSON, not the text.
void halve(std::string& text) {
  std::size_t half = text.size() / 2;
  while (half > 0 && (static_cast<unsigned char>(text[half]) & 0xC0U) == 0x80U) --half;
  text.resize(half);
}

struct Apply {
  std::uint64_t draw;
  Departure& frame;

  bool operator()(const fault::Fragment& fragment) const {
    frame.wire.push_back({fragment});
    return true;
  }
  bool operator()(const fault::Dribble& dribble) const {
    frame.wire.push_back({dribble});
    return true;
  }
  bool operator()(fault::Truncate) const {
    halve(frame.payload);
    return true;
  }
  bool operator()(fault::WrongId) const { return set_member(frame.payload, "id", fmt::format("nobody-{:016x}", draw)); }
  bool operator()(fault::UnknownJob) const {
    return set_member(frame.payload, "job_id", fmt::format("job-unknown-{:016x}", draw));
  }
  bool operator()(const fault::Duplicate& duplicate) const {
    frame.copies *= duplicate.times;
    return true;
  }
  bool operator()(fault::Omit) const {
    frame.copies = 0;
    return true;
  }
  bool operator()(const auto&) const { return true; }
};

std::string milliseconds(protocol::Duration duration) {
  return fmt::format("{} ms", std::chrono::duration<double, std::milli>(duration).count());
}

struct Words {
  std::optional<protocol::Duration> latency;

  std::string operator()(const fault::CloseCode& close) const { return close.code ? fmt::format("{}", *close.code) : "empty"; }
  std::string operator()(const fault::Illegal& illegal) const {
    static constexpr std::array<std::string_view, 8> names = {"reserved-opcode", "reserved-bits",    "masked",
                                                              "oversize-length", "bad-utf8",         "fragmented-control",
                                                              "long-control",    "lone-continuation"};
    return std::string{names[static_cast<std::size_t>(illegal.kind)]};
  }
  std::string operator()(const fault::Bandwidth& bandwidth) const {
    return bandwidth.bytes_per_second == 0 ? "no limit" : fmt::format("{} bytes/s", bandwidth.bytes_per_second);
  }
  std::string operator()(const fault::Latency&) const { return latency ? milliseconds(*latency) : ""; }
  std::string operator()(const fault::Fragment& fragment) const { return fmt::format("{} bytes", fragment.bytes); }
  std::string operator()(const fault::Dribble& dribble) const { return milliseconds(dribble.pause); }
  std::string operator()(const fault::Duplicate& duplicate) const { return fmt::format("{} times", duplicate.times); }
  std::string operator()(const fault::Coalesce& coalesce) const { return fmt::format("{} frames", coalesce.frames); }
  std::string operator()(const fault::Extra& extra) const {
    static constexpr std::array<std::string_view, 5> names = {"ack", "started", "running", "finished", "error"};
    return std::string{names[static_cast<std::size_t>(extra.kind)]};
  }
  std::string operator()(const auto&) const { return {}; }
};

}  // namespace

bool is_for_frames(const Fault& fault) noexcept {
  return std::visit(
      []<class Kind>(const Kind&) {
        return std::is_same_v<Kind, fault::Fragment> || std::is_same_v<Kind, fault::Dribble> ||
               std::is_same_v<Kind, fault::Truncate> || std::is_same_v<Kind, fault::WrongId> ||
               std::is_same_v<Kind, fault::UnknownJob> || std::is_same_v<Kind, fault::Duplicate> ||
               std::is_same_v<Kind, fault::Omit> || std::is_same_v<Kind, fault::Coalesce>;
      },
      fault);
}

void add(std::vector<FrameFault>& line, FrameFault fault) {
  const auto same = std::find_if(line.begin(), line.end(),
                                 [&](const FrameFault& waits) { return waits.fault.index() == fault.fault.index(); });
  if (same != line.end()) line.erase(same);
  line.push_back(std::move(fault));
}

bool apply(const Fault& fault, std::uint64_t draw, Departure& frame) {
  return std::visit(Apply{draw, frame}, fault);
}

std::string words_of(const Fault& fault, std::optional<protocol::Duration> latency) {
  return std::visit(Words{latency}, fault);
}

}  // namespace procedura::mock::engine
