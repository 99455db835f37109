// The page of a run: its parts as they were looked at, and what it must never do. How it looks and acts is for tests/browser.
#include "bench_samples.hpp"
#include "golden.hpp"
#include "report/html/parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <string>

namespace procedura::bench {
namespace {

using procedura::testing::expect_golden;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string page_of(const RunRecord& run, const protocol::Redactor& redactor = {}) {
  return html_report(run, judge(run.plan, run.result), redactor);
}

/// What stands between the body's begin and the JSON.
std::string body_of(const std::string& page) {
  const std::size_t begin = page.find("<body>");
  return page.substr(begin, page.find("<script type=\"application/json\">") - begin);
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

TEST(RunPage, IsAsItWasLookedAt) {
  const RunRecord run = samples::small_run();
  const Verdict verdict = judge(run.plan, run.result);
  html::Intervals intervals{run.result.series};
  expect_golden("page_header.html", html::header_of(run, verdict) + html::tiles_of(run, intervals) + html::slos_of(verdict));
  expect_golden("page_limits.html", html::limits_of(run, verdict));
  expect_golden("page_curve.html", html::curves_of(run, verdict));
  expect_golden("page_heat.html", html::heat_of(run.result));
  expect_golden("page_rates.html", html::rates_of(run));
  expect_golden("page_tables.html", html::latencies_of(run, intervals) + html::counts_of(run) + html::health_of(run));
  expect_golden("page_origin.html", html::origin_of(run));
}

TEST(RunPage, ShowsJobsAsTheyWere) {
  TimelineSample jobs;
  jobs.add({7,
            {seconds{1}, seconds{1} + milliseconds{1}, seconds{1} + milliseconds{2}, seconds{1} + milliseconds{4}},
            {seconds{1} + milliseconds{4}, seconds{1} + milliseconds{6}},
            3,
            seconds{1} + milliseconds{10},
            ""});
  jobs.add({8, {seconds{2}, seconds{2}, {}, {}}, {}, 0, seconds{2} + milliseconds{5}, "OUT_OF_MANA"});
  jobs.add({9, {seconds{3}, {}, {}, {}}, {}, 0, seconds{3} + milliseconds{2}, "CLOSED"});
  expect_golden("page_jobs.html", html::timelines_of(jobs));
  EXPECT_EQ(html::timelines_of({}), "");
}

TEST(RunPage, TellsOfTheSearchForTheHighestRate) {
  RunRecord run = samples::small_run();
  EXPECT_EQ(html::capacity_of(run), "");
  CapacitySearch search{100, 1000};
  for (const RateFinding finding : {RateFinding::kept, RateFinding::broken}) search.found(finding, "p99 <is> 3 s");
  run.capacity = {search.so_far(), search.steps()};
  const std::string part = html::capacity_of(run);
  EXPECT_THAT(part, HasSubstr("<strong>100 jobs/s, NOT CONFIRMED; 200 is too much</strong>"));
  EXPECT_THAT(part, HasSubstr("<th scope=row>200/s<td><span class=\"tag fail\">"));
  EXPECT_THAT(part, HasSubstr("p99 &lt;is&gt; 3 s"));
  EXPECT_THAT(page_of(run), HasSubstr("<section id=capacity"));
  EXPECT_THAT(html::header_of(run, judge(run.plan, run.result)),
              HasSubstr("<p>The highest rate: 100 jobs/s, NOT CONFIRMED; 200 is too much.</p>\n<p>Not kept: "));
}

TEST(RunPage, SaysOfAPartThatItIsOne) {
  RunRecord run = samples::whole_run();
  run.plan.load.shard = {1, 3};
  const auto sentence = [&] { return html::sentence_of(run, judge(run.plan, run.result)); };
  EXPECT_THAT(sentence(), StartsWith("In part 2 of 3, at 200 jobs/s of the whole, half of the jobs were answered within "));
  EXPECT_THAT(sentence(), HasSubstr(" SLOs are judged after the merge."));
  const std::string header = html::header_of(run, judge(run.plan, run.result));
  EXPECT_THAT(header, HasSubstr("<strong>Valid, as far as this part goes</strong>"));
  EXPECT_THAT(header, HasSubstr("4 connections; part 2 of 3</p>"));
  run.plan.load.load = ClosedLoop{6};
  EXPECT_THAT(sentence(), StartsWith("In part 2 of 3, at 6 jobs at a time of the whole, half"));
  run.plan.slos.clear();
  EXPECT_THAT(sentence(), HasSubstr(" No SLO was asked for."));
}

TEST(RunPage, CountsNoConnectionsWhereEachJobMakesItsOwn) {
  Plan plan;
  plan.load.load = OpenLoop{50, Arrival::constant, 10};
  EXPECT_EQ(html::load_of(plan), "open loop, 50 jobs/s, constant arrivals, 1 connection");
  plan.churn = Churn::connect;
  EXPECT_EQ(html::load_of(plan), "open loop, 50 jobs/s, constant arrivals, a connection for each job");
}

TEST(RunPage, MissesNoEventsWhereNoneCanCome) {
  RunRecord run = samples::small_run();
  EXPECT_THAT(html::counts_of(run), Not(HasSubstr("without an event")));
  run.plan.mode = protocol::Mode::async;
  EXPECT_THAT(html::counts_of(run), HasSubstr("without an event</dt><dd>235</dd>"));
}

TEST(RunPage, DrawsNoRateOfAMoment) {
  RunRecord run = samples::small_run();
  run.result.series = {};
  for (int i = 0; i < 3; ++i) {
    Second& second = run.result.series.at(seconds{i});
    second.due = second.sent = second.finished = i < 2 ? 20 : 1;
  }
  run.result.window = run.result.sending_time = run.result.ending_time = milliseconds{2050};
  const std::string picture = html::rates_of(run);
  for (const std::string line : {"offered", "achieved", "finished"}) {
    // Both whole seconds, at the same height; not the begin of the third, which would be no rate at all.
    EXPECT_THAT(picture, HasSubstr("data-series=" + line + " d=\"M74 34L358 34L358 34L642 34\"/>")) << line;
  }
}

TEST(RunPage, DividesWhatIsDueSentAndEndedByItsOwnTime) {
  RunRecord run = samples::small_run();
  run.result.series = {};
  run.result.series.at(Nanos{0}) = {20, 20, 20, 0, 0, {}};
  run.result.series.at(seconds{1}) = {10, 15, 20, 0, 0, {}};
  run.result.window = milliseconds{1500};
  run.result.sending_time = milliseconds{1750};
  run.result.ending_time = milliseconds{2000};
  const std::string picture = html::rates_of(run);
  for (const std::string line : {"offered", "achieved", "finished"})
    EXPECT_THAT(picture, HasSubstr("data-series=" + line + " d=\"M74 34L500 34L500 34L926 34\"/>")) << line;
}

TEST(RunPage, SaysWhereTheWindowEndsIfMoreCameAfterIt) {
  RunRecord run = samples::small_run();
  run.result.window = seconds{11};
  EXPECT_THAT(html::heat_of(run.result), HasSubstr("end of the window"));
  run.result.window = seconds{11} + Nanos{1};
  EXPECT_THAT(html::heat_of(run.result), Not(HasSubstr("end of the window")));
}

TEST(RunPage, ShowsWhichPartOfASecondsJobsFailed) {
  RunRecord run = samples::small_run();
  run.result.series = {};
  Second& second = run.result.series.at(Nanos{0});
  second.finished = second.failed = 5;
  second.of(Metric::response).record(milliseconds{2});
  EXPECT_THAT(html::heat_of(run.result), HasSubstr("<rect class=\"error\" x=\"74\" y=\"19\" width=\"852\" height=\"11\"/>"));
}

TEST(RunPage, DrawsNoCurveOfOneJob) {
  RunRecord run = samples::small_run();
  run.result.metrics = {};
  const auto curves = [&] { return html::curves_of(run, judge(run.plan, run.result)); };
  EXPECT_THAT(curves(), HasSubstr("No job finished."));
  run.result.metrics.finished({Nanos{0}, Nanos{0}, Nanos{1}, {}}, milliseconds{2});
  EXPECT_THAT(curves(), HasSubstr("One job finished, which makes no curve."));
  run.result.metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, milliseconds{3});
  EXPECT_THAT(curves(), HasSubstr("\"line corrected thinner\""));
  EXPECT_THAT(curves(), Not(HasSubstr("curve-ack")));
}

TEST(RunPage, NamesEachThingOnce) {
  for (const std::string& page :
       {page_of(samples::whole_run()), html_report(samples::slower_comparison(), judge(samples::slower_comparison()))}) {
    const std::string body = body_of(page);
    const std::regex id{" id=([a-z_0-9.-]+)"};
    std::set<std::string> seen;
    for (std::sregex_iterator found{body.begin(), body.end(), id}, end; found != end; ++found)
      EXPECT_TRUE(seen.insert((*found)[1]).second) << (*found)[1];
    EXPECT_GT(seen.size(), 10U);
  }
}

TEST(RunPage, AsksForNothingAndRunsOnlyItsOwn) {
  const std::string page = page_of(samples::whole_run());
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("<!-- ")));
  EXPECT_THAT(page, Not(HasSubstr(" style=")));
  for (const char* asks : {"http://", "https://", "@import", " src=", "url(", "fetch(", "XMLHttpRequest", "import("})
    EXPECT_THAT(page, Not(HasSubstr(asks))) << asks;
  EXPECT_EQ(count(page, "<script"), 2U);
  EXPECT_EQ(count(page, "</script>"), 2U);
}

