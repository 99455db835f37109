#include "status_line.hpp"

#include "columns.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace procedura::cli {
namespace {

using protocol::ObjectScanner;
using protocol::TimePoint;

constexpr std::size_t depth = protocol::Limits{}.max_depth;
constexpr double say_nothing_for = 1.0;  // seconds: what is quick needs no word
constexpr double too_soon = 0.5;         // seconds: frames that came so close together tell nothing of the rate

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

bool is_routing(std::string_view key) {
  return protocol::string_equals(key, "id") || protocol::string_equals(key, "job_id") || protocol::string_equals(key, "status");
}

}  // namespace

StatusLine::StatusLine(Kind kind, std::string_view module, TimePoint started)
    : kind_{kind},
      module_{cut(protocol::printable(module), 40)},
      started_{started},
      since_{started},
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

void StatusLine::lost(TimePoint now) noexcept {
  waiting_ = Waiting::connection;
  since_ = now;
}

void StatusLine::waits_for(TimePoint now, std::string_view what) {
  connected();
  module_ = what;
  since_ = now;
}

void StatusLine::frame(TimePoint now, std::string_view text) {
  if (waiting_ != Waiting::result) first_frame_ = now;
  waiting_ = Waiting::result;
  last_frame_ = now;
  ++events_;
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

// The parts of the line behind the bar, the most important first.
std::vector<std::string> StatusLine::tail(double elapsed) const {
  const double done = progress_->done;
  std::vector<std::string> parts{" " + std::to_string(std::lround(done * 100)) + "%"};
  // The rate is that of the whole job so far: it settles, where one of the last frame jumps.
  const double running = seconds_between(first_frame_, last_frame_);
  if (running < too_soon || done <= 0) return parts;
  const double rate = progress_->n ? *progress_->n / running : done * 100 / running;
  parts.push_back("  " + rounded(rate) + (progress_->n ? "/s" : "%/s"));
  if (done >= 1) return parts;
  const double left = running * (1 - done) / done - (elapsed - seconds_between(started_, last_frame_));
  parts.push_back("  " + clock(std::max(0.0, left)) + " left");
  return parts;
}

std::string StatusLine::bar(double elapsed, std::size_t width, bool color) const {
  constexpr std::size_t widest = 30;
  constexpr std::size_t narrowest = 5;
  const std::string head = module_ + " ";
  const std::size_t frame = columns(head) + 2;
  std::vector<std::string> parts = tail(elapsed);
  const auto size = [&parts] {
    return std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                           [](auto sum, const auto& part) { return sum + part.size(); });
  };
  // Where there is no room, the bar is worth more than its rate, and the percentage more than the bar.
  while (parts.size() > 1 && width < frame + narrowest + size()) parts.pop_back();
  const std::string& percent = parts.front();
  if (width < frame + narrowest + size()) {
    return width < percent.size() ? cut(percent.substr(1), width) : cut(module_, width - percent.size()) + percent;
  }
  const std::size_t cells = std::min(widest, width - frame - size());
  const auto full = static_cast<std::size_t>(std::lround(progress_->done * static_cast<double>(cells)));
  std::string filled(full, '#');
  if (color && full > 0) filled = "\x1b[32m" + filled + "\x1b[0m";
  std::string line = head + "[" + filled + std::string(cells - full, '.') + "]";
  for (const std::string& part : parts) line += part;
  return line;
}

std::string StatusLine::spinner(double elapsed, std::string_view text) const {
  constexpr std::string_view phases = "|/-\\";
  const char phase = phases[static_cast<std::size_t>(elapsed * 8) % phases.size()];
  return std::string{phase} + " " + std::string{text};
}

std::string StatusLine::listening(double elapsed) const {
  return spinner(elapsed,
                 "listening " + clock(elapsed) + ", " + std::to_string(events_) + (events_ == 1 ? " event" : " events"));
}

std::string StatusLine::render(TimePoint now, std::size_t width, bool color) const {
  const double elapsed = seconds_between(started_, now);
  if (kind_ == Kind::stream && waiting_ == Waiting::result)
    return progress_ ? bar(elapsed, width, color) : cut(spinner(elapsed, module_ + " " + clock(elapsed) + fields_), width);
  if (kind_ == Kind::listen && waiting_ != Waiting::connection) return cut(listening(elapsed), width);
  if (kind_ == Kind::check && waiting_ == Waiting::ack && module_.empty()) return {};
  const double waited = seconds_between(since_, now);
  if (waited < say_nothing_for) return {};
  return cut("waiting for " + what() + ", " + clock(waited), width);
}

std::string StatusLine::what() const {
  if (kind_ == Kind::login) return "the login";
  switch (waiting_) {
    case Waiting::connection:
      return "the connection";
    case Waiting::ack:
      return kind_ == Kind::check ? module_ : "the agent to take " + module_;
    case Waiting::result:
      break;
  }
  return "the result of " + module_;
}

std::string drawing_of(std::string_view line) {
  return "\x1b[?7l\r" + std::string{line} + "\x1b[J\r\x1b[?7h";
}

}  // namespace procedura::cli
