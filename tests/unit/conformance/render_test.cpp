// Reports as they are shown, from one run made by hand.
#include <procedura/conformance/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace procedura::conformance {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

const CaseSpec good{.id = "sync/good",
                    .title = "What goes well",
                    .needs = {},
                    .after = {},
                    .checks = {{"ack", "SYN-1", Source::documented, "an ack"}, {"echo", "AUT-3", Source::documented, "either"}},
                    .run = {}};
const CaseSpec bad{.id = "async/bad",
                   .title = "What does not",
                   .needs = {},
                   .after = {},
                   .checks = {{"started", "ASY-1", Source::documented, "a started first"},
                              {"early", "SYN-4", Source::observed, "an early ack"},
                              {"open", "END-1", Source::documented, "silence"}},
                   .run = {}};
const CaseSpec waiting{.id = "async/waiting",
                       .title = "What was never begun",
                       .needs = {},
                       .after = {},
                       .checks = {{"ok", "ORD-1", Source::documented, "order"}, {"ours", "REQ-6", Source::ours, "an error"}},
                       .run = {}};

RunReport sample() {
  RunReport report;
  report.version = "1.2.3";
  report.url = "ws://127.0.0.1:8765/";
  report.agent = "an <agent> & co";
  report.seed = 42;
  report.reached = true;
  report.took = milliseconds{1500};
  report.cases = {{&good,
                   {{&good.checks[0], Outcome::pass, ""}, {&good.checks[1], Outcome::info, "not echoed"}},
                   true,
                   milliseconds{10},
                   {},
                   "x"},
                  {&bad,
                   {{&bad.checks[0], Outcome::fail, "running \x1b[31m<&>\"\xEF\xBF\xBE\xFF"},
                    {&bad.checks[1], Outcome::warn, "late"},
                    {&bad.checks[2], Outcome::untestable, "no fence"}},
                   true,
                   milliseconds{20},
                   {{Entry::Kind::dialed, 1, milliseconds{0}, "handshake without a token"},
                    {Entry::Kind::sent, 1, milliseconds{1}, R"({"id":"1"})"},
                    {Entry::Kind::received, 1, milliseconds{12}, "{\"a\":\"\u202e\"}"},
                    {Entry::Kind::gave_up, 1, milliseconds{20}, "nothing for 5.0 s"}},
                   "procedura-conformance server --select async/bad"},
                  {&waiting,
                   {{&waiting.checks[0], Outcome::untestable, "needs async/bad:started, which is FAIL"},
                    {&waiting.checks[1], Outcome::not_applicable, "the profile does not declare REQ-6"}},
                   false,
                   {},
                   {},
                   "x"}};
  report.coverage = {5, 3, {{"no fence", {"END-1"}}, {"needs async/bad:started, which is FAIL", {"ORD-1"}}}};
  return report;
}

