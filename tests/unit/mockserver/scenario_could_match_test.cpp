#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

std::vector<std::string> problems(const std::string& match) {
  return testing::messages(testing::load({testing::with_match(match)}));
}

TEST(CouldMatch, RefusesWhatNoRequestCanMeet) {
  for (const std::string match : {
           R"({"cmd": {"absent": true}})",
           R"({"cmd": {"equal": "export", "matches": "^import"}})",
           R"({"cmd": {"oneOf": ["a", "b"], "contains": "c"}})",
           R"({"args": ["a", {"absent": true}]})",
           R"({"raw_args": {"1": {"absent": true}, "2": "x"}})",
           R"({"args": {"0": {"absent": true}, "3": {"absent": false}}})",
           R"({"options": {"n": {"atLeast": 5, "atMost": 4}}})",
           R"({"options": {"n": {"equal": 4, "atLeast": 5}}})",
           R"({"options": {"n": {"oneOf": [1, 2], "atLeast": 3}}})",
           R"({"options": {"n": {"oneOf": [1, "x"], "atLeast": 3}}})",
           R"({"options": {"n": {"equal": 4, "oneOf": [5, 6]}}})",
           R"({"options": {"n": {"equal": 4, "oneOf": ["5", true]}}})",
           R"({"options": {"n": {"equal": true, "oneOf": [1, "x"]}}})",
           R"({"options": {"n": {"equal": true, "contains": "x"}}})",
           R"({"options": {"n": {"equal": true, "matches": "x"}}})",
           R"({"options": {"n": {"equal": true, "atMost": 3}}})",
           R"({"options": {"n": {"equal": 4, "contains": "x"}}})",
           R"({"options": {"n": {"contains": "x", "atLeast": 3}}})",
           R"({"options": {"n": {"absent": true, "equal": 4}}})",
           R"({"user": {"absent": true, "equal": "a"}})",
           R"({"connection": 0})",
           R"({"connection": 1.5})",
           R"({"connection": {"equal": -1}})",
           R"({"connection": {"oneOf": [0, 0.5]}})",
           R"({"connection": {"oneOf": [2, 3], "atLeast": 4}})",
           R"({"connection": {"atMost": 0.9}})",
           R"({"connection": {"atLeast": 1.2, "atMost": 1.8}})",
           R"({"connection": {"absent": true}})",
       }) {
    EXPECT_THAT(problems(match), ElementsAre(EndsWith("nothing could ever match"))) << match;
  }
}

TEST(CouldMatch, TakesWhatSomeRequestMeets) {
  for (const std::string match : {
           R"({"cmd": {"absent": false}})",
           R"({"cmd": {"oneOf": ["export", "import"], "matches": "^imp"}})",
           R"({"args": {"1": {"absent": true}, "0": "x"}})",
           R"({"args": {"1": {"absent": true}, "4": {"absent": true}}})",
           R"({"args": []})",
           R"({"options": {"n": {"atLeast": 4, "atMost": 4}}})",
           R"({"options": {"n": {"equal": 4, "atLeast": 4}}})",
           R"({"options": {"n": {"oneOf": [1, 2, 3], "atLeast": 3}}})",
           R"({"options": {"n": {"equal": 4, "oneOf": [5, "4.0"]}}})",
           R"({"options": {"n": {"equal": "4", "oneOf": [4]}}})",
           R"({"options": {"n": {"equal": true, "oneOf": ["x", true]}}})",
           R"({"options": {"n": {"oneOf": [true, "x"], "contains": "x"}}})",
           R"({"options": {"n": {"equal": 400, "contains": "e+"}}})",
           R"({"options": {"n": {"equal": 400, "matches": "^4e2$"}}})",
           R"({"options": {"n": {"contains": "-1", "atMost": 3}}})",
           R"({"options": {"n": {"absent": true}}})",
           R"({"options": {"n": {"absent": false, "atLeast": 1}}})",
           R"({"device": {"absent": true}})",
           R"({"connection": 1})",
           R"({"connection": {"oneOf": [0, 2]}})",
           R"({"connection": {"atLeast": -3}})",
           R"({"connection": {"atLeast": 1.2, "atMost": 2}})",
       }) {
    EXPECT_THAT(problems(match), IsEmpty()) << match;
  }
}

}  // namespace
}  // namespace procedura::mock
