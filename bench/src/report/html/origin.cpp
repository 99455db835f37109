#include "load/schedule_hash.hpp"
#include "markup.hpp"
#include "parts.hpp"
#include "report/command_line.hpp"

#include <fmt/format.h>

namespace procedura::bench::html {
namespace {

std::string fact(std::string_view name, std::string_view value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd class=foreign>{}</dd></div>\n", name, text(value));
}

std::string tls_of(const RunRecord& run) {
  if (run.result.tls_version.empty()) return {};
  return fmt::format("{}, {}{}", run.result.tls_version, run.result.tls_cipher,
                     run.plan.tls.insecure ? "; certificate not checked" : "");
}

std::string window_of(const RunRecord& run) {
  const LoadPlan& load = run.plan.load;
  std::string out = fmt::format("{} after", format_duration(run.result.window));
  if (load.ramp.count() > 0) out += fmt::format(" {} of ramp and", format_duration(load.ramp));
  return out + fmt::format(" {} of warm-up", format_duration(load.warm_up));
}

}  // namespace

std::string origin_of(const RunRecord& run) {
  const Surroundings& here = run.surroundings;
  const LoadPlan& load = run.plan.load;
  const bool open = std::holds_alternative<OpenLoop>(load.load);
  std::string facts = fact("Started", here.started_at) + fact("Window", window_of(run)) + fact("Load", load_of(run.plan)) +
                      fact("Connections made", run.plan.churn == Churn::connect ? "by each job for itself" : "before the run") +
                      fact("Machine", here.machine) + fact("CPUs", fmt::format("{}; may use {}", here.cpus, here.affinity)) +
                      fact("TLS", tls_of(run)) +
                      fact("Processes", run.shards == 1 ? "" : fmt::format("{}, merged", run.shards)) +
                      fact("Seed", open ? fmt::format("{}", load.seed) : "") +
                      fact("Schedule", open ? fmt::format("{:016x}", schedule_hash(load)) : "") +
                      fact("Program", "procedura-bench " + here.version);
  return section("origin", "Where it comes from", "",
                 "<dl class=\"facts card\">\n" + facts + "</dl>\n" + again(command_line(run.plan)));
}

}  // namespace procedura::bench::html