TEST(RunPage, ShowsHostileWordsAndDoesNothingElseWithThem) {
  const std::string page = page_of(samples::hostile_run());
  EXPECT_EQ(count(page, "<script"), 2U);
  EXPECT_EQ(count(page, "</script"), 2U);
  for (const char* never : {"<img", "<b id", "<!--", "\x1b", "\xFF", "geheim"})
    EXPECT_THAT(page, Not(HasSubstr(never))) << never;
  for (const char* never : {"\xE2\x80\xAE", "\xE2\x80\xA8"}) EXPECT_THAT(body_of(page), Not(HasSubstr(never)));
  EXPECT_THAT(body_of(page), HasSubstr("&lt;/script&gt;&lt;script&gt;window.owned=1&lt;/script&gt;&lt;!-- body --&gt;"));
  EXPECT_THAT(body_of(page), HasSubstr("&#39;&amp;amp;"));
}

TEST(RunPage, HoldsTheJsonWhole) {
  for (const RunRecord& run : {samples::whole_run(), samples::hostile_run(), samples::empty_run()}) {
    const Verdict verdict = judge(run.plan, run.result);
    EXPECT_EQ(nlohmann::json::parse(json_in(html_report(run, verdict))), nlohmann::json::parse(json_report(run, verdict)));
  }
}

