#include "markup.hpp"
#include "parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace procedura::bench::html {
namespace {

bool on_this_machine(std::string_view url) {
  constexpr std::array<std::string_view, 3> names{"127.", "localhost", "[::1]"};
  const std::size_t at = url.find("://");
  const std::string_view host = at == std::string_view::npos ? url : url.substr(at + 3);
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return host.substr(0, name.size()) == name; });
}

}  // namespace

std::vector<std::string> unsupported_by(const RunRecord& run, const Verdict& verdict) {
  const JobCounts& jobs = run.result.metrics.jobs();
  std::vector<std::string> all;
  if (verdict.kind == VerdictKind::invalid)
    all.emplace_back("Nothing here is about the agent: the run is invalid, for the reasons above.");
  all.insert(all.end(), verdict.cautions.begin(), verdict.cautions.end());
  if (jobs.censored() > 0) {
    all.push_back(
        fmt::format("{} of {} had no end at the cut-off. They would have been among the slowest, and are in no latency.",
                    grouped(jobs.censored()), counted(jobs.due, "job")));
  }
  if (jobs.failed > 0) {
    all.push_back(fmt::format("Latencies are of the jobs that finished; {} failed, and are apart.", grouped(jobs.failed)));
  }
  if (run.plan.load.warm_up.count() == 0)
    all.emplace_back("No warm-up was left out: the first jobs of a cold agent are in the figures.");
  if (on_this_machine(run.plan.url)) {
    all.emplace_back(
        "The agent ran on the machine that made the load, and shared its CPUs: what a network adds, and what the agent does "
        "with a "
        "machine of its own, is not in the figures.");
  }
  if (run.result.agent_counts.empty())
    all.emplace_back("The agent told no counters: that it counted the same messages is not known.");
  all.emplace_back("Other modules, arguments and rates than these may do otherwise.");
  all.emplace_back(
      "Two runs made one after the other differ by chance: whether one build is faster than another, procedura-bench compare "
      "can "
      "tell.");
  return all;
}

std::string limits_of(const RunRecord& run, const Verdict& verdict) {
  std::string items;
  for (const std::string& sentence : unsupported_by(run, verdict))
    items += fmt::format("<li class=foreign>{}</li>\n", text(sentence));
  return section("limits", "What this run cannot support", "", "<ul class=\"limits card\">\n" + items + "</ul>\n");
}

}  // namespace procedura::bench::html
