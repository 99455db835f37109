#include "scenario/quantity.hpp"
#include "scenario_support.hpp"
#include "temporary_folder.hpp"

#include <procedura/protocol/json_text.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Files in memory, by path, and how often each was read.
class Files {
 public:
  explicit Files(std::map<std::string, std::string> files) : files_{std::move(files)} {}

  LoadOptions options() {
    LoadOptions options;
    options.read_file = [this](std::string_view scenario, std::string_view path, std::size_t) {
      ScenarioText read{std::string{path}, {}};
      const auto file = files_.find(std::string{path});
      ++reads[std::string{scenario} + " " + std::string{path}];
      if (file == files_.end()) {
        read.unreadable = "cannot be read: there is none";
      } else {
        read.text = file->second;
      }
      return read;
    };
    return options;
  }

  std::map<std::string, int> reads;

 private:
  std::map<std::string, std::string> files_;
};

std::string render(const Template& value) {
  const ReceivedRequest request = receive("i", "m", protocol::Mode::sync, {"--n=3"});
  std::string out;
  const auto error = value.append_json(out, {.request = request});
  return error ? "!" + error->message : out;
}

Template result_of(const Scenario& scenario) {
  const auto* finished = std::get_if<step::Finished>(&scenario.stubs.at(0).replies.at(0).back().action);
  return finished != nullptr ? finished->result : Template{};
}

TEST(IncludedFiles, StandForTheirJson) {
  Files files{
      {{"export.json", "\n{ \"b\" : 1.50,\t\"a\": [ \"${id}\", 12345678901234567890 ] }\n"}, {"text.json", "\"plain\""}}};
  const auto scenario = testing::loaded_well(
      {testing::with_reply(
          R"([{"finished": {"n": "${opt.n}", "export": {"$file": "export.json"}, "list": [{"$file": "text.json"}]}}])")},
      files.options());
  // Taken as it is but for white space: numbers keep their text, and no placeholder in it is filled in.
  EXPECT_EQ(render(result_of(*scenario)), R"({"n":3,"export":{"b":1.50,"a":["${id}",12345678901234567890]},"list":["plain"]})");
}

TEST(IncludedFiles, AreReadOnceForEachScenario) {
  Files files{{{"x.json", "[1]"}}};
  const auto stub = [](const std::string& name) {
    return R"({"stubs": [{"name": ")" + name + R"(", "match": {"cmd": ")" + name +
           R"("}, "reply": [{"running": {"x": {"$file": "x.json"}}}, {"set": {"x": {"$file": "x.json"}}}, {"finished": {"$file": "x.json"}}]}]})";
  };
  const auto scenario = testing::loaded_well({stub("a"), stub("b")}, files.options());
  EXPECT_EQ(files.reads.size(), 2U);
  EXPECT_EQ(files.reads.at("a.json x.json"), 1);
  EXPECT_EQ(files.reads.at("b.json x.json"), 1);
  EXPECT_EQ(*result_of(*scenario).constant_json(), "[1]");
}

TEST(IncludedFiles, MayBeAWholeFrame) {
  Files files{{{"frame.json", R"({"status": "finished"})"}, {"list.json", "[]"}}};
  const auto scenario = testing::loaded_well({testing::with_reply(R"([{"send": {"$file": "frame.json"}}])")}, files.options());
  EXPECT_EQ(render(std::get<step::Send>(scenario->stubs.at(0).replies.at(0).back().action).frame), R"({"status":"finished"})");
  EXPECT_THAT(testing::messages(testing::load({testing::with_reply(R"([{"send": {"$file": "list.json"}}])")}, files.options())),
              ElementsAre(HasSubstr("/stubs/0/reply/0/send: expected what stands for an object, the frame")));
}

struct Row {
  std::string reply;
  std::string message;
};