TEST(RunPage, HasNoSecretWhateverItIsMadeOf) {
  RunRecord run = samples::small_run();
  run.plan.module = "the geheim<&> module";
  run.plan.args = {"geheim<&>"};
  protocol::Redactor redactor;
  redactor.add("geheim<&>");
  const std::string page = page_of(run, redactor);
  EXPECT_THAT(page, Not(HasSubstr("geheim")));
  EXPECT_THAT(body_of(page), HasSubstr("the &lt;redacted&gt; module"));
  EXPECT_THAT(json_in(page), HasSubstr("the \\u003credacted> module"));
  EXPECT_THAT(body_of(page), Not(HasSubstr("<redacted>")));
}

TEST(RunPage, IsNotTornWhereASecretIsAnOrdinaryWord) {
  RunRecord run = samples::small_run();
  run.plan.module = "path";
  const std::string page = page_of(run);
  protocol::Redactor redactor;
  for (const char* word : {"path", "pass", "line", "2000", "json", "metrics"}) redactor.add(word);
  const std::string without = page_of(run, redactor);
  EXPECT_THAT(without, HasSubstr("<h1 class=foreign>&lt;redacted&gt; "));
  EXPECT_EQ(count(without, "<path "), count(page, "<path "));
  EXPECT_EQ(nlohmann::json::parse(json_in(without))["plan"]["module"], "<redacted>");
  EXPECT_EQ(nlohmann::json::parse(json_in(without))["latency_ns"], nlohmann::json::parse(json_in(page))["latency_ns"]);
}

TEST(RunPage, IsWholeForEveryRun) {
  RunRecord extreme = samples::small_run();
  extreme.result.metrics.finished({Nanos{0}, Nanos{0}, Nanos{0}, Nanos{0}}, Nanos{0});
  extreme.result.metrics.finished({Nanos{0}, hours{2}, {}, {}}, hours{3});
  extreme.result.series.at(Nanos{0}).of(Metric::response).record(Nanos{0});
  extreme.result.series.at(Nanos{0}).of(Metric::response).record(hours{3});
  extreme.result.timelines.add({1, {hours{4}, hours{1}, {}, {}}, {hours{9}, Nanos{0}}, 0, hours{2}, ""});
  for (const RunRecord& run : {samples::whole_run(), samples::small_run(), samples::bare_run(), samples::empty_run(),
                               samples::hostile_run(), extreme}) {
    const std::string body = body_of(page_of(run));
    EXPECT_THAT(body, Not(HasSubstr("nan"))) << run.plan.module;
    EXPECT_THAT(body, Not(HasSubstr("inf "))) << run.plan.module;
    EXPECT_THAT(body, Not(HasSubstr("e+"))) << run.plan.module;
    EXPECT_EQ(count(body, "<section"), count(body, "</section>"));
    EXPECT_EQ(count(body, "<svg"), count(body, "</svg>"));
  }
}

