#include "scenario/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace procedura::mock {
namespace {

using ::testing::ElementsAreArray;

struct Row {
  std::vector<std::string> raw;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> options;  // "<flag>" for one without a value
};

TEST(ReceivedRequest, SplitsArgumentsAndOptions) {
  const std::vector<Row> rows = {
      {{}, {}, {}},
      {{"a", "b"}, {"a", "b"}, {}},
      {{"--n", "4"}, {}, {{"n", "4"}}},
      {{"--n=4"}, {}, {{"n", "4"}}},
      {{"--n="}, {}, {{"n", ""}}},
      {{"--n=a=b"}, {}, {{"n", "a=b"}}},
      {{"--flag"}, {}, {{"flag", "<flag>"}}},
      {{"--dry-run", "--n", "4", "--radius", "400"}, {}, {{"dry-run", "<flag>"}, {"n", "4"}, {"radius", "400"}}},
      {{"--n", "-4", "x"}, {"x"}, {{"n", "-4"}}},
      {{"x", "--n", "4", "y"}, {"x", "y"}, {{"n", "4"}}},
      {{"--n", "--", "--m", "x"}, {"--m", "x"}, {{"n", "<flag>"}}},
      {{"-x", "--=y", "--"}, {"-x", "--=y"}, {}},
      {{""}, {""}, {}},
      {{"--n", ""}, {}, {{"n", ""}}},
  };
  for (const Row& row : rows) {
    const ReceivedRequest request = receive("i", "m", protocol::Mode::sync, row.raw);
    SCOPED_TRACE(::testing::PrintToString(row.raw));
    EXPECT_EQ(request.raw_args, row.raw);
    EXPECT_EQ(request.args, row.args);
    std::vector<std::pair<std::string, std::string>> options;
    for (const Option& option : request.options) options.emplace_back(option.name, option.value.value_or("<flag>"));
    EXPECT_THAT(options, ElementsAreArray(row.options));
  }
}

TEST(ReceivedRequest, FindsTheLastOptionOfAName) {
  const ReceivedRequest request = receive("i", "m", protocol::Mode::async, {"--n", "1", "--n=2"});
  ASSERT_NE(request.option("n"), nullptr);
  EXPECT_EQ(request.option("n")->value, "2");
  EXPECT_EQ(request.option("m"), nullptr);
}

}  // namespace
}  // namespace procedura::mock
