#include "markup.hpp"
#include "page.hpp"
#include "parts.hpp"

#include <fmt/format.h>

namespace procedura::bench {
namespace {

/// Its words, before they become markup: in that a secret with an ampersand in it would not be found any more, and one that is
/// an ordinary word ("path") would be found in the markup itself. What agents said was redacted when it came.
RunRecord redacted(RunRecord run, const protocol::Redactor& redactor) {
  run.plan.url = redactor(run.plan.url);
  run.plan.module = redactor(run.plan.module);
  for (std::string& argument : run.plan.args) argument = redactor(argument);
  for (auto* word : {&run.plan.tls.ca, &run.plan.token_file, &run.plan.credential_env}) {
    if (*word) *word = redactor(**word);
  }
  return run;
}

std::string page_of(const RunRecord& run, const Verdict& verdict) {
  const RunResult& result = run.result;
  html::Intervals intervals{result.series};
  const std::string title = fmt::format("{}: {} - procedura-bench", html::text(run.plan.module), to_string(verdict.kind));
  const std::string body = html::header_of(run, verdict) + html::main_begin(verdict.kind != VerdictKind::invalid) +
                           html::tiles_of(run, intervals) + html::capacity_of(run) + html::slos_of(verdict) +
                           html::limits_of(run, verdict) + html::curves_of(run, verdict) + html::heat_of(result) +
                           html::rates_of(run) + html::timelines_of(result.timelines) + html::latencies_of(run, intervals) +
                           html::counts_of(run) + html::health_of(run) + html::origin_of(run) + "</main>\n";
  return html::page_of({title, body, json_report(run, verdict)});
}

}  // namespace

std::string html_report(const RunRecord& run, const Verdict& verdict, const protocol::Redactor& redactor) {
  return redactor.empty() ? page_of(run, verdict) : page_of(redacted(run, redactor), verdict);
}

}  // namespace procedura::bench