TEST(IncludedFiles, AreRefusedWhereTheyAreWrong) {
  Files files{{{"good.json", "[]"},
               {"comment.json", "[1,\n // no\n 2]"},
               {"half.json", "{\"a\":"},
               {"bytes.json", "\"\xff\""},
               {"empty.json", ""},
               {"deep.json", std::string(255, '[') + std::string(255, ']')},
               {"deeper.json", std::string(257, '[') + std::string(257, ']')},
               {"strings.json", R"(["\")" + std::string(300, '[') + "\"]"},
               {"big.json", "\"" + std::string(5000, 'x') + "\""}}};
  const std::vector<Row> rows = {
      {R"([{"finished": {"$file": "none.json"}}])",
       "/stubs/0/reply/0/finished/$file: \"none.json\" cannot be read: there is none"},
      {R"([{"finished": {"$file": "comment.json"}}])", "\"comment.json\" is not valid JSON: line 2, column 2"},
      {R"([{"finished": {"$file": "half.json"}}])", "\"half.json\" is not valid JSON: line 1, column 6"},
      {R"([{"finished": {"$file": "empty.json"}}])", "\"empty.json\" is not valid JSON: line 1, column 1"},
      {R"([{"finished": {"$file": "bytes.json"}}])", "\"bytes.json\" is not UTF-8"},
      {R"([{"finished": {"$file": "deeper.json"}}])", "\"deeper.json\" is nested too deep"},
      {R"([{"finished": [{"$file": "deep.json"}]}])",
       "\"deep.json\" is nested so deep that together with what is around it the frame would be deeper than 256 levels"},
      {R"([{"finished": {"$file": "big.json"}}])", "\"big.json\" is larger than 1000B, the limit for a file"},
      {R"([{"broadcast": {"$generate": {"bytes": 1}}}, {"finished": 1}])",
       "/broadcast: expected what stands for an object, the frame"},
      {R"([{"finished": {"$file": ""}}])",
       "/finished/$file: expected the path of a JSON file, from the folder of this scenario, found an empty string"},
      {R"([{"finished": {"$file": 1}}])", "/finished/$file: expected the path of a JSON file"},
      {R"([{"finished": {"$file": "good.json", "n": 1}}])",
       "/finished/$file: expected \"$file\" as the one member of a value, for which it stands"},
      {R"([{"running": {"$file": "good.json"}}, {"finished": 1}])",
       "/running/$file: expected \"$file\" as the one member of a value"},
      {R"([{"finished": {"a": {"b": 1, "$generate": {"bytes": 1}}}}])",
       "/finished/a/$generate: expected \"$generate\" as the one"},
  };
  for (const Row& row : rows) {
    LoadOptions options = files.options();
    if (row.reply.find("big.json") != std::string::npos) options.max_bytes = 1000;
    const LoadedScenario loaded = testing::load({testing::with_reply(row.reply)}, options);
    EXPECT_EQ(loaded.scenario, nullptr) << row.reply;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.reply;
  }
  // As deep as a frame may be, and brackets within strings are none.
  testing::loaded_well({testing::with_reply(R"([{"finished": {"$file": "deep.json"}}])")}, files.options());
  testing::loaded_well({testing::with_reply(R"([{"finished": {"$file": "strings.json"}}])")}, files.options());
}

TEST(IncludedFiles, NeedAScenarioFromAFile) {
  EXPECT_THAT(testing::messages(testing::load({testing::with_reply(R"([{"finished": {"$file": "x.json"}}])")})),
              ElementsAre(HasSubstr("/stubs/0/reply/0/finished/$file: this scenario comes from no file, so that $file has no "
                                    "folder to look in")));
}

TEST(IncludedFiles, OfADiskAreFoundFromTheFolderOfTheScenario) {
  const procedura::testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "data");
  std::ofstream{folder.path() / "data" / "export.json"} << "{\"big\": true}";
  const auto loaded = [&](const std::string& path) {
    const auto scenario = folder.path() / "scenario.json";
    std::ofstream{scenario} << testing::with_reply(R"([{"finished": {"$file": ")" + path + "\"}}]");
    const std::vector<std::string> paths = {scenario.string()};
    return load_scenario_files(paths);
  };
  const LoadedScenario good = loaded("data/export.json");
  ASSERT_NE(good.scenario, nullptr);
  EXPECT_EQ(*result_of(*good.scenario).constant_json(), "{\"big\":true}");
  EXPECT_NE(loaded((folder.path() / "data/export.json").string()).scenario, nullptr);
  EXPECT_THAT(testing::messages(loaded("data")), ElementsAre(HasSubstr("\"data\" is no regular file")));
  EXPECT_THAT(testing::messages(loaded("/dev/zero")), ElementsAre(HasSubstr("\"/dev/zero\" is no regular file")));
  EXPECT_THAT(testing::messages(loaded("none.json")),
              ElementsAre(HasSubstr("\"none.json\" cannot be read: No such file or directory")));
}

