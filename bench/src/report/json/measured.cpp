#include "hdr/codec.hpp"
#include "report/json/parts.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace procedura::bench::json {
namespace {

constexpr std::array reported{Quantile{500'000}, Quantile{900'000}, Quantile{990'000}, Quantile{999'000}, Quantile{999'900}};

Json time_or_null(const std::optional<Nanos>& time) {
  return time ? Json(time->count()) : Json(nullptr);
}

template <class T>
T decoded(std::variant<T, HdrError> result, const Node& node) {
  if (const auto* error = std::get_if<HdrError>(&result)) node.refuse("the histogram " + error->message);
  return std::get<T>(std::move(result));
}

Json of_second(const Second& second) {
  Json latencies = Json::object();
  for (std::size_t i = 0; i < metric_count; ++i) {
    const SparseHistogram& histogram = second.latencies[i];
    if (histogram.count() > 0) latencies[std::string{metric_names[i]}] = encode_hdr(histogram);
  }
  return {{"due", second.due},       {"sent", second.sent},           {"finished", second.finished},
          {"failed", second.failed}, {"in_flight", second.in_flight}, {"latency_ns", std::move(latencies)}};
}

/// How many values the histograms of all seconds may have together.
class BucketBudget {
 public:
  explicit BucketBudget(std::size_t most) : left_{most} {}

  void take(const SparseHistogram& histogram, const Node& node) {
    // As for all counts, so that no sum of them leaves 64 bits.
    if (histogram.count() > Node::most_count) node.refuse("the histogram counts more samples than can be");
    if (histogram.buckets().size() > left_) node.refuse("the histograms of the seconds unpack to more than a run has");
    left_ -= histogram.buckets().size();
  }

 private:
  std::size_t left_;
};

Second read_second(const Node& node, BucketBudget& budget) {
  Second second;
  second.due = node["due"].count();
  second.sent = node["sent"].count();
  second.finished = node["finished"].count();
  second.failed = node["failed"].count();
  second.in_flight = node["in_flight"].count();
  const Node latencies = node["latency_ns"];
  for (std::size_t i = 0; i < metric_count; ++i) {
    if (!latencies.has(metric_names[i])) continue;
    const Node hdr = latencies[metric_names[i]];
    second.latencies[i] = decoded(decode_sparse_hdr(hdr.text()), hdr);
    budget.take(second.latencies[i], hdr);
  }
  return second;
}

Json of_timeline(const Timeline& job) {
  Json events = Json::array();
  for (const Nanos event : job.events) events.push_back(event.count());
  return {{"arrival", job.arrival},
          {"intended_ns", job.times.intended.count()},
          {"sent_ns", time_or_null(job.times.sent)},
          {"ack_ns", time_or_null(job.times.ack)},
          {"first_event_ns", time_or_null(job.times.first_event)},
          {"events_ns", std::move(events)},
          {"more_events", job.more_events},
          {"end_ns", job.end.count()},
          {"error", job.error}};
}

Timeline read_timeline(const Node& node) {
  Timeline job;
  job.arrival = node["arrival"].count();
  job.times = {node["intended_ns"].time(), node["sent_ns"].time_or_null(), node["ack_ns"].time_or_null(),
               node["first_event_ns"].time_or_null()};
  for (const Node& event : node["events_ns"].items(Timeline::most_events)) job.events.push_back(event.time());
  job.more_events = node["more_events"].count();
  job.end = node["end_ns"].time();
  job.error = node["error"].printable_text();
  if (job.end < job.times.intended) node.refuse("ends before it was due");
  return job;
}

std::uint64_t sum_of(const std::map<std::string, std::uint64_t>& codes) {
  std::uint64_t sum = 0;
  for (const auto& [code, times] : codes) sum += times;
  return sum;
}

Json of_jobs_of(const std::vector<Timeline>& jobs) {
  Json array = Json::array();
  for (const Timeline& job : jobs) array.push_back(of_timeline(job));
  return array;
}

}  // namespace

Json of_histogram(const Histogram& histogram) {
  Json json{{"count", histogram.count()}};
  const bool empty = histogram.count() == 0;
  const auto or_null = [&](Nanos value) { return empty ? Json(nullptr) : Json(value.count()); };
  json["min"] = or_null(histogram.min());
  json["mean"] = or_null(histogram.mean());
  json["max"] = or_null(histogram.max());
  for (const Quantile quantile : reported) {
    json[quantile.name()] = quantile.carried_by(histogram.count()) ? Json(histogram.value_at(quantile).count()) : Json(nullptr);
  }
  if (histogram.clamped() > 0) json["clamped"] = histogram.clamped();
  json["hdr"] = empty ? Json(nullptr) : Json(encode_hdr(histogram));
  return json;
}

Histogram read_histogram(const Node& node) {
  const std::uint64_t count = node["count"].count();
  Histogram histogram;
  if (node.has("hdr")) histogram = decoded(decode_hdr(node["hdr"].text()), node["hdr"]);
  if (histogram.count() != count) {
    node.refuse(fmt::format("its histogram has {} samples, and its count says {}", histogram.count(), count));
  }
  const Nanos min = node["min"].time_or_null().value_or(Nanos{0});
  const Nanos max = node["max"].time_or_null().value_or(Nanos{0});
  if (!histogram.restore(min, max, node.has("clamped") ? node["clamped"].count() : 0)) {
    node.refuse("min, max or clamped contradict its histogram");
  }
  return histogram;
}

Json of_jobs(const JobCounts& jobs) {
  return {{"due", jobs.due},
          {"sent", jobs.sent},
          {"finished", jobs.finished},
          {"failed", jobs.failed},
          {"unfinished", jobs.unfinished},
          {"unsent", jobs.unsent},
          {"no_ack", jobs.no_ack},
          {"no_event", jobs.no_event}};
}

Json of_latencies(const Metrics& metrics) {
  Json json = Json::object();
  for (std::size_t i = 0; i < metric_count; ++i) {
    json[std::string{metric_names[i]}] = of_histogram(metrics.of(static_cast<Metric>(i)));
  }
  return json;
}

Metrics read_metrics(const Node& jobs, const Node& errors, const Node& latencies) {
  const JobCounts counts{jobs["due"].count(),    jobs["sent"].count(),       jobs["finished"].count(),
                         jobs["failed"].count(), jobs["unfinished"].count(), jobs["unsent"].count(),
                         jobs["no_ack"].count(), jobs["no_event"].count()};
  std::array<Histogram, metric_count> histograms;
  for (std::size_t i = 0; i < metric_count; ++i) histograms[i] = read_histogram(latencies[metric_names[i]]);
  std::map<std::string, std::uint64_t> codes;
  for (const auto& [code, times] : errors.members(100)) codes[protocol::printable(code)] += times.count();

  if (counts.due != counts.finished + counts.failed + counts.unfinished + counts.unsent) {
    jobs.refuse("due is not the sum of finished, failed, unfinished and unsent");
  }
  if (counts.sent + counts.unsent > counts.due) jobs.refuse("sent and unsent are more than due");
  const auto as_many = [&](Metric metric, std::uint64_t wanted, std::string_view name) {
    const auto index = static_cast<std::size_t>(metric);
    if (histograms[index].count() == wanted) return;
    jobs.refuse(fmt::format("{} is {}, and latency_ns has {} samples of {}", name, wanted, histograms[index].count(),
                            metric_names[index]));
  };
  as_many(Metric::send_lag, counts.sent, "sent");
  as_many(Metric::response, counts.finished, "finished");
  as_many(Metric::failed, counts.failed, "failed");
  if (counts.no_ack > counts.finished || counts.no_event > counts.finished) {
    jobs.refuse("no_ack and no_event are of the finished, and there are not as many");
  }
  as_many(Metric::ack, counts.finished - counts.no_ack, "finished without no_ack");
  as_many(Metric::first_event, counts.finished - counts.no_event, "finished without no_event");
  if (const std::uint64_t told = sum_of(codes); told != counts.failed) {
    errors.refuse(fmt::format("they are {} together, and jobs.failed says {}", told, counts.failed));
  }
  return {counts, std::move(histograms), std::move(codes)};
}

Json of_series(const Series& series) {
  Json seconds = Json::array();
  for (const Second& second : series.seconds) seconds.push_back(of_second(second));
  return {{"step_ns", series.step.count()}, {"seconds", std::move(seconds)}};
}

Series read_series(const Node& node, Nanos window, std::size_t most_buckets) {
  Series series;
  BucketBudget budget{most_buckets};
  for (const Node& second : node["seconds"].items(2 * Series::most_seconds)) {
    series.seconds.push_back(read_second(second, budget));
  }
  series.step = node["step_ns"].time();
  const Nanos step = Series::step_for(window);
  if (!series.seconds.empty() && series.step != step) {
    node["step_ns"].refuse(fmt::format("needs to be {} for a window of {} ns", step.count(), window.count()));
  }
  return series;
}

void check_sums(const Node& node, const Series& series, const Metrics& metrics) {
  Second sums;
  std::array<Histogram, metric_count> histograms;
  for (const Second& second : series.seconds) {
    sums.due += second.due;
    sums.sent += second.sent;
    sums.finished += second.finished;
    sums.failed += second.failed;
    for (std::size_t i = 0; i < metric_count; ++i) second.latencies[i].add_to(histograms[i]);
  }
  const JobCounts& jobs = metrics.jobs();
  const std::tuple<std::string_view, std::uint64_t, std::uint64_t> counts[] = {{"due", sums.due, jobs.due},
                                                                               {"sent", sums.sent, jobs.sent},
                                                                               {"finished", sums.finished, jobs.finished},
                                                                               {"failed", sums.failed, jobs.failed}};
  for (const auto& [name, sum, whole] : counts) {
    if (sum != whole) node.refuse(fmt::format("its seconds have {} {}, and jobs has {}", sum, name, whole));
  }
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto whole = metrics.of(static_cast<Metric>(i)).counts();
    const auto sum = histograms[i].counts();
    if (std::equal(sum.begin(), sum.end(), whole.begin(), whole.end())) continue;
    node.refuse(fmt::format("the histograms of its seconds do not add up to latency_ns.{}", metric_names[i]));
  }
}

Json of_timelines(const TimelineSample& sample) {
  return {{"slowest", of_jobs_of(sample.slowest())}, {"drawn", of_jobs_of(sample.drawn())}};
}

TimelineSample read_timelines(const Node& node) {
  TimelineSample sample;
  std::map<std::uint64_t, Timeline> seen;
  for (const std::string_view kind : {"slowest", "drawn"}) {
    for (const Node& item : node[kind].items(TimelineSample::most)) {
      const Timeline job = read_timeline(item);
      if (const auto [same, is_new] = seen.emplace(job.arrival, job); !is_new && same->second != job) {
        item.refuse(fmt::format("job {} is told in two ways", job.arrival));
      }
      sample.add(job);
    }
  }
  return sample;
}

}  // namespace procedura::bench::json
