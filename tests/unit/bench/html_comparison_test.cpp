// The page of a comparison: its parts as they were looked at, and what it must never do.
#include "bench_samples.hpp"
#include "golden.hpp"
#include "report/html/comparison_parts.hpp"
#include "report/html/ratio_axis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace procedura::bench {
namespace {

using procedura::testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const ComparisonRecord& comparison) {
  return html_report(comparison, judge(comparison));
}

std::string json_in(const std::string& page) {
  constexpr std::string_view open = "<script type=\"application/json\">";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

TEST(ComparisonPage, IsAsItWasLookedAt) {
  const ComparisonRecord comparison = samples::slower_comparison();
  expect_golden("comparison_header.html", html::header_of(comparison, judge(comparison)) + html::sides_of(comparison));
  expect_golden("comparison_ratios.html", html::ratios_of(comparison) + html::compared_of(comparison));
  expect_golden("comparison_pairs.html", html::pairs_of(comparison));
  expect_golden("comparison_mirror.html", html::mirrors_of(comparison));
  expect_golden("comparison_origin.html", html::limits_of(comparison) + html::origin_of(comparison));
}

TEST(ComparisonPage, SaysItsVerdictInASentence) {
  ComparisonRecord comparison = samples::slower_comparison();
  const auto header = [&] { return html::header_of(comparison, judge(comparison)); };
  EXPECT_THAT(header(), HasSubstr("<strong>B is slower</strong>"));
  EXPECT_THAT(header(), HasSubstr("B is worse than A in a metric that decides. cpu_per_job +10.1 %."));
  comparison.metrics[3].verdict = Difference::slower;  // of the tail, which decides nothing
  EXPECT_THAT(header(), Not(HasSubstr("response.p99")));
  comparison.metrics.erase(comparison.metrics.begin());
  EXPECT_THAT(header(), HasSubstr("<strong>Inconclusive</strong>"));
  comparison.metrics.erase(comparison.metrics.begin() + 1);
  EXPECT_THAT(header(), HasSubstr("<strong>Equivalent</strong>"));
  comparison.metrics[0].verdict = Difference::faster;
  EXPECT_THAT(header(), HasSubstr("<strong>B is faster</strong>"));
  comparison.interrupted = true;
  EXPECT_THAT(header(), HasSubstr("<strong>Invalid</strong>"));
  EXPECT_THAT(header(), HasSubstr("exit code 98"));
}

TEST(ComparisonPage, HoldsTheJsonWhole) {
  for (const ComparisonRecord& comparison : {samples::slower_comparison(), samples::hostile_comparison(), ComparisonRecord{}}) {
    const ComparisonVerdict verdict = judge(comparison);
    EXPECT_EQ(nlohmann::json::parse(json_in(html_report(comparison, verdict))),
              nlohmann::json::parse(json_report(comparison, verdict)));
  }
}

TEST(ComparisonPage, ShowsHostileWordsAndDoesNothingElseWithThem) {
  const std::string page = page_of(samples::hostile_comparison());
  EXPECT_EQ(count(page, "<script"), 2U);
  EXPECT_EQ(count(page, "</script"), 2U);
  for (const char* never : {"<img", "<b id", "<!--", "\x1b", "\xFF", "geheim"})
    EXPECT_THAT(page, Not(HasSubstr(never))) << never;
  const std::string body = page.substr(0, page.find("<script"));
  for (const char* never : {"\xE2\x80\xAE", "\xE2\x80\xA8", "=\"nan", " nan", "inf "})
    EXPECT_THAT(body, Not(HasSubstr(never))) << never;
}

TEST(ComparisonPage, HasNoSecretWhateverItIsMadeOf) {
  ComparisonRecord comparison = samples::slower_comparison();
  comparison.plan.run.module = "the geheim<&> module";
  comparison.plan.run.args = {"geheim<&>"};
  comparison.plan.b = "agent geheim<&>";
  protocol::Redactor redactor;
  redactor.add("geheim<&>");
  EXPECT_THAT(html_report(comparison, judge(comparison), redactor), Not(HasSubstr("geheim")));
}

TEST(ComparisonPage, HasNoFigureOfWhatIsNotKnown) {
  ComparisonRecord comparison = samples::slower_comparison();
  comparison.metrics.resize(1);
  for (const bool measured : {false, true}) {  // nothing there, or nothing above 0 to divide by
    ComparedMetric& metric = comparison.metrics[0];
    metric = {{"cpu_per_job", "ns", true, {}, {}}};
    if (measured) metric.samples.a = metric.samples.b = {0, 0};
    const std::string ratios = html::ratios_of(comparison);
    EXPECT_THAT(ratios, HasSubstr(">not known</text>"));
    EXPECT_THAT(ratios, Not(HasSubstr("<circle")));
    EXPECT_THAT(html::header_of(comparison, {}), Not(HasSubstr("cpu_per_job")));
    const std::string value = measured ? "0 ns" : "–";
    EXPECT_THAT(html::compared_of(comparison),
                HasSubstr("</code><td>" + value + "<td>" + value + "<td>–<td>–<td>–<td>–<td><span"));
  }
}

TEST(Change, IsWhatARatioIsMoreOrLess) {
  EXPECT_EQ(html::change(1), "0.00 %");
  EXPECT_EQ(html::change(0.99999), "0.00 %");
  EXPECT_EQ(html::change(1.1), "+10.0 %");
  EXPECT_EQ(html::change(0.95), "−5.00 %");
  EXPECT_EQ(html::change(3), "+200.0 %");
}

TEST(RatioAxis, PutsTwiceAsMuchOppositeHalfAsMuch) {
  const html::RatioAxis axis{4, 0, 100};
  EXPECT_DOUBLE_EQ(axis(1), 50);
  EXPECT_NEAR(axis(2) - 50, 50 - axis(0.5), 1e-9);
  EXPECT_LT(axis(4), 100);
  EXPECT_DOUBLE_EQ(axis(1e9), 100);
  EXPECT_DOUBLE_EQ(axis(0), 0);
}

TEST(RatioAxis, KeepsItsTicksApart) {
  for (double most = 1.01; most < 120; most *= 1.01) {
    std::vector<double> at;
    for (const html::Tick& tick : html::RatioAxis{most, 0, 180}.ticks()) at.push_back(tick.at);
    std::sort(at.begin(), at.end());
    for (std::size_t i = 1; i < at.size(); ++i) ASSERT_GT(at[i] - at[i - 1], 17) << most;
  }
  EXPECT_EQ(html::RatioAxis(3, 0, 100).ticks().front().label, "×1");
  EXPECT_EQ(html::RatioAxis(1.5, 0, 100).ticks().front().label, "0 %");
}

TEST(RatioAxis, HasTicksWhateverItsRange) {
  for (const double most : {0.0, 1.0, 1.001, 1.02, 1.1, 1.5, 3.0, 50.0, 1e9}) {
    const auto ticks = html::RatioAxis{most, 0, 100}.ticks();
    EXPECT_GE(ticks.size(), 3U) << most;
    for (const html::Tick& tick : ticks) {
      EXPECT_GE(tick.at, 0) << most;
      EXPECT_LE(tick.at, 100) << most;
    }
  }
}

}  // namespace
}  // namespace procedura::bench