TEST(Text, begins_with_what_was_judged_and_shows_the_evidence) {
  EXPECT_EQ(render_text(sample(), false, false), R"(3 of 5 applicable clauses judged; 2 not, because
  no fence: END-1
  needs async/bad:started, which is FAIL: ORD-1

an <agent> & co at ws://127.0.0.1:8765/, suite 1.2.3, seed 42

PASS        sync/good                       What goes well  (0.01 s)
            INFO echo: not echoed
FAIL        async/bad                       What does not  (0.02 s)
UNTESTABLE  async/waiting                   What was never begun

FAIL ASY-1 (MUST, documented)  async/bad:started
  clause   Async: at once `{"status":"started","job_id"}`, then any number of `running`, then one `finished`.
  allowed  a started first
  came     running \x1b[31m<&>")"
                                                 "\xEF\xBF\xBE"
                                                 R"(\xff

WARN SYN-4 (SHOULD, observed)  async/bad:early
  clause   The ack is sent when the request is taken, not when the module ends.
  allowed  an early ack
  came     late

UNTESTABLE END-1 (MUST, documented)  async/bad:open
  clause   Nothing targeted follows a `finished` or `error`. A client drops late frames and counts them.
  allowed  silence
  because  no fence
  what was said
    #1 +0.000 s >> handshake without a token
    #1 +0.001 s >> {"id":"1"}
    #1 +0.012 s << {"a":"\u202e"}
    #1 +0.020 s -- nothing for 5.0 s
  again    procedura-conformance server --select async/bad

UNTESTABLE 1 case: needs async/bad:started, which is FAIL
  async/waiting

1 PASS, 1 FAIL, 1 WARN, 1 INFO, 2 UNTESTABLE, 1 N/A in 1.5 s
)");
}

TEST(Text, is_coloured_when_asked_and_only_by_us) {
  const std::string text = render_text(sample(), true, false);
  EXPECT_THAT(text, HasSubstr("\x1b[32mPASS"));
  EXPECT_THAT(text, HasSubstr("\x1b[1;31mFAIL"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[31m<&>")));
}

TEST(Text, shows_every_check_when_verbose) {
  const std::string text = render_text(sample(), false, true);
  EXPECT_THAT(text, HasSubstr("            PASS ack\n"));
  EXPECT_THAT(text, HasSubstr("            N/A ours: the profile does not declare REQ-6\n"));
}

TEST(Text, says_why_a_run_is_worth_nothing) {
  RunReport report = sample();
  report.reached = false;
  EXPECT_THAT(render_text(report, false, false), HasSubstr("nobody answered at ws://127.0.0.1:8765/\n"));
}

TEST(Text, shortens_long_transcripts) {
  RunReport report = sample();
  report.cases[1].transcript.assign(1000, {Entry::Kind::received, 1, {}, "{}"});
  const std::string text = render_text(report, false, false);
  EXPECT_THAT(text, HasSubstr("    ... 920 more ...\n"));
  EXPECT_LT(text.size(), 10'000U);
}

TEST(JUnit, holds_what_xml_can_hold) {
  EXPECT_EQ(render_junit(sample()), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="procedura-conformance" tests="7" failures="3" errors="0" skipped="1" time="1.500">
  <testsuite name="async" tests="5" failures="3" errors="0" skipped="1" time="0.020">
    <properties>
      <property name="agent" value="an &lt;agent&gt; &amp; co"/>
      <property name="url" value="ws://127.0.0.1:8765/"/>
      <property name="seed" value="42"/>
      <property name="suite" value="1.2.3"/>
      <property name="judged" value="3 of 5 applicable clauses judged; 2 not, because
  no fence: END-1
  needs async/bad:started, which is FAIL: ORD-1
"/>
    </properties>
    <testcase classname="async/bad" name="started" time="0.020">
      <failure message="FAIL ASY-1 (MUST, documented): running \x1b[31m&lt;&amp;&gt;&quot;\ufffe\xff">clause: ASY-1 Async: at once `{&quot;status&quot;:&quot;started&quot;,&quot;job_id&quot;}`, then any number of `running`, then one `finished`.
allowed: a started first
came: running \x1b[31m&lt;&amp;&gt;&quot;\ufffe\xff

#1 +0.000 s &gt;&gt; handshake without a token
#1 +0.001 s &gt;&gt; {&quot;id&quot;:&quot;1&quot;}
#1 +0.012 s &lt;&lt; {&quot;a&quot;:&quot;\u202e&quot;}
#1 +0.020 s -- nothing for 5.0 s

again: procedura-conformance server --select async/bad
</failure>
    </testcase>
    <testcase classname="async/bad" name="early" time="0.000">
      <system-out>WARN SYN-4 (SHOULD, observed): late</system-out>
    </testcase>
    <testcase classname="async/bad" name="open" time="0.000">
      <failure message="UNTESTABLE END-1 (MUST, documented): no fence">clause: END-1 Nothing targeted follows a `finished` or `error`. A client drops late frames and counts them.
allowed: silence
came: no fence

#1 +0.000 s &gt;&gt; handshake without a token
#1 +0.001 s &gt;&gt; {&quot;id&quot;:&quot;1&quot;}
#1 +0.012 s &lt;&lt; {&quot;a&quot;:&quot;\u202e&quot;}
#1 +0.020 s -- nothing for 5.0 s

again: procedura-conformance server --select async/bad
</failure>
    </testcase>
    <testcase classname="async/waiting" name="ok" time="0.000">
      <failure message="UNTESTABLE ORD-1 (MUST, documented): needs async/bad:started, which is FAIL">clause: ORD-1 The frames of one request arrive in the order above; frames of different requests interleave freely.
allowed: order
came: needs async/bad:started, which is FAIL


again: x
</failure>
    </testcase>
    <testcase classname="async/waiting" name="ours" time="0.000">
      <skipped message="N/A REQ-6 (MUST, declared): the profile does not declare REQ-6"/>
    </testcase>
  </testsuite>
  <testsuite name="sync" tests="2" failures="0" errors="0" skipped="0" time="0.010">
    <properties>
      <property name="agent" value="an &lt;agent&gt; &amp; co"/>
      <property name="url" value="ws://127.0.0.1:8765/"/>
      <property name="seed" value="42"/>
      <property name="suite" value="1.2.3"/>
      <property name="judged" value="3 of 5 applicable clauses judged; 2 not, because
  no fence: END-1
  needs async/bad:started, which is FAIL: ORD-1
"/>
    </properties>
    <testcase classname="sync/good" name="ack" time="0.010"/>
    <testcase classname="sync/good" name="echo" time="0.000">
      <system-out>INFO AUT-3 (MAY, documented): not echoed</system-out>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(JUnit, calls_our_own_faults_errors) {
  RunReport report = sample();
  report.cases[0].checks[0] = {&good.checks[0], Outcome::harness, "oops"};
  EXPECT_THAT(render_junit(report), HasSubstr("<error message=\"HARNESS SYN-1 (MUST, documented): oops\">"));
}

TEST(Json, has_each_check_with_its_clause) {
  const auto report = nlohmann::json::parse(render_json(sample()));
  EXPECT_EQ(report["exit_code"], 1);
  EXPECT_EQ(report["coverage"]["applicable"], 5);
  EXPECT_EQ(report["coverage"]["gaps"][0]["clauses"][0], "END-1");
  ASSERT_EQ(report["checks"].size(), 7U);
  const auto& early = report["checks"][3];
  EXPECT_EQ(early["id"], "async/bad:early");
  EXPECT_EQ(early["clause"], "SYN-4");
  EXPECT_EQ(early["level"], "SHOULD");
  EXPECT_EQ(early["source"], "O");
  EXPECT_EQ(early["outcome"], "WARN");
  EXPECT_EQ(early["came"], "late");
  EXPECT_EQ(report["cases"][1]["transcript"].size(), 4U);
}

TEST(List, shows_cases_and_clauses) {
  const Registry registry = {good, bad};
  EXPECT_EQ(list_text(registry), R"(sync/good  What goes well
  :ack              SYN-1  MUST   documented  an ack
  :echo             AUT-3  MAY    documented  either
async/bad  What does not
  :started          ASY-1  MUST   documented  a started first
  :early            SYN-4  SHOULD observed    an early ack
  :open             END-1  MUST   documented  silence
)");
  const auto list = nlohmann::json::parse(list_json(registry));
  EXPECT_EQ(list["cases"].size(), 2U);
  EXPECT_EQ(list["cases"][1]["checks"][1]["id"], "async/bad:early");
  EXPECT_EQ(list["clauses"].size(), clauses().size());
}

}  // namespace
}  // namespace procedura::conformance
