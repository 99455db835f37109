// The report's page and the badge, from runs made by hand.
#include "golden.hpp"

#include <procedura/conformance/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace procedura::conformance {
namespace {

using procedura::testing::expect_golden;
using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const CaseSpec lifecycle{.id = "sync/lifecycle",
                         .title = "The quick module, once",
                         .needs = {},
                         .after = {},
                         .checks = {{"ack-first", "SYN-1", Source::documented, "an `ack` before anything else"},
                                    {"order", "ORD-1", Source::documented, "ack, any running, finished"}},
                         .run = {}};
const CaseSpec failure{.id = "sync/failure",
                       .title = "The failing module",
                       .needs = {},
                       .after = {},
                       .checks = {{"reason", "ERR-1", Source::documented, "a message that says why"},
                                  {"early", "SYN-4", Source::observed, "an early ack"},
                                  {"again", "ERR-1", Source::documented, "a message that says why"}},
                       .run = {}};
const CaseSpec upgrade{
    .id = "handshake/upgrade",
    .title = "A handshake",
    .needs = {},
    .after = {},
    .checks = {{"echo", "AUT-3", Source::documented, "either"}, {"both", "AUT-2a", Source::ours, "the subprotocol decides"}},
    .run = {}};
const CaseSpec waiting{.id = "async/waiting",
                       .title = "What was never begun",
                       .needs = {},
                       .after = {},
                       .checks = {{"ok", "ASY-1", Source::documented, "order"}},
                       .run = {}};

constexpr const char* hostile =
    "</script><script>alert(1)</script>]]><!-- \x1b[31m \xE2\x80\xA8 \xE2\x80\xAE & \" ' \xFF \xEF\xBF\xBE `x` <!-- body -->";

RunReport sample() {
  RunReport report;
  report.version = "1.2.3";
  report.registry_hash = "0123456789abcdef";
  report.profile_hash = "fedcba9876543210";
  report.started = "2026-11-23T15:04:05Z";
  report.command = "procedura-conformance server --seed 42";
  report.url = "ws://127.0.0.1:8765/";
  report.agent = "an <agent> & co";
  report.told = {{"Server", "a \"server\""}};
  report.seed = 42;
  report.reached = true;
  report.took = milliseconds{1500};
  report.cases = {
      {&upgrade,
       {{&upgrade.checks[0], Outcome::info, "echoed"}, {&upgrade.checks[1], Outcome::not_applicable, "not declared"}},
       true,
       milliseconds{10},
       {},
       "again 1"},
      {&lifecycle,
       {{&lifecycle.checks[0], Outcome::fail, "finished"}, {&lifecycle.checks[1], Outcome::pass, ""}},
       true,
       milliseconds{1012},
       {{Entry::Kind::dialed, 1, milliseconds{0}, "handshake without a token"},
        {Entry::Kind::opened, 1, milliseconds{2}, "open, no subprotocol"},
        {Entry::Kind::sent, 1, milliseconds{2}, R"({"id":"1"})"},
        {Entry::Kind::received, 1, milliseconds{12}, R"({"id":"1","status":"finished"})"},
        {Entry::Kind::gave_up, 1, milliseconds{1012}, "nothing for 1.0 s"}},
       "again 2"},
      {&failure,
       {{&failure.checks[0], Outcome::fail, hostile},
        {&failure.checks[1], Outcome::expected_failure, "late", Excuse{Excuse::Kind::failing, "sync/**", "<slow>", "#7", ""},
         Outcome::warn},
        {&failure.checks[2], Outcome::fail, hostile}},
       true,
       milliseconds{20},
       {{Entry::Kind::received, 1, milliseconds{1}, hostile}},
       "again '3'"},
      {&waiting,
       {{&waiting.checks[0], Outcome::untestable, "needs sync/lifecycle:ack-first, which is FAIL"}},
       false,
       {},
       {},
       "again 4"}};
  report.coverage = {7, 5, {{"needs sync/lifecycle:ack-first, which is FAIL", {"ASY-1"}}, {"no case yet", {"CON-2"}}}};
  return report;
}

/// The page without its style and its script, which the browser's tests are about, and without the clauses that nothing checks.
std::string body_of(const std::string& page) {
  const std::size_t begin = page.find("<body>");
  std::istringstream lines{page.substr(begin, page.find("<script type=\"module\">") - begin)};
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("<tr data-clause", 0) != 0 || line.find("<span class=why>") == std::string::npos) {
      out += line + "\n";
    }
  }
  return out;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++times;
  }
  return times;
}

TEST(Page, is_as_it_was_looked_at) {
  const Earlier before{"old <run>.json",
                       {{"sync/lifecycle:ack-first", "PASS"},
                        {"sync/lifecycle:order", "PASS"},
                        {"sync/failure:reason", "FAIL"},
                        {"sync/failure:again", "FAIL"},
                        {"sync/failure:early", "WARN"},
                        {"handshake/upgrade:echo", "<b>"},
                        {"handshake/upgrade:both", "N/A"},
                        {"gone/<case>:check", "PASS"}}};
  expect_golden("page_body.html", body_of(render_html(sample(), &before)));
}

