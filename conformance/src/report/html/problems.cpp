#include "../markup.hpp"
#include "view.hpp"

#include <fmt/format.h>

#include <set>

namespace procedura::conformance::html {
namespace {

/// Who it is about, and how strictly.
std::string name_of(const View& view, const RootCause::Hit& hit) {
  const CheckSpec& spec = *hit.check->check;
  return fmt::format("{} <code>{}</code> <a class=id href=\"#clause={}\">{}</a> <span class=dim>{}, {}</span>{}",
                     tag(hit.check->outcome), full_id(*hit.result->spec, spec), spec.clause, spec.clause,
                     to_string(spec.binding()), to_string(spec.source), view.change(*hit.result, *hit.check));
}

std::string finding_of(const RootCause::Hit& hit, bool with_what_came) {
  const CheckSpec& spec = *hit.check->check;
  std::string out = "<dl class=finding>";
  if (with_what_came) {
    out += fmt::format("<dt>{}<dd class=\"foreign came\">{}\n", hit.check->outcome == Outcome::untestable ? "because" : "came",
                       markup_text(hit.check->came));
  }
  return out + fmt::format("<dt>allowed<dd>{}\n<dt>clause<dd>{}</dl>\n", prose(spec.allowed), prose(spec.of().sentence));
}

std::string blocked_list(const RootCause& cause) {
  if (cause.blocked.empty()) {
    return {};
  }
  std::string out = fmt::format("<div class=blocked><p>{} could not be judged{}:</p><ul>\n",
                                cause.blocked.size() == 1 ? "1 case" : fmt::format("{} cases", cause.blocked.size()),
                                cause.hits.empty() ? "" : " because of this");
  for (const CaseResult* result : cause.blocked) {
    out += fmt::format("<li data-case=\"{0}\"><a href=\"#case={0}\"><code>{0}</code></a>\n", result->spec->id);
  }
  return out + "</ul></div>\n";
}

/// What is judged: one check by its name, several by what they have in common.
std::string heading_of(const View& view, const RootCause& cause) {
  if (cause.hits.size() == 1) {
    return name_of(view, cause.hits.front());
  }
  std::string out = fmt::format("{}<span class=foreign>{}</span>", tag(cause.outcome()),
                                markup_text(cause.why.empty() ? "no reason was given" : cause.why));
  return cause.hits.empty() ? out : out + fmt::format("<span class=dim>{} checks</span>", cause.hits.size());
}

/// `told`: cases whose evidence the page has already.
std::string problem(const View& view, const RootCause& cause, std::set<const CaseResult*>& told) {
  std::string out =
      fmt::format("<article class=\"problem card {}\"><h3>{}</h3>\n", look_of(cause.outcome()).css, heading_of(view, cause));
  for (std::size_t i = 0; i < cause.hits.size(); ++i) {
    const RootCause::Hit& hit = cause.hits[i];
    const bool alone = cause.hits.size() == 1;
    out += fmt::format("<div class=hit{}>", view.marks(*hit.result, *hit.check)) +
           (alone ? "" : "<p class=name>" + name_of(view, hit) + "</p>\n") +
           finding_of(hit, alone || hit.check->came != cause.why) + "</div>\n";
    const bool last_of_case = i + 1 == cause.hits.size() || cause.hits[i + 1].result != hit.result;
    if (last_of_case && told.insert(hit.result).second) {
      out += case_details(view, *hit.result);
    } else if (last_of_case) {
      out += fmt::format("<p>What was said: <a href=\"#case={0}\"><code>{0}</code></a></p>\n", hit.result->spec->id);
    }
  }
  return out + blocked_list(cause) + "</article>\n";
}

}  // namespace

std::string problems_of(const View& view) {
  std::string out =
      "<section id=problems data-nothing=\".problem:not([hidden])\" aria-labelledby=problems-title>"
      "<h2 id=problems-title>What went wrong</h2>\n";
  if (view.causes().empty()) {
    return out + "<p class=nothing>Nothing.</p><p class=\"nothing filtered\" hidden></p></section>\n";
  }
  out += "<p class=dim>By cause, the worst first; below each its evidence.</p>\n";
  std::set<const CaseResult*> told;
  for (const RootCause& cause : view.causes()) {
    out += problem(view, cause, told);
  }
  return out + "<p class=\"nothing filtered\" hidden>Nothing of this passes the filter.</p></section>\n";
}

}  // namespace procedura::conformance::html
