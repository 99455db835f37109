#include "../markup.hpp"
#include "page.hpp"
#include "view.hpp"

#include <procedura/conformance/render.hpp>

#include <fmt/format.h>

namespace procedura::conformance {
namespace {

/// What the page says, and what stands at `mark` before and behind.
void replace(std::string& page, std::string_view mark, const std::string& text) {
  page.replace(page.find(mark), mark.size(), text);
}

}  // namespace

std::string render_html(const RunReport& report, const Earlier* before) {
  const html::View view{report, before};
  std::string page{html::page()};
  replace(page, "<!-- title -->",
          fmt::format("{} - Procedura conformance, exit code {}", markup_text(report.agent), exit_code(report)));
  replace(page, "<!-- body -->",
          html::header_of(view) + html::filter_of(view) + "<main>\n" + html::problems_of(view) + html::changes_of(view) +
              html::matrix_of(view) + html::cases_of(view) + "</main>\n<footer>Made by procedura-conformance " +
              markup_text(report.version) +
              ". Nothing secret is in this page: tokens and passwords show as &lt;redacted&gt;.</footer>");
  return page;
}

}  // namespace procedura::conformance
