// What `mock-agent` says and how it exits, without a socket.
#include "program.hpp"

#include "command_line.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace procedura::mock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Args = std::vector<std::string>;

struct Ran {
  int code;
  std::string out, err;
};

Ran run_with(const Args& args) {
  std::ostringstream out;
  std::ostringstream err;
  const auto env = [](std::string_view name) {
    return name == "WORLD" ? std::optional<std::string>{"mars-base"} : std::nullopt;
  };
  const int code = run(args, env, out, err);
  return {code, out.str(), err.str()};
}

TEST(Program, EveryWrongCommandLineExits2WithOneLineThatSaysWhatToDo) {
  struct Case {
    Args args;
    std::string says;
  };
  for (const auto& one : {
           Case{{}, "--script FILE is needed"},
           Case{{"--frob"}, "unknown option \"--frob\""},
           Case{{"--scrip=x"}, "did you mean \"--script\"?"},
           Case{{"--\x1b[31m"}, "unknown option"},
           Case{{"chekc", "x"}, "did you mean \"check\"?"},
           Case{{"demo.json"}, "a scenario goes behind --script"},
           Case{{"--script"}, "--script takes one value"},
           Case{{"--script="}, "--script"},
           Case{{"--script", ""}, "--script"},
           Case{{"--script", "x", "--port"}, "--port takes one value"},
           Case{{"--script", "x", "--port", "1", "--port", "2"}, "--port takes one value"},
           Case{{"--script", "x", "--port", "65536"}, "--port: takes a number from 0 to 65535"},
           Case{{"--script", "x", "--port", "-1"}, "--port: takes a number from 0 to 65535"},
           Case{{"--script", "x", "--port", "80x"}, "--port: takes a number from 0 to 65535"},
           Case{{"--script", "x", "--host", ""}, "--host: takes a value"},
           Case{{"--script", "x", "--time-scale", "-0.5"}, "--time-scale: takes a number from 0 to 1000000"},
           Case{{"--script", "x", "--time-scale", "nan"}, "--time-scale: takes"},
           Case{{"--script", "x", "--time-scale", "inf"}, "--time-scale: takes"},
           Case{{"--script", "x", "--time-scale", "fast"}, "--time-scale: takes"},
           Case{{"--script", "x", "--seed", "-1"}, "--seed: takes a whole number"},
           Case{{"--script", "x", "--seed", "18446744073709551616"}, "--seed: takes a whole number"},
           Case{{"--script", "x", "--chaos", "1.01"}, "--chaos: takes a number from 0 to 1"},
           Case{{"--script", "x", "--chaos", "-0.1"}, "--chaos: takes a number from 0 to 1"},
           Case{{"--script", "x", "--chaos", "nan"}, "--chaos: takes a number from 0 to 1"},
           Case{{"--script", "x", "--chaos", "10%"}, "--chaos: takes a number from 0 to 1"},
           Case{{"--script", "x", "--deadline", "30"}, "--deadline: takes a duration over 0, as 500ms, 30s or 5m"},
           Case{{"--script", "x", "--deadline", "0s"}, "--deadline: takes a duration"},
           Case{{"--script", "x", "--deadline", "-1s"}, "--deadline: takes a duration"},
           Case{{"--script", "x", "--deadline"}, "--deadline takes one value"},
           Case{{"--script", "x", "--max-connections", "0"}, "--max-connections: takes a whole number from 1"},
           Case{{"--script", "x", "--max-connections", "-1"}, "--max-connections: takes a whole number from 1"},
           Case{{"--script", "x", "--max-connections", "many"}, "--max-connections: takes a whole number from 1"},
           Case{{"--script", "x", "--journal", "--junit"}, "--journal: takes a value"},
           Case{{"--script", "x", "--junit", ""}, "--junit: takes a value"},
           Case{{"--script", "x", "--watch", "yes"}, "unexpected argument \"yes\""},
           Case{{"--script", "x", "--strickt"}, "did you mean \"--strict\"?"},
           Case{{"--script", "x", "--until_met"}, "did you mean \"--until-met\"?"},
           Case{{"check", "--strict", "x"}, "check and schema take no options"},
           Case{{"check"}, "check needs the files of a scenario"},
           Case{{"--script", "x", "y"}, "unexpected argument \"y\""},
           Case{{"--script", "x", "--allow-origin", "https://x", "y"}, "unexpected argument \"y\""},
           Case{{"--script", "--port", "0"}, "--script: takes a value"},
           Case{{"--script", "x", "--host", "--port=0"}, "--host: takes a value"},
           Case{{"check", "--port", "1", "x"}, "check and schema take no options"},
           Case{{"--port", "1", "check", "x"}, "check and schema take no options"},
           Case{{"schema", "x"}, "unexpected argument"},
           Case{{"schema", "check", "x"}, ""},
       }) {
    const Ran ran = run_with(one.args);
    EXPECT_EQ(ran.code, 2) << ::testing::PrintToString(one.args);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, StartsWith("mock-agent: "));
    EXPECT_THAT(ran.err, HasSubstr(one.says));
    EXPECT_THAT(ran.err, Not(HasSubstr("\x1b")));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

TEST(Program, ReadsItsOptions) {
  const auto command =
      parse_command_line({"--script", "a", "--script=b", "--host", "::1", "--port", "0", "--ready-file", "r", "--time-scale",
                          "1e-2", "--seed", "18446744073709551615", "--allow-origin", "https://x"});
  const auto& serve = std::get<Serve>(command);
  EXPECT_EQ(serve.scripts, (Args{"a", "b"}));
  EXPECT_EQ(serve.host, "::1");
  EXPECT_EQ(serve.port, 0);
  EXPECT_EQ(serve.ready_file, "r");
  EXPECT_EQ(serve.time_scale, 0.01);
  EXPECT_EQ(serve.seed, 18446744073709551615U);
  EXPECT_EQ(serve.allowed_origins, Args{"https://x"});

  const auto whole_run =
      std::get<Serve>(parse_command_line({"--script", "a", "--chaos", "0.25", "--watch", "--strict", "--journal", "j",
                                          "--junit", "x", "--until-met", "--deadline", "1m", "--max-connections", "12"}));
  EXPECT_EQ(whole_run.chaos, 0.25);
  EXPECT_TRUE(whole_run.watch);
  EXPECT_TRUE(whole_run.strict);
  EXPECT_EQ(whole_run.journal, "j");
  EXPECT_EQ(whole_run.junit, "x");
  EXPECT_TRUE(whole_run.until_met);
  EXPECT_EQ(whole_run.deadline, std::chrono::seconds{60});
  EXPECT_EQ(whole_run.max_connections, 12U);

  const auto decimal = std::get<Serve>(parse_command_line({"--script", "a", "--port", "010", "--seed", "010"}));
  EXPECT_EQ(decimal.port, 10) << "not octal";
  EXPECT_EQ(decimal.seed, 10U);

  const auto plain = std::get<Serve>(parse_command_line({"--script", "a"}));
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, 8765);
  EXPECT_EQ(plain.time_scale, 1);
  EXPECT_EQ(plain.ready_file, std::nullopt);
  EXPECT_EQ(plain.seed, std::nullopt);
  EXPECT_EQ(plain.chaos, 0);
  EXPECT_FALSE(plain.watch || plain.strict || plain.until_met);
  EXPECT_EQ(plain.journal, std::nullopt);
  EXPECT_EQ(plain.junit, std::nullopt);
  EXPECT_EQ(plain.deadline, std::nullopt);
  EXPECT_EQ(plain.max_connections, std::nullopt);
}

