#include "curve.hpp"
#include "markup.hpp"
#include "parts.hpp"
#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::bench::html {
namespace {

constexpr std::uint64_t least_for_curve = 2;

struct Pair {
  Metric corrected;
  Metric service;
};

std::vector<SloResult> about(const Verdict& verdict, Metric metric) {
  std::vector<SloResult> slos;
  std::copy_if(verdict.slos.begin(), verdict.slos.end(), std::back_inserter(slos), [&](const SloResult& slo) {
    const auto* latency = std::get_if<Slo::Latency>(&slo.slo.what);
    return latency != nullptr && latency->metric == metric;
  });
  return slos;
}

std::string_view name_of(Metric metric) {
  return metric_names[static_cast<std::size_t>(metric)];
}

std::string curve_of(const RunRecord& run, const Verdict& verdict, Pair pair) {
  const RunResult& result = run.result;
  const Histogram& corrected = result.metrics.of(pair.corrected);
  const std::string_view name = name_of(pair.corrected);
  std::vector<CurveLine> lines{{name, "corrected", &corrected}};
  std::vector<Key> keys{{name, "corrected", name}};
  if (result.metrics.of(pair.service).count() > 0) {
    lines.push_back({"service", "service", &result.metrics.of(pair.service)});
    keys.push_back({"service", "service", name_of(pair.service)});
  }
  if (pair.corrected == Metric::response && result.floor && result.floor->response.count() > 0) {
    lines.push_back({"floor", "floor", &result.floor->response});
    keys.push_back({"floor", "floor", "floor: a responder that does nothing, on this machine"});
  }
  const auto label =
      fmt::format("Percentile curve of {} over {}: median {}, longest {}", name, counted(corrected.count(), "job"),
                  format_duration(corrected.value_at(Quantile{500'000})), format_duration(corrected.max()));
  const std::vector<SloResult> slos = about(verdict, pair.corrected);
  return figure(percentile_curve(fmt::format("curve-{}", name), label, lines, slos), keys,
                slos.empty() ? "" : "A triangle's tip is the bound of an SLO.");
}

}  // namespace

std::string curves_of(const RunRecord& run, const Verdict& verdict) {
  const Metrics& metrics = run.result.metrics;
  if (const std::uint64_t finished = metrics.of(Metric::response).count(); finished < least_for_curve) {
    return section("curve", "Latency by percentile", "",
                   finished == 0 ? "<p class=nothing>No job finished.</p>\n"
                                 : "<p class=nothing>One job finished, which makes no curve.</p>\n");
  }
  std::string body = curve_of(run, verdict, {Metric::response, Metric::service_response});
  for (const Pair pair : {Pair{Metric::ack, Metric::service_ack}, Pair{Metric::first_event, Metric::service_first_event}}) {
    if (metrics.of(pair.corrected).count() < least_for_curve) continue;
    body += fmt::format("<details><summary>The same for <code>{}</code></summary>\n{}</details>\n", name_of(pair.corrected),
                        curve_of(run, verdict, pair));
  }
  return section(
      "curve", "Latency by percentile",
      "Each step to the right is ten times as rare. Solid: from when the job was due, as a user feels it. Dashed: from "
      "when it was sent, without the wait before. Lines fade where fewer than 100 and then 10 samples lie beyond: "
      "there, another run would draw another line.",
      body);
}

}  // namespace procedura::bench::html
