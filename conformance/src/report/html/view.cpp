#include "view.hpp"

#include "../markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace procedura::conformance::html {
namespace {

// Together with all that is not a transcript, a page of 200 checks stays under 2 MB.
constexpr std::size_t for_problems = 900'000;
constexpr std::size_t for_the_rest = 500'000;
constexpr std::size_t most_of_a_problem = 64'000;
constexpr std::size_t most_of_another = 24'000;

}  // namespace

Look look_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::pass:
      return {"pass", "✓"};
    case Outcome::fail:
      return {"fail", "✗"};
    case Outcome::harness:
      return {"fail", "⚠"};
    case Outcome::unexpected_pass:
      return {"fail", "⇧"};
    case Outcome::warn:
      return {"warn", "!"};
    case Outcome::untestable:
      return {"warn", "?"};
    case Outcome::info:
      return {"info", "i"};
    case Outcome::expected_failure:
      return {"info", "≈"};
    case Outcome::not_applicable:
      break;
  }
  return {"none", "–"};
}

std::string tag(Outcome outcome) {
  const Look look = look_of(outcome);
  return fmt::format(R"(<span class="tag {}"><span aria-hidden="true">{}</span> {}</span>)", look.css, look.mark,
                     to_string(outcome));
}

std::string seconds(protocol::Duration time) {
  return fmt::format("{:.3f} s", std::chrono::duration<double>(time).count());
}

std::string prose(std::string_view sentence) {
  std::string out;
  bool code = false;
  for (std::size_t at = 0; at <= sentence.size();) {
    const std::size_t end = std::min(sentence.find('`', at), sentence.size());
    out += markup_text(sentence.substr(at, end - at));
    if (end < sentence.size() && (code || sentence.find('`', end + 1) != std::string_view::npos)) {
      code = !code;
      out += code ? "<code>" : "</code>";
    } else if (end < sentence.size()) {
      out += '`';
    }
    at = end + 1;
  }
  return out;
}

std::string copyable(std::string_view text) {
  std::string lines;  // line by line: within one, markup_text shows a newline as what it is
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines += (from == 0 ? "" : "\n") + markup_text(text.substr(from, end - from));
    from = end + 1;
  }
  return fmt::format(
      R"(<div class="command"><code class="foreign">{}</code><button type="button" class="small" data-do="copy" hidden>Copy</button></div>)",
      lines);
}

View::View(const RunReport& report, const Earlier* before) : report_{report}, before_{before}, causes_{root_causes(report)} {
  for (const RootCause& cause : causes_) {
    for (const RootCause::Hit& hit : cause.hits) {
      problems_.insert(hit.result);
    }
  }
  told_ = static_cast<std::size_t>(std::count_if(report.cases.begin(), report.cases.end(),
                                                 [](const CaseResult& result) { return !result.transcript.empty(); }));
}

std::size_t View::allowance(const CaseResult& result) const {
  if (is_problem(result)) {
    return std::min(most_of_a_problem, for_problems / problems_.size());
  }
  const std::size_t others = std::max<std::size_t>(told_ - std::min(told_, problems_.size()), 1);
  return std::min(most_of_another, for_the_rest / others);
}

std::string View::marks(const CaseResult& result, const CheckResult& check) const {
  return fmt::format(R"( data-check="{}" data-outcome="{}" data-level="{}"{})", full_id(*result.spec, *check.check),
                     to_string(check.outcome), to_string(check.check->binding()),
                     change(result, check).empty() ? "" : " data-changed");
}

std::string View::change(const CaseResult& result, const CheckResult& check) const {
  if (before_ == nullptr) {
    return {};
  }
  const auto found = before_->outcomes.find(full_id(*result.spec, *check.check));
  if (found == before_->outcomes.end()) {
    return " <span class=\"tag info\">new</span>";
  }
  return found->second == to_string(check.outcome)
             ? ""
             : fmt::format(" <span class=\"tag info\">was {}</span>", markup_text(found->second));
}

}  // namespace procedura::conformance::html