TEST(Page, asks_for_nothing_and_runs_only_its_own) {
  const std::string page = render_html(sample());
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("<!-- ")));
  for (const char* asks : {"http://", "https://", "@import", " src=", "url(", "fetch(", "XMLHttpRequest", "import("}) {
    EXPECT_THAT(page, Not(HasSubstr(asks))) << asks;
  }
  EXPECT_EQ(count(page, "<script"), 1U);
  EXPECT_EQ(count(page, "</script>"), 1U);
}

TEST(Page, shows_hostile_words_and_does_nothing_else_with_them) {
  RunReport report = sample();
  report.agent = report.url = report.command = report.version = hostile;
  report.told = {{hostile, hostile}};
  report.cases[2].rerun = hostile;
  report.coverage.gaps[1].why = hostile;
  const Earlier before{hostile, {{hostile, hostile}, {"sync/lifecycle:order", hostile}}};
  const std::string page = render_html(report, &before);
  EXPECT_EQ(count(page, "<script"), 1U);
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  for (const char* never : {"\x1b", "\xE2\x80\xA8", "\xE2\x80\xAE", "\xFF", "\xEF\xBF\xBE"}) {
    EXPECT_THAT(page, Not(HasSubstr(never)));
  }
  EXPECT_THAT(page, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;"));
}

TEST(Page, has_each_case_once_and_says_who_waits_for_what) {
  const std::string page = body_of(render_html(sample()));
  for (const char* id : {"handshake/upgrade", "sync/lifecycle", "sync/failure", "async/waiting"}) {
    EXPECT_EQ(count(page, " id=\"case=" + std::string{id} + "\""), 1U) << id;
  }
  EXPECT_THAT(page, HasSubstr("1 case could not be judged because of this"));
}

TEST(Page, stays_small_whatever_was_said) {
  RunReport report = sample();
  std::vector<CaseSpec> specs(100, lifecycle);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    ids.push_back("area-" + std::to_string(i % 10) + "/case-" + std::to_string(i));
  }
  const CaseResult said = report.cases[1];
  report.cases.clear();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    specs[i].id = ids[i];
    CaseResult result = said;
    result.spec = &specs[i];
    result.transcript.assign(3000, {Entry::Kind::received, 1, milliseconds{5}, std::string(2000, i % 2 == 0 ? '<' : '\x01')});
    for (std::size_t frame = 0; frame < 30; ++frame) {  // a recipe of as much as a hand would repeat
      result.transcript[frame].kind = Entry::Kind::sent;
    }
    for (std::size_t k = 0; k < result.checks.size(); ++k) {
      result.checks[k] = {&specs[i].checks[k], i < 50 ? Outcome::fail : Outcome::pass, std::string(600, '"')};
    }
    report.cases.push_back(std::move(result));
  }
  const std::string page = render_html(report);
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_THAT(page, HasSubstr(" more that this page has no room for …"));
  EXPECT_THAT(body_of(page), Not(HasSubstr("class=hand")));
  EXPECT_THAT(render_html(sample()), HasSubstr("<details class=hand>"));
}

TEST(Page, tells_all_of_what_a_client_said) {
  RunReport report = sample();
  report.subject = Subject::client;
  report.url.clear();
  report.cases[1].transcript = {{Entry::Kind::process, 0, milliseconds{0}, "started client --url ws://..."}};
  const std::string page = body_of(render_html(report));
  EXPECT_THAT(page, HasSubstr("Procedura conformance of the client"));
  EXPECT_THAT(page, HasSubstr("<tr class=neither><td>0.000 s<td><td><td class=w>· noted<td class=\"text\">started client"));
  EXPECT_THAT(page, Not(HasSubstr("Address")));
}

TEST(Page, says_so_where_nothing_went_wrong_or_nothing_was_judged) {
  RunReport report = sample();
  report.cases.erase(report.cases.begin() + 1, report.cases.end());
  EXPECT_THAT(render_html(report), HasSubstr("Conforms, as far as it was judged"));
  EXPECT_THAT(render_html(report), HasSubstr("<p class=nothing>Nothing.</p>"));
  report.reached = false;
  EXPECT_THAT(render_html(report), HasSubstr("Not judged"));
  EXPECT_THAT(render_html(report), HasSubstr("nobody answered at ws://127.0.0.1:8765/"));
  report.cases.clear();
  EXPECT_THAT(render_html(report), EndsWith("</html>\n"));
}

TEST(Badge, is_as_it_was_looked_at) {
  expect_golden("badge.svg", render_badge(sample()));
}

TEST(Badge, counts_what_was_judged_and_kept_and_says_the_verdict_in_words) {
  RunReport report = sample();
  // AUT-3 and ORD-1 are kept, SYN-1 and ERR-1 broken, ASY-1 was not judged; SYN-4 is an expected failure.
  EXPECT_THAT(render_badge(report), HasSubstr(">3/7 clauses, failing</text>"));
  for (CaseResult& result : report.cases) {
    for (CheckResult& check : result.checks) {
      check.outcome = Outcome::pass;
    }
  }
  EXPECT_THAT(render_badge(report), HasSubstr(", passing</text>"));
  report.reached = false;
  EXPECT_THAT(render_badge(report), HasSubstr(", not judged</text>"));
}

}  // namespace
}  // namespace procedura::conformance
