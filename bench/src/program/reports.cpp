#include "program/reports.hpp"

#include "hdr/log.hpp"
#include "program/command.hpp"
#include "program/output_files.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace procedura::bench {
namespace {

void take_out(std::optional<std::string>& text, const protocol::Redactor& redactor) {
  if (text) text = redactor(*text);
}

std::string hdr_report(const RunRecord& run, std::string_view path) {
  constexpr std::string_view percentiles = ".hgrm";
  const bool ends_so = path.size() >= percentiles.size() && path.substr(path.size() - percentiles.size()) == percentiles;
  if (ends_so) return hdr_percentiles(run.result.metrics.of(Metric::response));
  const LoadPlan& load = run.plan.load;
  return hdr_log(run.result.series, run.surroundings.started_at, load.ramp + load.warm_up);
}

}  // namespace

RunRecord without_secrets(RunRecord run, const protocol::Redactor& redactor) {
  Plan& plan = run.plan;
  plan.url = redactor(plan.url);
  plan.module = redactor(plan.module);
  for (std::string& argument : plan.args) argument = redactor(argument);
  for (auto* text : {&plan.tls.ca, &plan.token_file, &plan.credential_env}) take_out(*text, redactor);
  return run;
}

int write_reports(Process& process, RunRecord given, const Outputs& out, const protocol::Redactor& redactor) {
  const RunRecord run = without_secrets(std::move(given), redactor);
  const Verdict verdict = judge(run.plan, run.result);
  const bool json_to_out = out.json == "-";
  const std::string search = run.capacity ? "\n" + text_report(*run.capacity) : "";
  (json_to_out ? process.err : process.out) << redactor(text_report(run, verdict) + search) << std::flush;
  if (json_to_out) {
    process.out << json_report(run, verdict) << std::flush;
  } else if (out.json) {
    write_file(*out.json, json_report(run, verdict));
  }
  if (out.html) write_file(*out.html, html_report(run, verdict, redactor));
  if (out.hdr) write_file(*out.hdr, hdr_report(run, *out.hdr));
  if (!process.out) throw Refused{could_not_run, "cannot write to standard output"};
  return exit_code(verdict.kind);
}

}  // namespace procedura::bench
