#include "scenario/document.hpp"
#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace procedura::mock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr DocumentLimits limits{.max_bytes = 1'000'000, .max_depth = 16, .max_values = 1000};

Document parse(const std::string& text) {
  return parse_document(text, 0, limits);
}

std::string position(const Node& node) {
  return std::to_string(node.place.line) + ":" + std::to_string(node.place.column);
}

TEST(Document, KnowsWhereEveryValueStands) {
  const Document document = parse(
      "// a comment with \"quotes\" and { brackets\n"
      "{\n"
      "  \"a\": [1, -2.50,\ttrue /* in between */, null],\n"
      "  \"b\\\"\\\\\" :\n"
      "    \"x\\\\\", \"c\": {}, \"d\": 1e5}\n"
      "// the end\n");
  ASSERT_TRUE(document.root.has_value());
  EXPECT_THAT(document.problems, IsEmpty());
  const Node& root = *document.root;
  EXPECT_EQ(position(root), "2:1");
  ASSERT_EQ(root.members.size(), 4U);
  const Node& list = root.member("a")->value;
  EXPECT_EQ(position(list), "3:8");
  EXPECT_EQ(position(list.items[0]), "3:9");
  EXPECT_EQ(list.items[1].text, "-2.50");
  EXPECT_EQ(position(list.items[1]), "3:12");
  EXPECT_EQ(position(list.items[2]), "3:19");
  EXPECT_EQ(position(list.items[3]), "3:42");
  EXPECT_EQ(root.members[1].key, "b\"\\");
  EXPECT_EQ(root.members[1].key_place.line, 4U);
  EXPECT_EQ(root.members[1].value.text, "x\\");
  EXPECT_EQ(position(root.members[1].value), "5:5");
  EXPECT_EQ(position(root.member("c")->value), "5:17");
  EXPECT_EQ(position(root.member("d")->value), "5:26");
  EXPECT_EQ(root.member("e"), nullptr);
  std::string json;
  append_json(json, root);
  EXPECT_EQ(json, R"({"a":[1,-2.50,true,null],"b\"\\":"x\\","c":{},"d":1e5})");
}

TEST(Document, TakesAByteOrderMarkAndWindowsLines) {
  const Document document = parse("\xEF\xBB\xBF{\r\n  \"a\": false\r\n}\r\n");
  ASSERT_TRUE(document.root.has_value());
  EXPECT_EQ(position(document.root->members[0].value), "2:8");
}

TEST(Document, ReportsDuplicateKeysAtAnyDepth) {
  const Document document = parse("{\"a\": {\"x/y\": 1, \"b\": 2,\n \"x/y\": 3}, \"l\": [0, {\"k\": 1, \"k\": 1}], \"a\": 2}");
  std::vector<std::string> found;
  for (const DocumentProblem& problem : document.problems) {
    found.push_back(std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column) + " " + problem.pointer +
                    " " + problem.message);
  }
  EXPECT_THAT(found,
              ElementsAre("2:2 /a/x~1y duplicate key \"x/y\", first in line 1",
                          "2:31 /l/1/k duplicate key \"k\", first in line 2", "2:41 /a duplicate key \"a\", first in line 1"));
}

