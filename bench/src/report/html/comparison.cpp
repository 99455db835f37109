#include "comparison_parts.hpp"
#include "markup.hpp"
#include "page.hpp"
#include "parts.hpp"

#include <procedura/protocol/request.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace procedura::bench {
namespace html {
namespace {

struct Said {
  Look look;
  std::string_view word;
  std::string_view sentence;
};

Said said_of(const ComparisonVerdict& verdict) {
  if (!verdict.valid()) return {{"fail", "⚠"}, "Invalid", "No figure on this page stands for either agent."};
  switch (verdict.difference) {
    case Difference::equivalent:
      return {good, "Equivalent", "In every metric that decides, B is within the margin of A."};
    case Difference::faster:
      return {good, "B is faster", "B is better than A in a metric that decides, and worse in none."};
    case Difference::slower:
      return {bad, "B is slower", "B is worse than A in a metric that decides."};
    case Difference::inconclusive:
      break;
  }
  return {doubtful, "Inconclusive",
          "These pairs cannot tell: they were too few or too noisy, or the difference is near the margin."};
}

/// "response.p50 +10.2 %, cpu_per_job +9.8 %": those with a verdict like that of the whole.
std::string told(const ComparisonRecord& comparison, Difference difference) {
  std::vector<std::string> parts;
  for (const ComparedMetric& metric : comparison.metrics) {
    if (metric.samples.gated && known(metric) && metric.verdict == difference) {
      parts.push_back(fmt::format("{} {}", metric.samples.name, change(metric.ratio)));
    }
  }
  return parts.empty() ? "" : fmt::format(" {}.", fmt::join(parts, ", "));
}

std::string list(std::string_view css, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return {};
  std::string out = fmt::format("<ul class=\"{}\">\n", css);
  for (const std::string& sentence : sentences) out += fmt::format("<li class=foreign>{}</li>\n", text(sentence));
  return out + "</ul>\n";
}

}  // namespace

std::string header_of(const ComparisonRecord& comparison, const ComparisonVerdict& verdict) {
  const Said said = said_of(verdict);
  const Plan& run = comparison.plan.run;
  return fmt::format(
      "<header>\n<p class=dim>A comparison, B against A; {}; {} of {}</p>\n<h1 class=foreign>{} <span "
      "class=dim>({})</span></h1>\n"
      "<div class=\"verdict {}\"><p><span class=mark aria-hidden=true>{}</span> <strong>{}</strong> <span class=code>exit code "
      "{}</span></p>\n<p>{}{}</p>\n{}</div>\n{}</header>\n",
      text(comparison.surroundings.started_at), counted(comparison.b_first.size(), "pair"), grouped(comparison.plan.pairs),
      text(run.module), protocol::to_string(run.mode), said.look.css, said.look.mark, said.word, exit_code(verdict),
      said.sentence, verdict.valid() ? text(told(comparison, verdict.difference)) : "", list("reasons", verdict.reasons),
      list("limits card", verdict.notes));
}

std::string limits_of(const ComparisonRecord& comparison) {
  std::vector<std::string> all;
  if (comparison.interrupted) all.emplace_back("What was planned: it was interrupted before all pairs were measured.");
  if (std::any_of(comparison.metrics.begin(), comparison.metrics.end(), [](auto& metric) { return !metric.samples.gated; })) {
    all.emplace_back(
        "A verdict on the tail: the rare quantiles differ from run to run by more than most changes do. They are shown, and "
        "decide nothing.");
  }
  all.emplace_back(
      "That two agents are the same: equivalent means that with this load no metric that decides differs by more than its "
      "margin.");
  all.emplace_back("Other modules, rates and machines than these.");
  return section("limits", "What this comparison cannot support", "", list("limits card", all));
}

std::string origin_of(const ComparisonRecord& comparison) {
  const ComparePlan& plan = comparison.plan;
  const Surroundings& here = comparison.surroundings;
  const auto fact = [](std::string_view name, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd class=foreign>{}</dd></div>\n", name, text(value));
  };
  const auto b_first = std::count(comparison.b_first.begin(), comparison.b_first.end(), true);
  return section(
      "origin", "Where it comes from", "",
      "<dl class=\"facts card\">\n" + fact("Started", here.started_at) + fact("Load of each run", load_of(plan.run)) +
          fact("Each run", fmt::format("{} after {} of warm-up", format_duration(plan.run.load.duration),
                                       format_duration(plan.run.load.warm_up))) +
          fact("Order", fmt::format("drawn in each pair, seed {}: B first in {} of {}", plan.options.seed, b_first,
                                    comparison.b_first.size())) +
          fact("A difference by chance", fmt::format("at most {:g} % in all that decides", 100 * plan.options.alpha)) +
          fact("Machine", here.machine) + fact("CPUs", fmt::format("{}; may use {}", here.cpus, here.affinity)) +
          fact("Program", "procedura-bench " + here.version) + "</dl>\n" + again(command_line(plan)));
}

}  // namespace html

namespace {

/// As in a run's: before its words become markup.
ComparisonRecord redacted(ComparisonRecord comparison, const protocol::Redactor& redactor) {
  ComparePlan& plan = comparison.plan;
  for (std::string* word : {&plan.a, &plan.b, &plan.run.url, &plan.run.module}) *word = redactor(*word);
  for (std::string& argument : plan.run.args) argument = redactor(argument);
  for (auto* word : {&plan.run.tls.ca, &plan.run.token_file, &plan.run.credential_env}) {
    if (*word) *word = redactor(**word);
  }
  return comparison;
}

std::string page_of(const ComparisonRecord& comparison, const ComparisonVerdict& verdict) {
  const std::string title = fmt::format("{}: B against A, {} - procedura-bench", html::text(comparison.plan.run.module),
                                        verdict.valid() ? to_string(verdict.difference) : "invalid");
  const std::string body = html::header_of(comparison, verdict) + html::main_begin(verdict.valid()) +
                           html::sides_of(comparison) + html::ratios_of(comparison) + html::compared_of(comparison) +
                           html::limits_of(comparison) + html::pairs_of(comparison) + html::mirrors_of(comparison) +
                           html::origin_of(comparison) + "</main>\n";
  return html::page_of({title, body, json_report(comparison, verdict)});
}

}  // namespace

std::string html_report(const ComparisonRecord& comparison, const ComparisonVerdict& verdict,
                        const protocol::Redactor& redactor) {
  return redactor.empty() ? page_of(comparison, verdict) : page_of(redacted(comparison, redactor), verdict);
}

}  // namespace procedura::bench
