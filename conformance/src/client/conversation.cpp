#include <procedura/conformance/conversation.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <cctype>
#include <map>

namespace procedura::conformance {
namespace {

using tap::Frame;
using tap::Opcode;
using tap::Record;
using tap::Side;

void take_frame(Speech& speech, const Record& record, std::optional<Message>& open) {
  const Frame& frame = record.frame;
  speech.frames.emplace_back(record.at, frame);
  if (frame.opcode == Opcode::close && !speech.closed) {
    speech.closed = frame.close_code();
    speech.closed_at = record.at;
  }
  if (frame.opcode == Opcode::text || frame.opcode == Opcode::binary) {
    open = Message{record.at, frame.opcode == Opcode::binary, frame.payload};
  } else if (frame.opcode == Opcode::continuation && open) {
    open->bytes += frame.payload;
    open->at = record.at;
  } else {
    return;
  }
  if (frame.fin) {
    speech.messages.push_back(*std::move(open));
    open.reset();
  }
}

bool same_name(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  });
}

std::string in_words(const tap::Head& head) {
  // "GET TARGET HTTP/1.1": a target may have a token in it.
  const auto target = std::min(head.start.find(' '), head.start.size());
  const auto version = head.start.rfind(' ');
  std::string out = head.start.substr(0, target);
  if (version != std::string::npos && version > target) {
    out += " " + protocol::redact_url(head.start.substr(target + 1, version - target - 1)) + head.start.substr(version);
  } else {
    out += protocol::redact_url(head.start.substr(target));
  }
  for (const auto& [name, value] : head.headers) {
    out += "; " + name + ": " + (same_name(name, "authorization") ? std::string{protocol::redacted} : value);
  }
  return out;
}

std::string in_words(const Frame& frame) {
  std::string out{to_string(frame.opcode)};
  if (!frame.fin) {
    out += ", not the last";
  }
  if (frame.rsv != 0) {
    out += ", reserved bits " + std::to_string(frame.rsv);
  }
  if (frame.opcode == Opcode::close) {
    const std::string reason = frame.payload.size() > 2 ? " " + frame.payload.substr(2) : "";
    return out + (frame.payload.size() < 2 ? " without a code" : " " + std::to_string(frame.close_code()) + reason);
  }
  if (frame.opcode == Opcode::ping || frame.opcode == Opcode::pong || frame.opcode == Opcode::continuation) {
    return out + (frame.payload.empty() ? "" : " " + frame.payload);
  }
  return out + " of " + std::to_string(std::max<std::uint64_t>(frame.length, frame.payload.size())) + " bytes";
}

Entry entry_of(const Record& record) {
  const bool client = record.from == Side::client;
  Entry entry{client ? Entry::Kind::noticed : Entry::Kind::sent_raw, record.connection, {}, {}};
  switch (record.kind) {
    case Record::Kind::opened:
      entry.kind = Entry::Kind::noticed;
      entry.text = "connects";
      break;
    case Record::Kind::head:
      entry.text = in_words(record.head);
      break;
    case Record::Kind::frame:
      if (record.frame.is_whole_text() && record.frame.rsv == 0) {
        entry.kind = client ? Entry::Kind::received : Entry::Kind::sent;
        entry.text = record.frame.payload;
      } else {
        entry.text = in_words(record.frame);
      }
      break;
    case Record::Kind::bytes:
      entry.text = std::to_string(record.size) + " bytes that are no WebSocket";
      break;
    case Record::Kind::end:
      entry.text = record.text;
      break;
    case Record::Kind::fired:
      entry.kind = Entry::Kind::sent_raw;
      entry.text = "here the suite interferes: " + record.text;
      break;
  }
  return entry;
}

}  // namespace

std::vector<Conversation> conversations(const std::vector<Record>& records) {
  std::vector<Conversation> all;
  std::map<std::pair<unsigned, Side>, std::optional<Message>> open;
  for (const Record& record : records) {
    auto found =
        std::find_if(all.begin(), all.end(), [&](const Conversation& known) { return known.connection == record.connection; });
    if (found == all.end()) {
      all.push_back({record.connection, record.at, {}, {}});
      found = all.end() - 1;
    }
    Speech& speech = record.from == Side::client ? found->client : found->agent;
    if (record.kind == Record::Kind::head && !speech.head) {
      speech.head = record.head;
    } else if (record.kind == Record::Kind::frame) {
      take_frame(speech, record, open[{record.connection, record.from}]);
    } else if (record.kind == Record::Kind::bytes) {
      speech.stray += record.size;
    } else if (record.kind == Record::Kind::end) {
      speech.ended = record.text;
      speech.ended_at = record.at;
    }
  }
  return all;
}

Transcript transcript_of(const std::vector<Record>& records, protocol::TimePoint began, unsigned first) {
  Transcript out;
  out.reserve(records.size());
  for (const Record& record : records) {
    Entry entry = entry_of(record);
    entry.connection = record.connection + first - 1;
    entry.at = record.at - began;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace procedura::conformance
