#include "../markup.hpp"
#include "view.hpp"

#include <fmt/format.h>

#include <set>

namespace procedura::conformance::html {
namespace {

std::string row(std::string_view id, const std::string& marks, std::string_view target, const std::string& before,
                const std::string& now) {
  const std::string name = target.empty() ? fmt::format("<code class=foreign>{}</code>", markup_text(id))
                                          : fmt::format("<a href=\"#case={}\"><code>{}</code></a>", target, id);
  return fmt::format("<tr{}><td>{}<td>{}<td>{}\n", marks, name, before, now);
}

}  // namespace

std::string changes_of(const View& view) {
  if (view.before() == nullptr) {
    return {};
  }
  const auto& earlier = view.before()->outcomes;
  std::string rows;
  std::set<std::string> now;
  for (const CaseResult& result : view.report().cases) {
    for (const CheckResult& check : result.checks) {
      const std::string id = full_id(*result.spec, *check.check);
      now.insert(id);
      const auto found = earlier.find(id);
      if (found == earlier.end() || found->second != to_string(check.outcome)) {
        rows +=
            row(id, view.marks(result, check), result.spec->id,
                found == earlier.end() ? "<span class=dim>not there</span>" : markup_text(found->second), tag(check.outcome));
      }
    }
  }
  for (const auto& [id, outcome] : earlier) {
    if (!now.contains(id)) {
      rows += row(id, "", "", markup_text(outcome), "<span class=dim>gone</span>");
    }
  }
  std::string out = fmt::format(
      "<section id=changes aria-labelledby=changes-title><h2 id=changes-title>Compared with "
      "<span class=foreign>{}</span></h2>\n",
      markup_text(view.before()->name));
  if (rows.empty()) {
    return out + "<p class=nothing>Every check came to the same.</p></section>\n";
  }
  return out +
         "<table class=\"changes card\"><thead><tr><th scope=col>Check<th scope=col>Before<th scope=col>Now</thead><tbody>\n" +
         rows + "</tbody></table></section>\n";
}

}  // namespace procedura::conformance::html
