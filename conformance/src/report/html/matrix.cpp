#include "../markup.hpp"
#include "../standing.hpp"
#include "view.hpp"

#include <fmt/format.h>

namespace procedura::conformance::html {
namespace {

std::string cells_of(const View& view, const Standing& standing) {
  if (standing.checks.empty()) {
    return fmt::format("<span class=why>{}</span>",
                       standing.gap ? markup_text(*standing.gap) : "the profile does not declare it");
  }
  std::string out = "<div class=cells>";
  for (const auto& [result, check] : standing.checks) {
    const Look look = look_of(check->outcome);
    const std::string id = full_id(*result->spec, *check->check);
    out += fmt::format(
        "<a class=\"cell {}\" href=\"#case={}\" title=\"{}: {}\"{}><span aria-hidden=true>{}</span> {}"
        "<span class=unseen>: {}</span></a>\n",
        look.css, result->spec->id, id, to_string(check->outcome), view.marks(*result, *check), look.mark, id,
        to_string(check->outcome));
  }
  return out + "</div>";
}

}  // namespace

std::string matrix_of(const View& view) {
  std::string out =
      "<section id=matrix data-nothing=\"tr[data-clause]:not([hidden])\" aria-labelledby=matrix-title>"
      "<h2 id=matrix-title>Clauses and their checks</h2>\n<p class=dim>A check leads to its case and what was said.</p>\n"
      "<table class=\"matrix card\"><thead><tr><th scope=col>Clause<th scope=col>What it says<th "
      "scope=col>Checks</thead>\n<tbody>\n";
  for (const Standing& standing : standings_of(view.report())) {
    const Clause& clause = *standing.clause;
    out += fmt::format(
        "<tr data-clause data-level=\"{1}\" id=\"clause={0}\"><th scope=row>{0} <span class=level>{1}</span>"
        "<td class=sentence>{2}<td>{3}\n",
        clause.id, to_string(clause.level), prose(clause.sentence), cells_of(view, standing));
  }
  return out + "</tbody></table>\n<p class=\"nothing filtered\" hidden>No check passes the filter.</p></section>\n";
}

}  // namespace procedura::conformance::html
