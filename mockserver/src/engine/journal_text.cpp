#include "engine/journal_text.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <concepts>
#include <iterator>

namespace procedura::mock::engine {
namespace {

using Event = JournalEntry::Event;
using Direction = JournalEntry::Direction;

std::string_view name_of(Event event) {
  switch (event) {
    case Event::frame:
      return "frame";
    case Event::opened:
      return "opened";
    case Event::closed:
      return "closed";
    case Event::fault:
      return "fault";
    case Event::note:
      break;
  }
  return "note";
}

void member(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  if (protocol::is_utf8(text)) return protocol::append_string(out, text);
  protocol::append_string(out, protocol::printable(text, true));
}

void member(std::string& out, std::string_view name, std::integral auto number) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, number);
}

void append_frame(std::string& out, std::string_view frame) {
  const bool object = !frame.empty() && frame.front() == '{' && protocol::check_json(frame).fault == protocol::JsonFault::none;
  if (!object) return member(out, "text", frame);
  out += ",\"frame\":";
  if (frame.find_first_of("\n\r") == std::string_view::npos) {
    out += frame;
  } else {
    protocol::append_compact(out, frame);
  }
}

}  // namespace

void append_ndjson(std::string& out, const JournalEntry& entry) {
  fmt::format_to(std::back_inserter(out), "{{\"seq\":{},\"t_ns\":{},\"event\":\"{}\"", entry.seq, entry.t_ns,
                 name_of(entry.event));
  if (!entry.partition.empty()) member(out, "partition", entry.partition);
  if (entry.connection != 0) member(out, "connection", entry.connection);
  if (entry.event == Event::opened) {
    if (entry.via.empty()) {
      out += ",\"via\":null";
    } else {
      member(out, "via", entry.via);
    }
  }
  if (entry.event == Event::closed) member(out, "code", entry.code);
  if (entry.event == Event::fault) member(out, "fault", entry.fault);
  if (entry.direction != Direction::note) member(out, "direction", entry.direction == Direction::in ? "in" : "out");
  if (entry.event == Event::frame) {
    append_frame(out, entry.frame);
  } else if (!entry.frame.empty()) {
    member(out, "text", entry.frame);
  }
  if (!entry.stub.empty()) {
    member(out, "stub", entry.stub);
    member(out, "instance", entry.instance);
    if (entry.direction != Direction::in) member(out, "step", entry.step);
  }
  if (entry.caused_by != 0) member(out, "caused_by", entry.caused_by);
  if (entry.intended_ns) member(out, "intended_ns", *entry.intended_ns);
  if (entry.sent_ns) member(out, "sent_ns", *entry.sent_ns);
  out += "}\n";
}

void append_ndjson_gap(std::string& out, std::uint64_t first, std::uint64_t count) {
  fmt::format_to(std::back_inserter(out), "{{\"event\":\"dropped\",\"first\":{},\"count\":{}}}\n", first, count);
}

void append_ndjson_end(std::string& out, std::uint64_t recorded, std::uint64_t dropped, const LatenessSummary& lateness) {
  fmt::format_to(std::back_inserter(out),
                 "{{\"event\":\"end\",\"recorded\":{},\"dropped\":{},\"lateness\":{{\"count\":{},\"p50_ns\":{},\"p90_ns\":{},"
                 "\"p99_ns\":{},\"p999_ns\":{},\"max_ns\":{},\"unmeasured\":{}}}}}\n",
                 recorded, dropped, lateness.count, lateness.p50_ns, lateness.p90_ns, lateness.p99_ns, lateness.p999_ns,
                 lateness.max_ns, lateness.unmeasured);
}

}  // namespace procedura::mock::engine
