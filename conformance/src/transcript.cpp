#include <procedura/conformance/transcript.hpp>

namespace procedura::conformance {
namespace {

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // not in the middle of a character
  }
  const std::string rest = " … (" + std::to_string(text.size()) + " bytes in all)";
  text.resize(end);
  return text + rest;
}

}  // namespace

std::string_view direction(Entry::Kind kind) noexcept {
  switch (kind) {
    case Entry::Kind::dialed:
    case Entry::Kind::sent:
    case Entry::Kind::sent_raw:
      return ">>";
    case Entry::Kind::opened:
    case Entry::Kind::refused:
    case Entry::Kind::received:
    case Entry::Kind::noticed:
      return "<<";
    case Entry::Kind::gave_up:
    case Entry::Kind::process:
      break;
  }
  return "--";
}

Transcript sealed(const Transcript& transcript, const protocol::Redactor& redactor, std::size_t most) {
  Transcript out;
  out.reserve(transcript.size());
  for (const Entry& entry : transcript) {
    const bool frame = entry.kind == Entry::Kind::sent || entry.kind == Entry::Kind::received;
    out.push_back(
        {entry.kind, entry.connection, entry.at, cut(redactor(frame ? protocol::redact_frame(entry.text) : entry.text), most)});
  }
  return out;
}

std::string sealed(std::string_view text, const protocol::Redactor& redactor, std::size_t most) {
  return cut(redactor(text), most);
}

}  // namespace procedura::conformance
