#include "../markup.hpp"
#include "view.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace procedura::conformance::html {
namespace {

std::string since(protocol::Duration time) {
  const auto ms = std::chrono::duration<double, std::milli>(time).count();
  if (ms < 0.1) {
    return "";
  }
  return ms < 1000 ? fmt::format("+{:.1f} ms", ms) : fmt::format("+{:.2f} s", ms / 1000);
}

/// A row; the closing tags of rows and cells may be left out, and there are many.
std::string row(const Entry& entry, protocol::Duration before, std::size_t most) {
  const std::string_view arrow = direction(entry.kind);
  const bool ours = arrow == ">>";
  const bool theirs = arrow == "<<";
  const bool frame = entry.kind == Entry::Kind::sent || entry.kind == Entry::Kind::received;
  return fmt::format("<tr class={}><td>{}<td>{}<td>{}<td class=w>{}<td class=\"text{}\">{}\n",
                     ours     ? "ours"
                     : theirs ? "theirs"
                              : "neither",
                     seconds(entry.at), since(entry.at - before),
                     entry.connection == 0 ? "" : fmt::format("#{}", entry.connection),
                     ours     ? "→ sent"
                     : theirs ? "← came"
                              : "· noted",
                     frame ? " json" : "", markup_text(protocol::excerpt(entry.text, most)));
}

}  // namespace

std::string transcript_table(const Transcript& transcript, std::size_t allowance) {
  // The longest text takes its part of it when all of it has to be escaped.
  const std::size_t most = std::max<std::size_t>(allowance / 16, 120);
  const auto before = [&transcript](std::size_t i) { return i == 0 ? protocol::Duration{} : transcript[i - 1].at; };
  std::string head;
  std::size_t first = 0;
  while (first < transcript.size() && head.size() < allowance / 2) {
    head += row(transcript[first], before(first), most);
    ++first;
  }
  std::vector<std::string> tail;  // from the end
  std::size_t last = transcript.size();
  for (std::size_t size = 0; last > first && size < allowance / 2; --last) {
    tail.push_back(row(transcript[last - 1], before(last - 1), most));
    size += tail.back().size();
  }
  std::string out =
      "<table class=wire><thead><tr><th class=t>Time<th class=d>Since<th class=n>Conn.<th "
      "class=w>Way<th>What</thead>\n<tbody>\n" +
      head;
  if (last > first) {
    out += fmt::format("<tr class=cut><td colspan=5>… {} more that this page has no room for …\n", last - first);
  }
  for (auto each = tail.rbegin(); each != tail.rend(); ++each) {
    out += *each;
  }
  return out + "</tbody></table>\n";
}

}  // namespace procedura::conformance::html
