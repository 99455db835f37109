// What `mock-agent record` says of a command line that it cannot use, and how it exits.
#include "command_line.hpp"
#include "program.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace procedura::mock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Args = std::vector<std::string>;

struct Ran {
  int code;
  std::string out, err;
};

Ran record_with(Args args) {
  std::ostringstream out;
  std::ostringstream err;
  args.insert(args.begin(), "record");
  const int code = run(
      args, [](std::string_view) { return std::nullopt; }, out, err);
  return {code, out.str(), err.str()};
}

TEST(RecordProgram, EveryWrongCommandLineExits2WithOneLineThatSaysWhatToDo) {
  const std::string upstream = "ws://127.0.0.1:9";
  struct Case {
    Args args;
    std::string says;
  };
  for (const auto& one : {
           Case{{}, "record needs --upstream URL"},
           Case{{"--upstream", upstream}, "record needs --out FILE"},
           Case{{"--out", "x.json"}, "record needs --upstream URL"},
           Case{{"--upstream", upstream, "--out"}, "--out"},
           Case{{"--upstream", upstream, "--out", "--ca"}, "--out"},
           Case{{"--upstream", "http://x", "--out", "x.json"}, "--upstream: \"http://x\" is neither a ws:// nor a wss:// URL"},
           Case{{"--upstream", "ws://x:0", "--out", "x.json"}, "has a port that is not from 1 to 65535"},
           Case{{"--upstream", upstream, "--listen", "8765", "--out", "x.json"}, "--listen: \"8765\" is no URL"},
           Case{{"--upstream", upstream, "--listen", "wss://127.0.0.1:0", "--out", "x.json"}, "--listen takes a URL such as"},
           Case{{"--upstream", upstream, "--listen", "ws://127.0.0.1:0/p", "--out", "x.json"}, "--listen takes a URL such as"},
           Case{{"--upstream", upstream, "--out", "x.json", "--frob=x"}, "unknown option \"--frob\""},
           Case{{"--upstream", upstream, "--out", "x.json", "--script", "y"}, "unknown option \"--script\""},
           Case{{"--upstream", upstream, "--upstream", upstream, "--out", "x.json"}, "--upstream takes one value"},
           Case{{"--upstream", upstream, "--out", "/"}, "cannot write /: it is a folder"},
           Case{{"--upstream", upstream, "--out", "/nowhere/x.json"},
                "cannot write /nowhere/x.json: No such file or directory"},
       }) {
    const auto ran = record_with(one.args);
    EXPECT_EQ(ran.code, 2) << one.says;
    EXPECT_THAT(ran.err, HasSubstr(one.says));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

// It would be replaced as a whole: /dev/full would be no device any more.
TEST(RecordProgram, TakesThePlaceOfNoDevicePipeOrLink) {
  const testing::TemporaryFolder folder;
  const std::string link = folder.path() / "link";
  std::filesystem::create_symlink("elsewhere.json", link);
  const auto ran = record_with({"--upstream", "ws://127.0.0.1:1", "--out", link, "--ca", "/nowhere"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.err, "mock-agent: cannot write " + link + ": it is no regular file\n");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST(RecordProgram, ShowsNoSecretThatStandsInTheWrongPlace) {
  for (const Args& args : {Args{"--upstream", "ws://me:geheim@host", "--out", "x.json"},
                           Args{"--upstream", "ws://host/?token=geheim", "--out", "x.json"},
                           Args{"--upstream", "ws://host", "--out", "x.json", "geheim"},
                           Args{"--upstream", "ws://host", "--out", "x.json", "--pin=geheim"}}) {
    const auto ran = record_with(args);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, Not(HasSubstr("geheim")));
  }
}

TEST(RecordProgram, SeveralKeysMayFollowOneRedact) {
  const auto command = parse_command_line(
      {"record", "--redact", "a", "b", "--upstream", "wss://host/p", "--redact", "c", "--out", "x.json", "--ca", "ca.pem"});
  ASSERT_TRUE(std::holds_alternative<Record>(command));
  const auto& record = std::get<Record>(command);
  EXPECT_THAT(record.redact, ::testing::ElementsAre("a", "b", "c"));
  EXPECT_EQ(record.upstream, "wss://host/p");
  EXPECT_EQ(record.listen, "ws://127.0.0.1:8765");
  EXPECT_EQ(record.ca_file, "ca.pem");
  EXPECT_EQ(record.out, "x.json");
}

TEST(RecordProgram, HelpNamesEveryOption) {
  const auto ran = record_with({"--help"});
  EXPECT_EQ(ran.code, 0);
  for (const char* option : {"--upstream", "--out", "--listen", "--ca", "--redact"}) EXPECT_THAT(ran.out, HasSubstr(option));
}

TEST(RecordProgram, WhatCannotBeListenedOnExits3AndLeavesNoFile) {
  const testing::TemporaryFolder folder;
  const std::string out = folder.path() / "recorded.json";
  const std::string ca = folder.path() / "ca.pem";
  std::ofstream{ca} << "no certificate";
  const auto unknown = record_with({"--upstream", "ws://127.0.0.1:9", "--listen", "ws://no-such-host.invalid:0", "--out", out});
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.err, HasSubstr("cannot listen on no-such-host.invalid:0: "));
  const auto broken =
      record_with({"--upstream", "wss://127.0.0.1:9", "--listen", "ws://127.0.0.1:0", "--ca", ca, "--out", out});
  EXPECT_EQ(broken.code, 3);
  EXPECT_THAT(broken.err, HasSubstr("cannot use the CA file " + ca));
  EXPECT_FALSE(std::ifstream{out});
}

}  // namespace
}  // namespace procedura::mock
