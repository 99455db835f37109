#include "measure/agent_counters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace procedura::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

constexpr const char* documented =
    R"({"uptime_s":1.5,"connections":{"open":1,"total":2},"frames":{"in":10,"out":20},"bytes":{"in":1000,"out":2000},)"
    R"("jobs":{"live":1,"finished":7,"failed":3},"errors":{"NO_LUCK":3}})";

TEST(AgentCounters, AreReadFromTheDocumentedShape) {
  const auto read = AgentCounters::parse(documented);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->frames_in, 10);
  EXPECT_EQ(read->frames_out, 20);
  EXPECT_EQ(read->bytes_in, 1000);
  EXPECT_EQ(read->bytes_out, 2000);
  EXPECT_EQ(read->jobs_finished, 7);
}

TEST(AgentCounters, OfAnyOtherShapeAreNone) {
  const auto with = [](const std::string& what, const std::string& instead) {
    std::string text = documented;
    text.replace(text.find(what), what.size(), instead);
    return text;
  };
  const std::vector<std::string> wrong{"",
                                       "null",
                                       "[]",
                                       "{}",
                                       "{\"frames\":",
                                       with(R"("in":10)", R"("in":-10)"),
                                       with(R"("in":10)", R"("in":"10")"),
                                       with(R"("in":10)", R"("in":1.5)"),
                                       with(R"("in":10)", R"("in":18446744073709551615)"),
                                       with(R"("in":10)", R"("in":9223372036854775807)"),
                                       with(R"("in":10)", R"("in":1e400)"),
                                       with(R"("out":2000)", R"("aus":2000)"),
                                       with(R"({"in":10,"out":20})", "[10, 20]"),
                                       with(R"("finished":7)", R"("finished":null)")};
  for (const std::string& text : wrong) EXPECT_FALSE(AgentCounters::parse(text)) << text;
}

std::vector<std::string> names(const std::vector<AgentCount>& counts) {
  std::vector<std::string> all;
  for (const AgentCount& count : counts) all.push_back(count.name);
  return all;
}

// What one question led to: a request of 70 bytes, an ack and a result of 300 together.
constexpr CounterReading first{{0, 0, 0, 0, 0}, {100, 200, 300, 400, 500}};
constexpr CounterReading second{{1, 2, 70, 300, 1}, {101, 202, 370, 700, 501}};

TEST(CrossCheck, ComparesWhatGrewSinceTheSecondQuestion) {
  const CounterReading last{{11, 22, 770, 3300, 11}, {111, 222, 1070, 3700, 512}};
  const auto counts = cross_check(first, second, last);
  EXPECT_THAT(names(counts), ElementsAre("frames_in", "frames_out", "bytes_in", "bytes_out", "jobs_finished"));
  for (const AgentCount& count : counts) {
    if (count.name == "jobs_finished") {
      EXPECT_EQ(count.agent, 10);
      EXPECT_EQ(count.expected, 11) << "the agent says that it finished one less";
    } else {
      EXPECT_EQ(count.agent, count.expected) << count.name;
    }
  }
  EXPECT_EQ(counts[1].agent, 20);
}

TEST(CrossCheck, LeavesOutWhatTheAgentCountsInItsOwnWay) {
  CounterReading own_way = second;
  own_way.agent.bytes_in += 6;       // with framing
  own_way.agent.jobs_finished -= 1;  // without its built-ins
  EXPECT_THAT(names(cross_check(first, own_way, own_way)), ElementsAre("frames_in", "frames_out", "bytes_out"));
}

TEST(CrossCheck, AgreesWhenAllDo) {
  EXPECT_TRUE(agree({}));
  EXPECT_TRUE(agree({{"frames_in", 1, 1}, {"frames_out", 2, 2}}));
  EXPECT_FALSE(agree({{"frames_in", 1, 1}, {"frames_out", 2, 3}}));
  EXPECT_FALSE(agree({{"frames_in", 2, 1}, {"frames_out", 2, 2}}));
}

TEST(CrossCheck, SaysNothingOfAnAgentThatServesOthersToo) {
  const CounterReading busy{{500, 900, 9000, 90000, 400}, second.ours};
  EXPECT_THAT(cross_check(first, busy, busy), IsEmpty());
}

}  // namespace
}  // namespace procedura::bench
