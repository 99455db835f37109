#include "markup.hpp"
#include "parts.hpp"
#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace procedura::bench::html {
namespace {

constexpr double row_height = 22;
constexpr double first_row = 30;

std::string name_of(const Timeline& job) {
  return fmt::format("#{}", job.arrival);
}

/// Where the last thing of a job lies, from when it was due.
Nanos longest(std::span<const Timeline> jobs) {
  Nanos longest{1000};
  for (const Timeline& job : jobs) longest = std::max(longest, job.response());
  return longest;
}

/// Where the bars begin: behind the number of every job, which is long in a long run.
double left_of(std::span<const Timeline> jobs) {
  constexpr double digit = 11.5;  // where they are largest
  std::size_t most = 0;
  for (const Timeline& job : jobs) most = std::max(most, name_of(job).size());
  return std::max(Picture::left, digit * static_cast<double>(most) + 16);
}

class Rows {
 public:
  Rows(std::string_view id, std::string_view label, std::span<const Timeline> jobs)
      : picture_{id, first_row + row_height * static_cast<double>(jobs.size()) + 4, label},
        left_{left_of(jobs)},
        x_{static_cast<double>(longest(jobs).count()), left_, Picture::right - 90},
        bottom_{first_row + row_height * static_cast<double>(jobs.size())} {}

  void axis();
  void add(const Timeline& job, std::size_t row);
  std::string take() { return picture_.take(); }

 private:
  double x(const Timeline& job, Nanos when) const {
    return x_(std::clamp(static_cast<double>((when - job.times.intended).count()), 0.0, x_.most()));
  }
  void bar(std::string_view css, const Timeline& job, std::optional<Nanos> from, std::optional<Nanos> to, double y);

  Picture picture_;
  double left_;
  EvenAxis x_;
  double bottom_;
};

void Rows::axis() {
  for (const double step : x_.steps(6)) {
    picture_.line("grid", x_(step), first_row - 6, x_(step), bottom_);
    picture_.words("label", "middle", x_(step), first_row - 12, exact_duration(Nanos{static_cast<std::int64_t>(step)}));
  }
}

void Rows::bar(std::string_view css, const Timeline& job, std::optional<Nanos> from, std::optional<Nanos> to, double y) {
  if (!from || !to || *to < *from) return;
  picture_.rect(css, x(job, *from), y, std::max(0.6, x(job, *to) - x(job, *from)), 12);
}

std::string told(const Timeline& job) {
  std::string what = fmt::format("job {}", grouped(job.arrival));
  const auto add = [&](std::string_view name, const std::optional<Nanos>& when) {
    if (when) what += fmt::format(", {} {}", name, format_duration(*when - job.times.intended));
  };
  add("sent after", job.times.sent);
  add("ack", job.times.ack);
  add("first event", job.times.first_event);
  if (const auto events = job.events.size() + job.more_events; events > 1) what += fmt::format(", {} events", grouped(events));
  return what +
         fmt::format(", {} {}", job.error.empty() ? "finished" : "failed with " + job.error, format_duration(job.response()));
}

void Rows::add(const Timeline& job, std::size_t row) {
  const double y = first_row + row_height * static_cast<double>(row) + 5;
  const JobTimes& times = job.times;
  picture_.words("label", "end", left_ - 8, y + 10, name_of(job));
  bar("waited", job, times.intended, times.sent.value_or(job.end), y);
  bar("to-ack", job, times.sent, times.ack ? times.ack : times.first_event.value_or(job.end), y);
  bar("to-event", job, times.ack, times.first_event.value_or(job.end), y);
  bar("events", job, times.first_event, job.end, y);
  std::string marks;
  for (const Nanos event : job.events) marks += fmt::format("M{} {}v12", px(x(job, event)), px(y));
  if (!marks.empty()) picture_.add(fmt::format("<path class=event d=\"{}\"/>", marks));
  picture_.words(job.error.empty() ? "label" : "label bad", "start", x(job, job.end) + 6, y + 10,
                 job.error.empty() ? format_duration(job.response()) : format_duration(job.response()) + " ✗");
  picture_.field(0, y - 5, Picture::page, row_height, told(job));
}

std::string rows_of(std::string_view id, std::string_view title, const std::vector<Timeline>& jobs) {
  if (jobs.empty()) return {};
  Rows rows{id, fmt::format("{}: when each of {} was sent, acknowledged and finished", title, counted(jobs.size(), "job")),
            jobs};
  rows.axis();
  for (std::size_t i = 0; i < jobs.size(); ++i) rows.add(jobs[i], i);
  return fmt::format("<h3>{}</h3>\n", title) + figure(rows.take(), {});
}

constexpr std::string_view keys =
    "<ul class=keys>"
    "<li><svg class=swatch viewBox=\"0 0 26 12\" aria-hidden=true><path class=waited d=\"M0 0H26V12H0z\"/></svg>due, not "
    "sent</li>"
    "<li><svg class=swatch viewBox=\"0 0 26 12\" aria-hidden=true><path class=to-ack d=\"M0 0H26V12H0z\"/></svg>sent, no "
    "ack</li>"
    "<li><svg class=swatch viewBox=\"0 0 26 12\" aria-hidden=true><path class=to-event d=\"M0 "
    "0H26V12H0z\"/></svg>acknowledged</li>"
    "<li><svg class=swatch viewBox=\"0 0 26 12\" aria-hidden=true><path class=events d=\"M0 0H26V12H0z\"/></svg>events "
    "came</li>"
    "<li><svg class=swatch viewBox=\"0 0 26 12\" aria-hidden=true><path class=event d=\"M13 0V12\"/></svg>an event</li></ul>\n";

}  // namespace

std::string timelines_of(const TimelineSample& jobs) {
  if (jobs.slowest().empty() && jobs.drawn().empty()) return {};
  return section(
      "jobs", "Single jobs",
      "From when each was due. The slowest say what goes wrong when it does; those drawn by lot say what a job is like.",
      std::string{keys} + rows_of("drawn", "Drawn by lot", jobs.drawn()) + rows_of("slowest", "The slowest", jobs.slowest()));
}

}  // namespace procedura::bench::html
