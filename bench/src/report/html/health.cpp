#include "markup.hpp"
#include "parts.hpp"

#include <fmt/format.h>

namespace procedura::bench::html {
namespace {

constexpr Quantile median{500'000};
constexpr Quantile p99{990'000};

std::string row(std::string_view name, const std::string& found, std::string_view meaning) {
  return fmt::format("<tr><th scope=row>{}<td>{}<td class=dim>{}\n", name, found, meaning);
}

std::string busy_of(const Health& health) {
  if (health.wall.count() <= 0) return "–";
  const auto spun = static_cast<double>(health.spun.count()) / static_cast<double>(health.wall.count());
  return fmt::format("{} of a core<small>and {} asking the socket while nothing was due</small>", share(health.busy()),
                     share(spun));
}

std::string floor_of(const RunResult& result) {
  if (!result.floor || !median.carried_by(result.floor->response.count())) return "not measured";
  const Histogram& floor = result.floor->response;
  std::string out = format_duration(floor.value_at(median));
  if (p99.carried_by(floor.count())) out += fmt::format("<small>p99 {}</small>", format_duration(floor.value_at(p99)));
  return out;
}

std::string lag_of(const Histogram& lag) {
  if (lag.count() == 0) return "–";
  std::string out = median.carried_by(lag.count()) ? "p50 " + format_duration(lag.value_at(median)) + ", " : "";
  return out + fmt::format("{}<small>at most {}</small>",
                           p99.carried_by(lag.count()) ? "p99 " + format_duration(lag.value_at(p99)) : "p99 not carried",
                           format_duration(lag.max()));
}

std::string agent_of(const std::vector<AgentCount>& counts) {
  if (counts.empty()) return {};
  std::string rows;
  for (const AgentCount& count : counts) {
    rows += fmt::format("<tr><th scope=row><code class=foreign>{}</code><td>{}<td>{}<td>{}\n", text(count.name), count.agent,
                        count.expected, count.agent == count.expected ? tag(good, "equal") : tag(bad, "differ"));
  }
  return "<h3>What the agent counted</h3>\n<table class=\"card figures\"><thead><tr><th scope=col>counter<th scope=col>the "
         "agent<th scope=col>this program<th scope=col>verdict</thead><tbody>\n" +
         rows + "</tbody></table>\n";
}

}  // namespace

std::string health_of(const RunRecord& run) {
  const RunResult& result = run.result;
  const Health& health = result.health;
  const std::string rows =
      row("Its core", busy_of(health), "near a whole core it would measure itself") +
      row("Sent late", lag_of(result.metrics.of(Metric::send_lag)), "<code>send_lag</code>: from when a job was due") +
      row("Preempted", counted(health.preempted, "time"), "others took its CPU") +
      row("Stolen by the host", health.steal ? share(*health.steal) : "not known", "of this machine's CPU time") +
      row("Floor p50", floor_of(result), "no agent can be measured faster; shown, never subtracted");
  return section("health", "The generator's own health",
                 "What made the load was measured too; where it was the bottleneck, the verdict says so.",
                 "<table class=\"card figures\"><thead><tr><th scope=col>What<th scope=col>Found<th scope=col>Why it "
                 "matters</thead><tbody>\n" +
                     rows + "</tbody></table>\n" + agent_of(result.agent_counts));
}

}  // namespace procedura::bench::html
