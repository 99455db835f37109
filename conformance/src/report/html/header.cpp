#include "../evidence.hpp"
#include "../markup.hpp"
#include "view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <set>

namespace procedura::conformance::html {
namespace {

constexpr std::array outcomes = {Outcome::harness,    Outcome::fail, Outcome::unexpected_pass,
                                 Outcome::untestable, Outcome::warn, Outcome::expected_failure,
                                 Outcome::pass,       Outcome::info, Outcome::not_applicable};

struct Verdict {
  Outcome like;  // whose colour and mark it has
  std::string_view words;
};

Verdict verdict_of(const RunReport& report) {
  switch (exit_code(report)) {
    case 0:
      return {Outcome::pass, "Conforms, as far as it was judged"};
    case 1:
      return report.count(Outcome::fail) != 0 ? Verdict{Outcome::fail, "Does not conform"}
                                              : Verdict{Outcome::fail, "Not shown to conform"};
    case 3:
      return {Outcome::untestable, "Not judged"};
    default:
      return {Outcome::harness, "The suite itself is at fault"};
  }
}

std::string judged_of(const RunReport& report) {
  const Coverage& coverage = report.coverage;
  std::string out = fmt::format("<div class=judged><p><strong>{} of {} applicable clauses judged</strong>", coverage.judged,
                                coverage.applicable);
  if (coverage.gaps.empty()) {
    return out + ".</p></div>\n";
  }
  out += fmt::format("; {} not, because</p>\n<ul class=gaps>\n", coverage.applicable - coverage.judged);
  for (const auto& [why, clauses] : coverage.gaps) {
    std::vector<std::string> links;
    for (const std::string_view clause : clauses) {
      links.push_back(fmt::format("<a class=id href=\"#clause={0}\">{0}</a>", clause));
    }
    out += fmt::format("<li><span class=foreign>{}</span>: {}\n", markup_text(why), fmt::join(links, ", "));
  }
  return out + "</ul></div>\n";
}

std::string verdict_box(const RunReport& report) {
  const Verdict verdict = verdict_of(report);
  const Look look = look_of(verdict.like);
  std::string out = fmt::format(
      "<div class=\"verdict {}\"><span class=mark aria-hidden=true>{}</span><strong>{}</strong><span>exit code {}</span>",
      look.css, look.mark, verdict.words, exit_code(report));
  if (const std::string reason = exit_reason(report); !reason.empty()) {
    out += fmt::format("<p>{}</p>", markup_text(reason));
  }
  for (const std::string& discrepancy : report.discrepancies) {
    out += fmt::format("<p>{}</p>", markup_text(discrepancy));
  }
  return out + "</div>\n";
}

/// How the outcomes share the whole, with their names and numbers below it.
std::string totals_bar(const RunReport& report) {
  std::size_t all = 0;
  for (const Outcome outcome : outcomes) {
    all += report.count(outcome);
  }
  std::string bar;
  std::string names;
  std::size_t at = 0;
  for (const Outcome outcome : outcomes) {
    if (const std::size_t count = report.count(outcome); count != 0) {
      bar += fmt::format("<rect class={} x=\"{}\" width=\"{}\" height=\"1\"/>", look_of(outcome).css, at, count);
      names += fmt::format("<li>{} {}\n", tag(outcome), count);
      at += count;
    }
  }
  return fmt::format(
      "<div class=bar aria-hidden=true><svg viewBox=\"0 0 {} 1\" preserveAspectRatio=\"none\">{}</svg></div>\n"
      "<ul class=totals aria-label=\"Checks by outcome\">\n{}</ul>\n",
      all, bar, names);
}

std::string fact(std::string_view name, std::string_view value, bool code = false) {
  return value.empty() ? ""
                       : fmt::format("<div><dt>{}<dd class=foreign>{}{}{}</dd></div>\n", markup_text(name),
                                     code ? "<code>" : "", markup_text(value), code ? "</code>" : "");
}

std::string facts(const RunReport& report) {
  std::string out = "<dl class=facts>\n" + fact("Address", report.url, true);
  for (const auto& [name, value] : report.told) {
    out += fact(name, value, true);
  }
  out += fact("Started", report.started) + fact("Took", seconds(report.took)) + fact("Suite", report.version) +
         fact("Seed", std::to_string(report.seed), true) + fact("Registry", report.registry_hash, true) +
         fact("Profile", report.profile_hash, true) + fact("Strict", report.strict ? "yes: WARN fails the run too" : "");
  for (const BaselineUse& use : report.baseline) {
    out += fact("Baseline, " + std::string{to_string(use.kind)}, use.entry.pattern + ": " + use.entry.reason);
  }
  if (!report.command.empty()) {
    out += "<div class=wide><dt>Command<dd>" + copyable(report.command) + "</dd></div>\n";
  }
  return out + "</dl>\n";
}

}  // namespace

std::string header_of(const View& view) {
  const RunReport& report = view.report();
  return "<a class=skip href=\"#problems\">To what went wrong</a>\n<header>\n" + judged_of(report) +
         fmt::format("<div><p class=kind>Procedura conformance of the {}</p><h1 class=foreign>{}</h1></div>\n",
                     to_string(report.subject), markup_text(report.agent)) +
         verdict_box(report) + totals_bar(report) + facts(report) + "</header>\n";
}

std::string filter_of(const View& view) {
  const RunReport& report = view.report();
  std::string chips;
  for (const Outcome outcome : outcomes) {
    if (const std::size_t count = report.count(outcome); count != 0) {
      const Look look = look_of(outcome);
      chips += fmt::format(
          "<label class=\"chip {}\"><input type=checkbox name=outcome value=\"{}\"><span aria-hidden=true>{}</span> "
          "{} {}</label>\n",
          look.css, to_string(outcome), look.mark, to_string(outcome), count);
    }
  }
  std::string areas;
  std::set<std::string_view> known;
  for (const CaseResult& result : report.cases) {
    const std::string_view area = result.spec->id.substr(0, result.spec->id.find('/'));
    if (known.insert(area).second) {
      areas += fmt::format("<option>{}", area);
    }
  }
  return "<form id=filter class=filter role=search aria-label=\"Filter\" hidden>\n"
         "<input type=search name=q placeholder=\"Filter: any text ( / )\" aria-label=\"Text to look for\" autocomplete=off>\n"
         "<fieldset><legend class=unseen>Outcomes</legend>\n" +
         chips + "</fieldset>\n<select name=area aria-label=\"Area\"><option value=\"\">all areas" + areas +
         "</select>\n<select name=level aria-label=\"Level\"><option value=\"\">all levels<option>MUST<option>SHOULD<option>MAY"
         "</select>\n" +
         (view.before() != nullptr ? "<label class=chip><input type=checkbox name=changed value=1> changed</label>\n" : "") +
         "<button type=reset>Clear</button>\n<output id=shown class=shown aria-live=polite></output>\n</form>\n";
}

}  // namespace procedura::conformance::html