TEST(Program, HelpsWithExamplesFirst) {
  for (const Args& args : {Args{"--help"}, Args{"-h"}, Args{"check", "--help"}, Args{"schema", "-h"}}) {
    const Ran ran = run_with(args);
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "");
    EXPECT_LT(ran.out.find("Examples:"), ran.out.find("Usage:"));
    for (const char* option :
         {"--script", "--host", "--port", "--ready-file", "--time-scale", "--seed", "--allow-origin", "--watch", "--chaos",
          "--strict", "--journal", "--junit", "--until-met", "--deadline", "--max-connections"}) {
      EXPECT_THAT(ran.out, HasSubstr(option));
    }
  }
  EXPECT_THAT(run_with({"--version"}).out, StartsWith("mock-agent "));
}

TEST(Program, PrintsTheSchema) {
  const Ran ran = run_with({"schema"});
  EXPECT_EQ(ran.code, 0);
  std::ifstream file{SCENARIO_SCHEMA};
  std::ostringstream published;
  published << file.rdbuf();
  EXPECT_EQ(ran.out, published.str());
  EXPECT_TRUE(nlohmann::json::accept(ran.out));
}

TEST(Program, ChecksAScenarioAndSaysAllThatIsWrong) {
  const procedura::testing::TemporaryFolder folder;
  const auto file = [&](const char* name, std::string_view text) {
    const std::string path = folder.path() / name;
    std::ofstream{path} << text;
    return path;
  };
  const std::string good =
      file("good.json",
           R"({"version": 1, "stubs": [{"name": "a", "match": {"cmd": "a"}, "reply": [{"finished": "${env:WORLD}"}]}]})");
  const std::string more = file("more.json", R"({"version": 1, "expect": [{"name": "e", "request": {"cmd": "a"}}]})");
  const std::string bad = file("bad.json", "{\"version\": 1,\n \"stubz\": [],\n \"unmatched\": \"perhaps\"}");

  EXPECT_EQ(run_with({"check", good}).out, "ok: 1 stub, 0 expectations\n");
  EXPECT_EQ(run_with({"check", good, more}).out, "ok: 1 stub, 1 expectation\n");
  for (const Args& args : {Args{"check", bad}, Args{"--script", bad}}) {
    const Ran ran = run_with(args);
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("bad.json:2:"));
    EXPECT_THAT(ran.err, HasSubstr("bad.json:3:"));
    EXPECT_THAT(ran.err, HasSubstr("the scenario cannot be used: 2 errors"));
  }
  const Ran missing = run_with({"check", "/no/such/file.json"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("/no/such/file.json: "));
}

// Exit 3: there is a message for each reason, and no ready line.
TEST(Program, SaysWhyItCannotListen) {
  const procedura::testing::TemporaryFolder folder;
  const std::string script = folder.path() / "s.json";
  std::ofstream{script} << R"({"version": 1})";
  for (const auto& [host, says] : {std::pair{"no.such.host.invalid", "is unknown"}, std::pair{"300.1.1.1", "is unknown"},
                                   std::pair{"192.0.2.1", "no address of this machine"}}) {
    const Ran ran = run_with({"--script", script, "--port", "0", "--host", host});
    EXPECT_EQ(ran.code, 3) << host;
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr(says));
  }
}

}  // namespace
}  // namespace procedura::mock