TEST(RunPage, StaysSmallHoweverLongTheRun) {
  RunRecord run = samples::small_run();
  run.plan.load.duration = hours{2};
  run.plan.load.load = OpenLoop{2, Arrival::constant, 10};
  run.result = samples::simulate(run.plan.load,
                                 [](std::uint64_t arrival, Nanos) {
                                   return samples::Answer{{}, {}, microseconds{100 + arrival % 9973}, {}};
                                 },
                                 {});
  EXPECT_LT(body_of(page_of(run)).size(), 300'000U);
}

TEST(RunPage, SaysTheVerdictInASentence) {
  RunRecord run = samples::whole_run();
  const auto sentence = [&] { return html::sentence_of(run, judge(run.plan, run.result)); };
  EXPECT_THAT(sentence(), StartsWith("At 200 jobs/s, half of the jobs were answered within "));
  EXPECT_THAT(sentence(), HasSubstr(" The SLO is met."));
  run.plan.slos.clear();
  EXPECT_THAT(sentence(), HasSubstr(" No SLO was asked for."));
  run.plan.slos = {std::get<Slo>(parse_slo("p50<1us"))};
  EXPECT_THAT(sentence(), StartsWith("Not kept: p50<1us ("));
  run.plan.slos = {std::get<Slo>(parse_slo("p99.99<1s"))};
  EXPECT_THAT(sentence(), StartsWith("This run cannot decide: p99.99<1s ("));
  run.result.connections_lost = 1;
  EXPECT_EQ(sentence(), "No figure on this page stands for the agent.");
  const std::string header = html::header_of(run, judge(run.plan, run.result));
  EXPECT_THAT(header, HasSubstr("<strong>Invalid</strong>"));
  EXPECT_THAT(header, HasSubstr("1 of 4 connections lost"));
  EXPECT_THAT(header, HasSubstr("exit code 98"));
}

struct Shortcoming {
  const char* begin;  // of its sentence
  void (*cause)(RunRecord&);
};

class Limits : public ::testing::TestWithParam<Shortcoming> {};

std::vector<std::string> unsupported_by(const RunRecord& run) {
  return html::unsupported_by(run, judge(run.plan, run.result));
}

/// A run of which nothing is said but what is true of every one.
RunRecord flawless() {
  RunRecord run = samples::whole_run();
  run.plan.url = "wss://agent.example/";
  Metrics metrics;
  for (std::uint64_t i = 0; i < 110'000; ++i)
    metrics.finished({Nanos{0}, Nanos{0}, Nanos{1}, Nanos{1}}, milliseconds{1} + Nanos{static_cast<Nanos::rep>(i)});
  run.result.metrics = metrics;
  run.result.window = run.result.sending_time = run.result.ending_time = seconds{500};
  return run;
}

TEST(LimitsOfARun, AreTwoForTheBest) {
  const auto all = unsupported_by(flawless());
  ASSERT_EQ(all.size(), 2U) << ::testing::PrintToString(all);
  EXPECT_THAT(all[0], StartsWith("Other modules"));
  EXPECT_THAT(all[1], StartsWith("Two runs made one after the other"));
}

TEST(LimitsOfARun, BeginWithTheGravest) {
  RunRecord run = flawless();
  run.result.connections_lost = 1;
  run.plan.tls.insecure = true;
  const auto all = unsupported_by(run);
  ASSERT_EQ(all.size(), 4U) << ::testing::PrintToString(all);
  EXPECT_THAT(all[0], StartsWith("Nothing here is about the agent"));
  EXPECT_THAT(all[1], HasSubstr("certificate"));  // a caution of the verdict
}

TEST_P(Limits, AreNamedWhereTheyAre) {
  RunRecord run = flawless();
  EXPECT_THAT(unsupported_by(run), Not(Contains(StartsWith(GetParam().begin))));
  GetParam().cause(run);
  EXPECT_THAT(unsupported_by(run), Contains(StartsWith(GetParam().begin)));
}

INSTANTIATE_TEST_SUITE_P(
    Run, Limits,
    ::testing::Values(Shortcoming{"1 of 110,001 jobs had no end", [](RunRecord& run) { run.result.metrics.unsent(); }},
                      Shortcoming{"Latencies are of the jobs that finished; 1 failed",
                                  [](RunRecord& run) { run.result.metrics.failed({}, seconds{1}, "X"); }},
                      Shortcoming{"No warm-up", [](RunRecord& run) { run.plan.load.warm_up = Nanos{0}; }},
                      Shortcoming{"The agent ran on the machine", [](RunRecord& run) { run.plan.url = "ws://localhost:1/"; }},
                      Shortcoming{"The agent ran on the machine", [](RunRecord& run) { run.plan.url = "ws://127.0.0.1:1/"; }},
                      Shortcoming{"The agent ran on the machine", [](RunRecord& run) { run.plan.url = "ws://[::1]:1/"; }},
                      Shortcoming{"The agent told no counters", [](RunRecord& run) { run.result.agent_counts.clear(); }}));

}  // namespace
}  // namespace procedura::bench
