#include "markup.hpp"
#include "parts.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/request.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace procedura::bench::html {
namespace {

constexpr Quantile median{500'000};
constexpr Quantile p99{990'000};

struct Said {
  Look look;
  std::string_view word;
};

Said said_of(const RunRecord& run, const Verdict& verdict) {
  switch (verdict.kind) {
    case VerdictKind::pass:
      if (run.plan.load.shard.of > 1) return {good, "Valid, as far as this part goes"};
      return {good, verdict.slos.empty() ? "Valid" : "Pass"};
    case VerdictKind::slo_failed:
      return {bad, "SLO failed"};
    case VerdictKind::inconclusive:
      return {doubtful, "Inconclusive"};
    case VerdictKind::invalid:
      break;
  }
  return {{"fail", "⚠"}, "Invalid"};
}

/// "half of the jobs were answered within 1.20 ms, 99 % within 3.4 ms"
std::string answered(const Histogram& response) {
  if (response.count() == 0) return "no job was answered";
  if (!median.carried_by(response.count()))
    return fmt::format("{} finished, too few for a median", counted(response.count(), "job"));
  std::string out = fmt::format("half of the jobs were answered within {}", format_duration(response.value_at(median)));
  if (p99.carried_by(response.count())) out += fmt::format(", 99 % within {}", format_duration(response.value_at(p99)));
  return out;
}

std::string names_of(const Verdict& verdict, SloResult::State state) {
  std::vector<std::string> names;
  for (const SloResult& slo : verdict.slos) {
    if (slo.state == state) names.push_back(fmt::format("{} ({})", slo.slo.text, slo.detail));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string at_load(const LoadPlan& load) {
  const std::string part = load.shard.of == 1 ? "" : fmt::format("In part {} of {}, at", load.shard.index + 1, load.shard.of);
  if (const auto* open = std::get_if<OpenLoop>(&load.load))
    return part.empty() ? fmt::format("At {} jobs/s", open->rate) : fmt::format("{} {} jobs/s of the whole", part, open->rate);
  const std::string at_a_time = counted(std::get<ClosedLoop>(load.load).concurrency, "job") + " at a time";
  return part.empty() ? "With " + at_a_time : fmt::format("{} {} of the whole", part, at_a_time);
}

/// What is to be said of the SLOs where none was missed.
std::string slos_kept(const RunRecord& run, const Verdict& verdict) {
  if (run.plan.slos.empty()) return "No SLO was asked for.";
  if (verdict.slos.empty()) return "SLOs are judged after the merge.";
  return verdict.slos.size() == 1 ? "The SLO is met." : "All SLOs are met.";
}

}  // namespace

std::string load_of(const Plan& plan) {
  const LoadPlan& load = plan.load;
  std::string out;
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    out = fmt::format("open loop, {} jobs/s, {} arrivals", open->rate,
                      open->arrival == Arrival::poisson ? "poisson" : "constant");
  } else {
    out = fmt::format("closed loop, {} at a time", std::get<ClosedLoop>(load.load).concurrency);
  }
  out += plan.churn == Churn::connect ? ", a connection for each job" : ", " + counted(load.connections, "connection");
  return load.shard.of == 1 ? out : out + fmt::format("; part {} of {}", load.shard.index + 1, load.shard.of);
}

std::string sentence_of(const RunRecord& run, const Verdict& verdict) {
  const std::string figures = fmt::format("{}, {}.", at_load(run.plan.load), answered(run.result.metrics.of(Metric::response)));
  switch (verdict.kind) {
    case VerdictKind::pass:
      return fmt::format("{} {}", figures, slos_kept(run, verdict));
    case VerdictKind::slo_failed:
      return fmt::format("Not kept: {}. {}", names_of(verdict, SloResult::State::failed), figures);
    case VerdictKind::inconclusive:
      return fmt::format("This run cannot decide: {}. {}", names_of(verdict, SloResult::State::inconclusive), figures);
    case VerdictKind::invalid:
      break;
  }
  return "No figure on this page stands for the agent.";
}

std::string header_of(const RunRecord& run, const Verdict& verdict) {
  const Said said = said_of(run, verdict);
  std::string out = fmt::format(
      "<header>\n<p class=dim>A load on <code class=foreign>{}</code>, {}; {}</p>\n<h1 class=foreign>{} <span "
      "class=dim>({})</span></h1>\n"
      "<div class=\"verdict {}\"><p><span class=mark aria-hidden=true>{}</span> <strong>{}</strong> <span class=code>exit code "
      "{}</span></p>\n{}<p>{}</p>\n",
      text(protocol::redact_url(run.plan.url)), text(run.surroundings.started_at), load_of(run.plan), text(run.plan.module),
      protocol::to_string(run.plan.mode), said.look.css, said.look.mark, said.word, exit_code(verdict.kind),
      run.capacity ? fmt::format("<p>The highest rate: {}.</p>\n", text(found(*run.capacity))) : "",
      text(sentence_of(run, verdict)));
  if (!verdict.reasons.empty()) {
    out += "<ul>\n";
    for (const std::string& reason : verdict.reasons) out += fmt::format("<li class=foreign>{}</li>\n", text(reason));
    out += "</ul>\n";
  }
  if (saturated(run.plan, run.result)) {
    out += fmt::format(
        "<p>Saturated: the jobs in flight grew through the whole window ({}), the agent is slower than this load, "
        "and a longer run would show longer latencies.</p>\n",
        fmt::join(run.result.in_flight_by_quarter, ", "));
  }
  if (!run.complete) out += "<p>A look at a run that was still going on: its seconds and its single jobs are not in it.</p>\n";
  if (run.result.interrupted) out += "<p>Interrupted before its time.</p>\n";
  return out + "</div>\n</header>\n";
}

std::string slos_of(const Verdict& verdict) {
  if (verdict.slos.empty()) return {};
  std::string rows;
  for (const SloResult& slo : verdict.slos) {
    const Look look = slo.state == SloResult::State::met ? good : slo.state == SloResult::State::failed ? bad : doubtful;
    rows += fmt::format("<tr><th scope=row><code class=foreign>{}</code><td>{}<td class=foreign>{}\n", text(slo.slo.text),
                        tag(look, to_string(slo.state)), text(slo.detail));
  }
  return section("slos", "SLOs", "",
                 "<table class=card><thead><tr><th scope=col>Bound<th scope=col>Kept<th scope=col>Found</thead><tbody>\n" +
                     rows + "</tbody></table>\n");
}

}  // namespace procedura::bench::html
