#include "ping_report.hpp"

#include "duration_text.hpp"
#include "json_object.hpp"
#include "report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace procedura::cli {
namespace {

using protocol::Duration;

Duration nanoseconds(double value) noexcept {
  return Duration{std::llround(value)};
}

std::string percent(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

}  // namespace

void RoundTrips::answered(Duration time) noexcept {
  min_ = answered_ == 0 ? time : std::min(min_, time);
  max_ = std::max(max_, time);
  ++answered_;
  const auto value = static_cast<double>(time.count());
  const double before = value - mean_;
  mean_ += before / static_cast<double>(answered_);
  squares_ += before * (value - mean_);
}

double RoundTrips::loss() const noexcept {
  return sent_ == 0 ? 0 : 100.0 * static_cast<double>(sent_ - answered_) / static_cast<double>(sent_);
}

Duration RoundTrips::mean() const noexcept {
  return nanoseconds(mean_);
}

Duration RoundTrips::mdev() const noexcept {
  return answered_ == 0 ? Duration{} : nanoseconds(std::sqrt(squares_ / static_cast<double>(answered_)));
}

std::string RoundTrips::min_avg_max_mdev() const {
  return milliseconds(min()) + "/" + milliseconds(mean()) + "/" + milliseconds(max()) + "/" + milliseconds(mdev());
}

std::string RoundTrips::members() const {
  const auto time = [this](Duration value) { return answered_ == 0 ? std::string{"null"} : exact_milliseconds(value); };
  JsonObject object;
  object.raw("sent", std::to_string(sent_)).raw("received", std::to_string(answered_)).raw("loss_percent", percent(loss()));
  object.raw("min_ms", time(min())).raw("avg_ms", time(mean())).raw("max_ms", time(max())).raw("mdev_ms", time(mdev()));
  return std::string{object.members()};
}

std::string ping_line(std::uint64_t sequence, const Result<Duration>& pong) {
  const std::string number = "seq=" + std::to_string(sequence);
  if (pong) return "pong: " + number + " time=" + milliseconds(*pong) + " ms\n";
  return "no pong: " + number + " " + error_line(pong.error(), {.checking = true}) + "\n";
}

std::string ping_object(std::uint64_t sequence, const Result<Duration>& pong) {
  JsonObject object;
  object.raw("seq", std::to_string(sequence));
  if (pong) return object.raw("ms", exact_milliseconds(*pong)).str();
  return object.raw("ms", "null").raw("error", error_object(pong.error())).str();
}

std::string ping_summary(const std::string& url, const RoundTrips& trips, Duration took) {
  std::string text = "--- " + url + " ---\n" + std::to_string(trips.sent_count()) + " sent, " +
                     std::to_string(trips.answered_count()) + " received, " + percent(trips.loss()) + "% lost, " +
                     milliseconds(took) + " ms\n";
  if (trips.answered_count() > 0) text += "round trip min/avg/max/mdev = " + trips.min_avg_max_mdev() + " ms\n";
  return text;
}

std::string ping_summary_object(const std::string& url, const RoundTrips& trips, Duration took) {
  JsonObject object;
  object.text("url", url).raw("took_ms", exact_milliseconds(took));
  return object.join(trips.members()).str();
}

}  // namespace procedura::cli
