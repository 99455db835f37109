#include "status_line.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace procedura::cli {
namespace {

using protocol::ObjectScanner;
using protocol::TimePoint;

constexpr std::size_t depth = protocol::Limits{}.max_depth;
constexpr double say_nothing_for = 1.0;  // seconds: what is quick needs no word

std::optional<double> number(std::string_view raw) {
  double value = 0;
  const auto [stop, fault] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (fault != std::errc{} || stop != raw.data() + raw.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

double seconds_between(TimePoint from, TimePoint to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

std::string clock(double seconds) {
  const auto whole = std::llround(std::min(seconds, 359'999.0));
  std::array<char, 32> text{};
  if (whole < 3600)
    std::snprintf(text.data(), text.size(), "%lld:%02lld", whole / 60, whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  return text.data();
}

std::string rounded(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  return text.data();
}

// Cuts to `width` columns. Everything from U+1100 on is taken for two columns: too narrow is ugly, too wide wraps the line.
std::string cut(std::string_view text, std::size_t width) {
  std::size_t columns = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    columns +=
        lead < 0xE1 || (lead == 0xE1 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0x84) ? 1U : 2U;
    if (columns > width) break;
    at += bytes;
  }
  return std::string{text.substr(0, std::min(at, text.size()))};
}

bool is_routing(std::string_view key) {
  return protocol::string_equals(key, "id") || protocol::string_equals(key, "job_id") || protocol::string_equals(key, "status");
}

}  // namespace

StatusLine::StatusLine(Kind kind, std::string_view module, TimePoint started)
    : kind_{kind},
      module_{cut(protocol::printable(module), 40)},
      started_{started},
      first_frame_{started},
      last_frame_{started} {}

std::optional<StatusLine::Progress> StatusLine::progress_of(std::string_view frame) {
  std::optional<double> fraction;
  std::optional<double> percent;
  Progress found;
  for (ObjectScanner scan{frame, depth}; auto member = scan.next();) {
    if (protocol::string_equals(member->key, "progress")) fraction = number(member->value);
    if (protocol::string_equals(member->key, "percent")) percent = number(member->value);
    if (protocol::string_equals(member->key, "n")) found.n = number(member->value);
    if (protocol::string_equals(member->key, "total")) found.total = number(member->value);
  }
  if (found.n && found.total && *found.total > 0) {
    found.done = *found.n / *found.total;
  } else if (percent || (fraction && *fraction > 1)) {
    found.done = percent.value_or(fraction.value_or(0)) / 100;  // a "progress" above 1 can only be meant as percent
  } else if (fraction) {
    found.done = *fraction;
  } else {
    return std::nullopt;
  }
  if (!found.total || *found.total <= 0) found.n.reset();
  found.done = std::clamp(found.done, 0.0, 1.0);
  return found;
}

void StatusLine::frame(TimePoint now, std::string_view text) {
  if (waiting_ != Waiting::result) first_frame_ = now;
  waiting_ = Waiting::result;
  last_frame_ = now;
  if (auto progress = progress_of(text)) progress_ = progress;
  std::string fields;
  for (ObjectScanner scan{text, depth}; auto member = scan.next();) {
    if (is_routing(member->key)) continue;
    if (fields.size() > 400) break;  // more than any terminal shows
    fields += " " + protocol::decode_string(member->key).value_or("") + "=";
    if (member->value.size() > 200)
      fields += "...";
    else
      protocol::append_compact(fields, member->value);
  }
  if (!fields.empty()) fields_ = protocol::printable(fields);
}

std::string StatusLine::bar(double elapsed, std::size_t width, bool color) const {
  const double done = progress_->done;
  // The rate is that of the whole job so far: it settles, where one of the last frame jumps.
  const double running = seconds_between(first_frame_, last_frame_);
  std::string tail = " " + std::to_string(std::lround(done * 100)) + "%";
  if (running > 0 && done > 0) {
    const double rate = progress_->n ? *progress_->n / running : done * 100 / running;
    tail += "  " + rounded(rate) + (progress_->n ? "/s" : "%/s");
    if (done < 1) {
      const double left = running * (1 - done) / done - (elapsed - seconds_between(started_, last_frame_));
      tail += "  " + clock(std::max(0.0, left)) + " left";
    }
  }
  const std::string head = module_ + " ";
  constexpr std::size_t widest = 30;
  const std::size_t used = head.size() + tail.size() + 2;
  if (width < used + 5) return cut(head + tail, width);
  const std::size_t cells = std::min(widest, width - used);
  const auto full = static_cast<std::size_t>(std::lround(done * static_cast<double>(cells)));
  std::string filled(full, '#');
  if (color && full > 0) filled = "\x1b[32m" + filled + "\x1b[0m";
  return head + "[" + filled + std::string(cells - full, '.') + "]" + tail;
}

std::string StatusLine::spinner(double elapsed) const {
  constexpr std::string_view phases = "|/-\\";
  const char phase = phases[static_cast<std::size_t>(elapsed * 8) % phases.size()];
  return std::string{phase} + " " + module_ + " " + clock(elapsed) + fields_;
}

std::string StatusLine::render(TimePoint now, std::size_t width, bool color) const {
  const double elapsed = seconds_between(started_, now);
  if (kind_ == Kind::stream && waiting_ == Waiting::result)
    return progress_ ? bar(elapsed, width, color) : cut(spinner(elapsed), width);
  if (elapsed < say_nothing_for) return {};
  if (kind_ == Kind::login) return cut("waiting for the login, " + clock(elapsed), width);
  constexpr std::array<std::string_view, 3> what{"the connection", "the agent to take ", "the result of "};
  std::string text = "waiting for " + std::string{what[static_cast<std::size_t>(waiting_)]};
  if (waiting_ != Waiting::connection) text += module_;
  return cut(text + ", " + clock(elapsed), width);
}

}  // namespace procedura::cli