TEST(GeneratedTexts, AreAsLongAsAskedFor) {
  const auto text = [](const std::string& bytes) {
    const auto scenario =
        testing::loaded_well({testing::with_reply(R"([{"finished": {"$generate": {"bytes": )" + bytes + "}}}]")});
    const Template result = result_of(*scenario);
    EXPECT_EQ(result.constant_json(), std::nullopt);  // made when it is rendered
    return protocol::decode_string(render(result)).value_or("no string");
  };
  for (const std::size_t size : {0U, 1U, 9U, 10U, 11U, 4096U}) EXPECT_EQ(text(std::to_string(size)).size(), size);
  EXPECT_EQ(text("\"1KiB\"").size(), 1024U);
  EXPECT_EQ(text("\"1.5MiB\"").size(), 1572864U);
  const std::string some = text("4096");
  EXPECT_EQ(some, text("4096"));
  EXPECT_EQ(some.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
  EXPECT_GT(std::set<char>(some.begin(), some.begin() + 10).size(), 4U);
  EXPECT_EQ(some.find(some.substr(0, 20), 1), std::string::npos);  // it does not go round
}

TEST(GeneratedTexts, StandAmongOtherValues) {
  const auto scenario = testing::loaded_well({testing::with_reply(
      R"([{"running": {"a": [{"$generate": {"bytes": 2}}, "${opt.n}", {"$generate": {"bytes": 0}}]}}, {"finished": 1}])")});
  const auto& running = std::get<step::Running>(scenario->stubs.at(0).replies.at(0).at(1).action);
  const std::string rendered = render(running.members);
  EXPECT_THAT(rendered, AllOf(::testing::StartsWith("\"a\":[\""), ::testing::EndsWith("\",3,\"\"]")));
  EXPECT_EQ(rendered.size(), std::string{"\"a\":[\"xx\",3,\"\"]"}.size());
}

TEST(GeneratedTexts, AreRefusedWhereTheyAreWrong) {
  const std::vector<Row> rows = {
      {R"({"$generate": {"bytes": "64MB"}})", "/finished/$generate/bytes: expected a size from 0B to 1GiB"},
      {R"({"$generate": {"bytes": "1025MiB"}})", "/finished/$generate/bytes: expected a size from 0B to 1GiB"},
      {R"({"$generate": {"bytes": "0.3B"}})", "/finished/$generate/bytes: expected a size from 0B to 1GiB"},
      {R"({"$generate": {}})", "/finished/$generate: expected a key \"bytes\", found none"},
      {R"({"$generate": 5})", "/finished/$generate: expected an object such as {\"bytes\": \"1MiB\"}, found 5"},
      {R"({"$generate": {"byte": 5, "bytes": 5}})", "/finished/$generate/byte: unknown key \"byte\", expected one of bytes"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({testing::with_reply("[{\"finished\": " + row.reply + "}]")});
    EXPECT_EQ(loaded.scenario, nullptr) << row.reply;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.reply;
  }
}

TEST(StandIns, ThatAreMisspelledAreWarnedOf) {
  EXPECT_THAT(testing::messages(testing::load({testing::with_reply(R"([{"finished": {"$fiel": "x.json"}}])")})),
              ElementsAre(HasSubstr("/finished/$fiel: warning: \"$fiel\" is sent as it is; did you mean \"$file\"?")));
  EXPECT_THAT(testing::messages(testing::load({testing::with_reply(R"([{"finished": {"$ref": 1, "$": 2, "": 3}}])")})),
              IsEmpty());
}

TEST(Sizes, AreReadAndShown) {
  EXPECT_EQ(parse_size("0B"), 0U);
  EXPECT_EQ(parse_size("7B"), 7U);
  EXPECT_EQ(parse_size("10KiB"), 10240U);
  EXPECT_EQ(parse_size("1.5KiB"), 1536U);
  EXPECT_EQ(parse_size("16MiB"), 16777216U);
  EXPECT_EQ(parse_size("1GiB"), 1073741824U);
  for (const std::string bad : {"", "10", "KiB", "-1B", "1 KiB", "1kib", "1KB", "1e3B", "0.5B", "1.2.3B", "99999999999GiB"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(show_size(0), "0B");
  EXPECT_EQ(show_size(1536), "1536B");
  EXPECT_EQ(show_size(10240), "10KiB");
  EXPECT_EQ(show_size(16777216), "16MiB");
}

}  // namespace
}  // namespace procedura::mock