TEST(Document, PointersAreEscaped) {
  EXPECT_EQ(pointer_to("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(pointer_to("", ""), "/");
}

struct Row {
  std::string text;
  std::string message;
};

TEST(Load, RefusesWhatIsNoScenario) {
  const std::vector<Row> rows = {
      {"", "a.json: the file is empty"},
      {" \n\t\r\n", "a.json: the file is empty"},
      {"// nothing\n", "a.json:2:1: not JSON: syntax error while parsing value - unexpected end of input"},
      {"[]", "a.json:1:1: expected an object, the scenario, found an empty array"},
      {"\n 7", "a.json:2:2: expected an object, the scenario"},
      {"{", "a.json:1:2: not JSON: syntax error while parsing object key - unexpected end of input; expected string literal"},
      {"{\n\"name\": \"x\",\n}",
       "a.json:3:1: not JSON: syntax error while parsing object key - unexpected '}'; expected string literal"},
      {"{\"name\": \"x\"} x", "a.json:1:15: not JSON: syntax error while parsing value - invalid literal"},
      {"{\"seed\": 1e400}", "a.json:1:14: not JSON: number overflow parsing '1e400'"},
      {"{\"seed\": 01}", "a.json:1:11: not JSON: syntax error while parsing object - unexpected number literal; expected '}'"},
      {"{\"name\": \"\xFF\"}", "a.json:1:1: this line is not UTF-8"},
      {"{\n\n// \xC0\xAF\n}", "a.json:3:1: this line is not UTF-8"},
      {"{\"name\": \"\x1b[31m\"}", "a.json:1:11: not JSON"},
      {"{/*", "a.json:1:4: not JSON"},
      {"{\"a", "a.json:1:4: not JSON"},
      {"{\"name\": \"\\ud800\"}", "a.json:1:17: not JSON"},
      {std::string("{\0}", 3), "a.json:1:2: not JSON"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({row.text});
    EXPECT_EQ(loaded.scenario, nullptr) << row.text;
    ASSERT_EQ(loaded.problems.size(), 1U) << row.text;
    EXPECT_THAT(to_string(loaded.problems[0]), ::testing::StartsWith(row.message)) << row.text;
  }
}

TEST(Load, ASyntaxErrorShowsNothingOfAPassword) {
  for (const std::string broken : {"\"hunter2\\q\"", "\"hunter2", "\"hunter2\" \"x\"", "\"hunter2\x01\"", "hunter2"}) {
    const LoadedScenario loaded = testing::load({"{\"auth\": {\"users\": {\"a\": " + broken + "}}}"});
    EXPECT_THAT(testing::messages(loaded),
                ElementsAre(::testing::AllOf(HasSubstr("not JSON"), ::testing::Not(HasSubstr("hunter")))));
  }
}

TEST(Load, BoundsSizeDepthAndNumberOfValues) {
  EXPECT_THAT(testing::messages(testing::load({std::string(2000, ' ')}, {.max_bytes = 1000})),
              ElementsAre("a.json: larger than 1000 bytes, the limit for a scenario"));
  EXPECT_THAT(testing::messages(testing::load({std::string(1'000'000, '[')})),
              ElementsAre("a.json:1:257: nested deeper than 256 levels"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  EXPECT_THAT(testing::messages(testing::load({deep})), ElementsAre("a.json:1:1281: nested deeper than 256 levels"));

  for (const std::string value : {"0", "\"\"", "[]"}) {
    std::string wide = "[";
    for (int i = 0; i < 1001; ++i) wide += value + ",";
    const Document document = parse(wide);
    EXPECT_FALSE(document.root.has_value());
    ASSERT_EQ(document.problems.size(), 1U);
    EXPECT_EQ(document.problems[0].message, "more than 1000 values: split the scenario");
  }
}

TEST(Load, EveryTruncationIsAProblemAndNeverWorse) {
  const std::string text = testing::with_reply(
      R"(["accept", {"repeat": "${opt.n ?? 2}", "steps": [{"delay": "2ms"}]}, {"finished": {"é": [1e2, "\u00e9"]}}])");
  ASSERT_NE(testing::load({text}).scenario, nullptr);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const LoadedScenario loaded = testing::load({text.substr(0, size)});
    EXPECT_EQ(loaded.scenario, nullptr) << size;
    EXPECT_FALSE(loaded.problems.empty()) << size;
  }
}

TEST(Load, EveryFlippedByteIsSurvived) {
  const std::string text = testing::with_match(R"({"cmd": {"matches": "^a(b|c)*$"}, "options": {"n": {"atLeast": 1}}})");
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'\0', '"', '{', '}', '\\', '\xFF', '0', '/', '$'}) {
      std::string broken = text;
      broken[at] = byte;
      const LoadedScenario loaded = testing::load({broken});
      EXPECT_TRUE(loaded.scenario != nullptr || !loaded.problems.empty());
    }
  }
}

class LoadFiles : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{folder + "/" + name, std::ios::binary} << text;
    return folder + "/" + name;
  }
  const std::string folder =
      ::testing::TempDir() + "scenario-files-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(LoadFiles, SaysWhichOfThemCannotBeReadAndReadsTheOthers) {
  const std::vector<std::string> paths = {folder, folder + "/none.json", write("bad.json", "{\"nam\": 1}")};
  const LoadedScenario loaded = load_scenario_files(paths);
  EXPECT_EQ(loaded.scenario, nullptr);
  EXPECT_THAT(testing::messages(loaded), ElementsAre(folder + ": this is a folder: name a scenario file",
                                                     folder + "/none.json: cannot be read: No such file or directory",
                                                     HasSubstr("bad.json:1:2: /nam: unknown key \"nam\"")));
}

TEST_F(LoadFiles, ReadsLongFilesWholeAndStopsAtTheLimit) {
  const std::string comment = "//" + std::string(200'000, 'x') + "\n";
  const std::vector<std::string> paths = {write("long.json", comment + "{\"name\": \"long\"}")};
  const LoadedScenario loaded = load_scenario_files(paths);
  ASSERT_NE(loaded.scenario, nullptr);
  EXPECT_EQ(loaded.scenario->settings.name, "long");
  EXPECT_THAT(testing::messages(load_scenario_files(paths, {.max_bytes = 100'000})),
              ElementsAre(HasSubstr("larger than 100000 bytes")));
}

}  // namespace
}  // namespace procedura::mock
