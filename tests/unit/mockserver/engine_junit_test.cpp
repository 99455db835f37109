// The verdict as JUnit XML. That it is XML, and what CI systems read from it, is tested with Python's parser, end to end.
#include "engine/junit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::mock::engine {
namespace {

using testing::HasSubstr;
using testing::Not;

using Partitions = std::vector<std::pair<std::string, Verdict>>;

std::string xml_of(const Verdict& verdict) {
  const Partitions partitions{{"default", verdict}};
  return junit_xml(partitions, {"world", std::chrono::milliseconds{1500}, "mock-agent --seed 1"});
}

TEST(EngineJunit, HasACasePerExpectationAndOneForTheRest) {
  Verdict verdict;
  verdict.expectations.push_back({"met one", true, "a.json:3:5", "", "default", 20'000'000});
  verdict.expectations.push_back({"unmet one", false, "C:/x/a.json:4:5", "expected 1\nnearest: 2", "default"});
  const auto xml = xml_of(verdict);
  EXPECT_THAT(xml, HasSubstr(R"(<testsuites name="world" tests="3" failures="1" errors="0" time="1.500">)"));
  EXPECT_THAT(xml, HasSubstr(R"(<testsuite name="default" tests="3" failures="1" errors="0" skipped="0" time="1.500">)"));
  EXPECT_THAT(xml, HasSubstr(R"(<testcase classname="world" name="met one" file="a.json" line="3" time="0.020"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(name="unmet one" file="C:/x/a.json" line="4" time="0.000">)"));
  EXPECT_THAT(xml,
              HasSubstr("<failure type=\"unmet\" message=\"expected 1\">C:/x/a.json:4:5\nexpected 1\nnearest: 2</failure>"));
  EXPECT_THAT(xml, HasSubstr(R"(name="nothing unexpected"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="repeat" value="mock-agent --seed 1"/>)"));
  EXPECT_THAT(xml, Not(HasSubstr("deadline")));
  EXPECT_THAT(xml, Not(HasSubstr("protocol")));
}

TEST(EngineJunit, HasCasesForWhatFailsARunWhateverWasExpected) {
  Verdict verdict;
  verdict.failures = {"unexpected request\nnearest: x", "another"};
  verdict.more_failures = 7;
  verdict.broken = {"connection 1: BAD_FRAME"};
  verdict.deadline_passed = true;
  auto xml = xml_of(verdict);
  EXPECT_THAT(xml, HasSubstr("<failure type=\"failure\" message=\"unexpected request\">unexpected request\nnearest: "
                             "x\nanother\n... and 7 more</failure>"));
  EXPECT_THAT(xml, Not(HasSubstr("clients kept the protocol"))) << "nobody asked for it";
  EXPECT_THAT(xml, HasSubstr(R"(name="done by the deadline"/>)")) << "all expectations are met";
  EXPECT_THAT(xml, HasSubstr(R"(tests="2" failures="1")"));

  verdict.strict = true;
  verdict.expectations.push_back({"e", false, "", "missing", "default"});
  xml = xml_of(verdict);
  EXPECT_THAT(xml, HasSubstr(R"(<failure type="broken" message="connection 1: BAD_FRAME">)"));
  EXPECT_THAT(xml, HasSubstr(R"(<failure type="deadline")"));
  EXPECT_THAT(xml, HasSubstr(R"(<testcase classname="world" name="e" time="0.000">)")) << "no place, no attributes for it";
  EXPECT_THAT(xml, HasSubstr(R"(tests="4" failures="4")"));
}

TEST(EngineJunit, EscapesWhatXmlForbids) {
  Verdict verdict;
  const std::string odd = std::string{"<&>\"' \x01\x1b[31m \xff\xef\xbf\xbf\xef\xbf\xbe \xc3\xa4 \xef\xbf\xbd]]>"} + '\0';
  verdict.expectations.push_back({odd, false, odd + ":1:2", odd + "\n\t" + odd, "default"});
  verdict.failures = {odd};
  const auto xml = xml_of(verdict);
  for (const char forbidden : {'\x01', '\x1b', '\xff', '\0'}) EXPECT_EQ(xml.find(forbidden), std::string::npos);
  EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbf")));
  EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbe")));
  EXPECT_THAT(xml, HasSubstr("&lt;&amp;&gt;&quot;' "));
  EXPECT_THAT(xml, HasSubstr("\xc3\xa4")) << "an umlaut is none of these";
  EXPECT_THAT(xml, HasSubstr("\xef\xbf\xbd"));
  EXPECT_THAT(xml, Not(HasSubstr("]]>")));
}

TEST(EngineJunit, HasASuitePerPartition) {
  Verdict bad;
  bad.failures = {"x"};
  const Partitions partitions{{"alpha", {}}, {"beta", bad}};
  const auto xml = junit_xml(partitions, {"world", {}, ""});
  EXPECT_THAT(xml, HasSubstr(R"(<testsuites name="world" tests="2" failures="1")"));
  EXPECT_THAT(xml, HasSubstr(R"(<testsuite name="alpha" tests="1" failures="0")"));
  EXPECT_THAT(xml, HasSubstr(R"(<testsuite name="beta" tests="1" failures="1")"));
}

}  // namespace
}  // namespace procedura::mock::engine
