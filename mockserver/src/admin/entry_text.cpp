#include "admin/entry_text.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace procedura::mock::admin {
namespace {

std::string_view name_of(JournalEntry::Direction direction) {
  switch (direction) {
    case JournalEntry::Direction::in:
      return "in";
    case JournalEntry::Direction::out:
      return "out";
    case JournalEntry::Direction::note:
      break;
  }
  return "note";
}

std::string_view name_of(JournalEntry::Event event) {
  switch (event) {
    case JournalEntry::Event::frame:
      return "frame";
    case JournalEntry::Event::opened:
      return "opened";
    case JournalEntry::Event::closed:
      return "closed";
    case JournalEntry::Event::fault:
      return "fault";
    case JournalEntry::Event::note:
      break;
  }
  return "note";
}

/// The members of an object, one after the other; empty texts and zeros are left out.
class Members {
 public:
  void whole(std::string_view name, std::int64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}\"{}\":{}", separator(), name, value);
  }
  void count(std::string_view name, std::uint64_t value) {
    if (value != 0) fmt::format_to(std::back_inserter(text_), "{}\"{}\":{}", separator(), name, value);
  }
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    fmt::format_to(std::back_inserter(text_), "{}\"{}\":", separator(), name);
    protocol::append_string(text_, protocol::is_utf8(value) ? std::string{value} : protocol::printable(value));
  }
  std::string take() { return std::move(text_) + "}"; }

 private:
  std::string_view separator() const { return text_.size() > 1 ? "," : ""; }
  std::string text_ = "{";
};

}  // namespace

std::string entry_text(const JournalEntry& entry) {
  Members members;
  members.count("seq", entry.seq);
  members.whole("t_ns", entry.t_ns);
  members.text("event", name_of(entry.event));
  members.text("direction", entry.event == JournalEntry::Event::frame ? name_of(entry.direction) : "");
  members.count("connection", entry.connection);
  members.text("partition", entry.partition);
  members.text("frame", entry.frame);
  members.text("fault", entry.fault);
  members.text("via", entry.via);
  members.text("user", entry.user);
  members.count("code", entry.code);
  members.text("stub", entry.stub);
  members.count("instance", entry.instance);
  if (!entry.stub.empty()) members.whole("step", entry.step);
  members.count("caused_by", entry.caused_by);
  if (entry.intended_ns) members.whole("intended_ns", *entry.intended_ns);
  if (entry.sent_ns) members.whole("sent_ns", *entry.sent_ns);
  return members.take();
}

}  // namespace procedura::mock::admin
