#include <procedura/conformance/transcript.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

// Of a conversation of a hundred thousand frames the beginning and the end tell all that there is to tell.
constexpr std::size_t most_at_each_end = 250;
// More of a text than is ever shown is not looked through. A secret that lies across its end stays out, and no secret is longer
// than `most_of_a_secret`, however it is written.
constexpr std::size_t looked_at = std::size_t{128} * 1024;
constexpr std::size_t most_of_a_secret = std::size_t{16} * 1024;

/// `text` without secrets, cut to `most` bytes.
std::string shown(std::string_view text, const protocol::Redactor& redactor, std::size_t most) {
  std::string out = redactor(text.substr(0, looked_at));
  if (text.size() > looked_at) {
    out.resize(out.size() - std::min(out.size(), most_of_a_secret));
  }
  if (text.size() <= looked_at && out.size() <= most) {
    return out;
  }
  // Not in the middle of a word either: it might be a token that is known only later in the run, and its beginning would not
  // be.
  constexpr std::string_view between = " \t\r\n\"',;{}[]()";
  std::size_t end = std::min(most, out.size());
  if (const auto word = std::string_view{out}.substr(0, end).find_last_of(between);
      word != std::string_view::npos && word >= end / 2) {
    end = word + 1;
  }
  while (end > 0 && end < out.size() && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) {
    --end;  // not in the middle of a character
  }
  out.resize(end);
  return out + " … (" + std::to_string(text.size()) + " bytes in all)";
}

Entry sealed(const Entry& entry, const protocol::Redactor& redactor, std::size_t most) {
  const bool frame = entry.kind == Entry::Kind::sent || entry.kind == Entry::Kind::received;
  return {entry.kind, entry.connection, entry.at,
          shown(frame ? protocol::redact_frame(entry.text) : entry.text, redactor, most)};
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
    case Entry::Kind::left_out:
      break;
  }
  return "--";
}

Transcript sealed(const Transcript& transcript, const protocol::Redactor& redactor, std::size_t most) {
  Transcript out;
  const std::size_t all = transcript.size();
  const std::size_t left_out = all > 2 * most_at_each_end + 1 ? all - 2 * most_at_each_end : 0;
  out.reserve(all - left_out + 1);
  for (std::size_t i = 0; i < all; ++i) {
    if (left_out != 0 && i == most_at_each_end) {
      out.push_back({Entry::Kind::left_out, 0, transcript[i].at, std::to_string(left_out) + " more that are left out here"});
      i += left_out;
    }
    out.push_back(sealed(transcript[i], redactor, most));
  }
  return out;
}

std::string sealed(std::string_view text, const protocol::Redactor& redactor, std::size_t most) {
  return shown(text, redactor, most);
}

}  // namespace procedura::conformance
