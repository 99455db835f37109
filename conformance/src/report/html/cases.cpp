#include "../evidence.hpp"
#include "../markup.hpp"
#include "view.hpp"

#include <fmt/format.h>

#include <array>

namespace procedura::conformance::html {
namespace {

/// What a case came to is what is worst in it.
Outcome worst(const CaseResult& result) {
  for (const Outcome outcome : {Outcome::harness, Outcome::fail, Outcome::unexpected_pass, Outcome::untestable, Outcome::warn,
                                Outcome::expected_failure, Outcome::pass, Outcome::info}) {
    if (result.any(outcome)) {
      return outcome;
    }
  }
  return Outcome::not_applicable;
}

std::string excuse_of(const CheckResult& check) {
  if (!check.excuse) {
    return {};
  }
  const Excuse& excuse = *check.excuse;
  return fmt::format("<dt>baseline<dd class=foreign>{}: {}{}\n", to_string(excuse.kind), markup_text(excuse.reason),
                     excuse.issue.empty() ? "" : " (" + markup_text(excuse.issue) + ")");
}

std::string check_item(const View& view, const CaseResult& result, const CheckResult& check) {
  const bool quiet = check.outcome == Outcome::pass && check.came.empty();
  std::string out = fmt::format(
      "<li{}>{}<span class=name><code>{}</code> <a href=\"#clause={}\">{}</a> <span class=dim>{}, {}</span>{}</span>\n",
      view.marks(result, check), tag(check.outcome), check.check->slug, check.check->clause, check.check->clause,
      to_string(check.check->binding()), to_string(check.check->source), view.change(result, check));
  out += "<dl class=finding>";
  if (!quiet) {
    out += fmt::format("<dt>{}<dd class=foreign>{}\n", check.outcome == Outcome::untestable ? "because" : "came",
                       markup_text(check.came));
  }
  out += excuse_of(check);
  return out + fmt::format("<dt>allowed<dd>{}</dl></li>\n", prose(check.check->allowed));
}

std::string summary_of(const CaseResult& result) {
  if (!result.ran) {
    return "not run";
  }
  const std::size_t entries = result.transcript.size();
  return entries == 0 ? seconds(result.took)
                      : fmt::format("{} entr{} in {}", entries, entries == 1 ? "y" : "ies", seconds(result.took));
}

std::string area_of(const CaseResult& result) {
  return std::string{result.spec->id.substr(0, result.spec->id.find('/'))};
}

std::string entry_of(const View& view, const CaseResult& result) {
  if (!view.is_problem(result)) {
    return case_details(view, result);
  }
  return fmt::format(
      "<p class=elsewhere data-case=\"{0}\">{1} <a href=\"#case={0}\"><code>{0}</code></a> "
      "<span class=dim>{2} (above, among what went wrong)</span></p>\n",
      result.spec->id, tag(worst(result)), markup_text(result.spec->title));
}

/// For what went wrong: the same without the suite. Too long a recipe is left to the other reports, whole or not at all.
std::string by_hand_of(const View& view, const CaseResult& result) {
  if (!view.is_problem(result)) {
    return {};
  }
  std::string recipe;
  for (const std::string& line : by_hand(view.report(), result)) {
    recipe += recipe.empty() ? line : "\n" + line;
  }
  if (recipe.empty() || markup_text(recipe).size() > view.allowance(result) / 4) {  // beside what was said
    return {};
  }
  return "<details class=hand><summary>By hand, in bash <span class=dim>(put in what &lt;redacted&gt; hides)</span></summary>" +
         copyable(recipe) + "</details>\n";
}

}  // namespace

std::string case_details(const View& view, const CaseResult& result) {
  std::string out = fmt::format(
      "<details class=case data-case=\"{0}\"><summary>{1} <code>{0}</code> "
      "<span class=title>{2}</span><span class=took>{3}</span></summary>\n"
      "<div class=inside id=\"case={0}\">\n",
      result.spec->id, tag(worst(result)), markup_text(result.spec->title), summary_of(result));
  out += "<ul class=checks>\n";
  for (const CheckResult& check : result.checks) {
    out += check_item(view, result, check);
  }
  out += "</ul>\n";
  if (!result.transcript.empty()) {
    out +=
        "<div class=said><div class=head><h4>What was said</h4>"
        "<button type=button class=small data-do=indent aria-pressed=false hidden>Indent JSON</button></div>\n" +
        transcript_table(result.transcript, view.allowance(result)) + "</div>\n";
  }
  return out + "<div><h4>Do this case again</h4>" + copyable(result.rerun) + "</div>\n" + by_hand_of(view, result) +
         "</div></details>\n";
}

std::string cases_of(const View& view) {
  std::string out =
      "<section id=cases data-nothing=\".area:not([hidden])\" aria-labelledby=cases-title><h2 id=cases-title>All cases</h2>\n";
  std::string area;
  for (const CaseResult& result : view.report().cases) {
    if (area_of(result) != area) {
      out += area.empty() ? "" : "</div>\n";
      area = area_of(result);
      out += fmt::format("<div class=area><h3>{}</h3>\n", area);
    }
    out += entry_of(view, result);
  }
  return out + (area.empty() ? "" : "</div>\n") +
         "<p class=\"nothing filtered\" hidden>No case passes the filter.</p></section>\n";
}

}  // namespace procedura::conformance::html
