#include "program.hpp"

#include <procedura/protocol/json_text.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace procedura::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct FakeOutput : Output {
  bool write(std::string_view more) override {
    if (broken) return false;
    text += more;
    return true;
  }
  std::string trouble() const override { return "it is broken"; }
  bool broken = false;
  std::string text;
};

struct FakeInput : Input {
  std::optional<std::string> read_line() override { return line; }
  std::optional<std::string> read_hidden_line(const std::function<void()>& ask) override {
    ask();
    ++hidden_reads;
    return line;
  }
  bool is_terminal() const override { return terminal; }
  std::optional<std::string> line;
  bool terminal = false;
  int hidden_reads = 0;
};

struct FakeFiles : Files {
  std::optional<std::string> read(const std::string& path) override {
    asked.push_back(path);
    const auto found = contents.find(path);
    return found == contents.end() ? std::nullopt : std::optional{found->second};
  }
  Result<void> edit(const std::string& path,
                    const std::function<std::string(const std::optional<std::string>&)>& change) override {
    if (broken) return Failure::of(errc::token_store, "cannot write " + path);
    contents[path] = change(read(path));
    return {};
  }
  std::map<std::string, std::string> contents;
  std::vector<std::string> asked;
  bool broken = false;
};

/// A process without an agent: what is tested here ends before a connection.
struct ProgramTest : testing::Test {
  int run(const std::vector<std::string>& words) {
    Process process{[this](std::string_view name) -> std::optional<std::string> {
                      const auto found = variables.find(name);
                      return found == variables.end() ? std::nullopt : std::optional{found->second};
                    },
                    in, out, err, files};
    return cli::run(words, process);
  }

  std::map<std::string, std::string, std::less<>> variables;
  FakeInput in;
  FakeOutput out;
  FakeOutput err;
  FakeFiles files;
};

TEST_F(ProgramTest, VersionAndHelpGoToStdout) {
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_THAT(out.text, StartsWith("procedura "));
  EXPECT_EQ(run({"help", "exit-codes"}), 0);
  EXPECT_THAT(out.text, HasSubstr("Exit codes"));
  EXPECT_THAT(err.text, IsEmpty());
}

TEST_F(ProgramTest, HelpOnACommandIsThatCommands) {
  EXPECT_EQ(run({"stream", "m", "--help"}), 0);
  EXPECT_THAT(out.text, StartsWith("Run a long module"));
}

TEST_F(ProgramTest, OutputThatCannotBeWrittenIsAFailure) {
  out.broken = true;
  EXPECT_EQ(run({"--version"}), 1);
  EXPECT_EQ(err.text, "procedura: cannot write to stdout: it is broken\n");
}

TEST_F(ProgramTest, AWrongLineIsOneLineOnStderr) {
  EXPECT_EQ(run({"run"}), 2);
  EXPECT_THAT(out.text, IsEmpty());
  EXPECT_EQ(err.text, "procedura: no module: procedura run MODULE [--] [module arguments]\n");
}

TEST_F(ProgramTest, TheConfigFileLiesWhereXdgSays) {
  variables = {{"HOME", "/home/me"}};
  run({"--output", "xml", "run", "m"});
  variables = {{"HOME", "/home/me"}, {"XDG_CONFIG_HOME", "/etc/xdg"}};
  run({"--output", "xml", "run", "m"});
  EXPECT_THAT(files.asked, testing::ElementsAre("/home/me/.config/procedura/config.json", "/etc/xdg/procedura/config.json"));
}

TEST_F(ProgramTest, AProfileThatWasAskedForMustBeThere) {
  variables = {{"HOME", "/h"}};
  EXPECT_EQ(run({"--profile", "ci", "run", "m"}), 2);
  EXPECT_THAT(err.text, HasSubstr("--profile: there is no profile 'ci' in /h/.config/procedura/config.json"));
  files.contents["/h/.config/procedura/config.json"] = R"({"profiles": {"ci": {"output": "xml"}}})";
  err.text.clear();
  EXPECT_EQ(run({"--profile", "ci", "run", "m"}), 2);
  EXPECT_THAT(err.text, HasSubstr("output in profile 'ci' (/h/.config/procedura/config.json): 'xml' is not"));
  variables.clear();
  err.text.clear();
  EXPECT_EQ(run({"--profile", "ci", "run", "m"}), 2);
  EXPECT_THAT(err.text, HasSubstr("set HOME or XDG_CONFIG_HOME"));
}

TEST_F(ProgramTest, ACredentialIsAskedForAtATerminalOnly) {
  EXPECT_EQ(run({"login"}), 2);
  EXPECT_THAT(err.text, HasSubstr("no credential: give one"));
  EXPECT_EQ(in.hidden_reads, 0);

  in.terminal = true;
  in.line = "no colon and no base64!";
  EXPECT_EQ(run({"login"}), 2);
  EXPECT_EQ(in.hidden_reads, 1);
  EXPECT_THAT(err.text, Not(HasSubstr("no base64!"))) << "a credential is not repeated, not even a wrong one";
}

TEST_F(ProgramTest, AnInterruptedPromptEndsTheProgram) {
  in.terminal = true;
  EXPECT_EQ(run({"login"}), 130);
}

TEST_F(ProgramTest, AMalformedCredentialIsRefusedWithoutRepeatingIt) {
  for (const char* wrong : {"nonsense!", ":password", "b64:%%%", "aGVsbG8="}) {
    err.text.clear();
    EXPECT_EQ(run({"login", wrong}), 2) << wrong;
    EXPECT_THAT(err.text, HasSubstr("neither EMAIL:PASSWORD nor the base64"));
    EXPECT_THAT(err.text, Not(HasSubstr(wrong)));
  }
}

TEST_F(ProgramTest, LogoutNeedsToKnowWhere) {
  EXPECT_EQ(run({"logout"}), 2);
  EXPECT_THAT(err.text, HasSubstr("set HOME or PROCEDURA_TOKEN_FILE"));
}

TEST_F(ProgramTest, VerboseSaysWhereEachSettingComesFromAndNoSecret) {
  variables = {{"PROCEDURA_TOKEN", "s3cret-token"}, {"PROCEDURA_URL", "ws://h:1/?token=s3cret-token"}};
  EXPECT_EQ(run({"-v", "login", "broken!"}), 2);
  EXPECT_THAT(err.text, HasSubstr("token = <redacted> (PROCEDURA_TOKEN)"));
  EXPECT_THAT(err.text, HasSubstr("ttl = 3600 (default)"));
  EXPECT_THAT(err.text, HasSubstr("warning: a token in the URL grants nothing"));
  EXPECT_THAT(err.text, Not(HasSubstr("s3cret")));
}

// --- config ------------------------------------------------------------------------------------------------------------------

struct ConfigTest : ProgramTest {
  ConfigTest() { variables = {{"HOME", "/h"}}; }
  std::string& file() { return files.contents["/h/.config/procedura/config.json"]; }
  /// What it prints; its exit code has to be `code`.
  std::string printed(const std::vector<std::string>& words, int code = 0) {
    out.text.clear();
    err.text.clear();
    EXPECT_EQ(run(words), code) << err.text;
    return out.text;
  }
};

TEST_F(ConfigTest, PathNeedsNoFileAndMindsNone) {
  EXPECT_EQ(printed({"config", "path"}), "/h/.config/procedura/config.json\n");
  file() = "{";
  EXPECT_EQ(printed({"config", "path"}), "/h/.config/procedura/config.json\n");
  variables.clear();
  printed({"config", "path"}, 2);
  EXPECT_THAT(err.text, HasSubstr("set HOME or XDG_CONFIG_HOME"));
}

TEST_F(ConfigTest, ShowsEachValueWithItsOrigin) {
  file() =
      R"({"profiles": {"ci": {"wait": 30, "pin": ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="]}}})";
  variables["PROCEDURA_OUTPUT"] = "pretty";
  variables["PROCEDURA_TOKEN"] = "s3cret-token";
  variables["PROCEDURA_PROXY"] = "http://me:s3cret@proxy:3128";
  std::string table = printed({"--profile", "ci", "--url", "ws://h:1", "config", "show"});
  EXPECT_THAT(table, StartsWith("SETTING  "));
  table.erase(std::unique(table.begin(), table.end(), [](char a, char b) { return a == ' ' && b == ' '; }), table.end());
  for (const char* row :
       {"\nurl ws://h:1 --url\n", "\ntoken <redacted> PROCEDURA_TOKEN\n", "\nprofile ci --profile\n",
        "\nwait 30 profile 'ci'\n",
        "\npin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA= profile "
        "'ci'\n",
        "\nconnect-timeout 5 default\n", "\ntoken-file -\n", "@proxy:3128 PROCEDURA_PROXY\n"})
    EXPECT_THAT(table, HasSubstr(row));
  EXPECT_THAT(table, Not(HasSubstr("s3cret")));
  EXPECT_THAT(table, Not(HasSubstr("verbose"))) << "a flag is no setting";
}

TEST_F(ConfigTest, ShowsJsonWhenAsked) {
  file() = R"({"profiles": {"default": {"wait": 30}}})";
  const auto json = nlohmann::json::parse(printed({"--output", "json", "config", "show"}));
  EXPECT_EQ(json["wait"], nlohmann::json::parse(R"({"value": "30", "origin": "profile", "from": "profile 'default'"})"));
  EXPECT_EQ(json["output"]["from"], "--output");
  EXPECT_EQ(json["token"], nlohmann::json::parse(R"({"value": null, "origin": null, "from": null})"));
  EXPECT_THAT(printed({"--output", "ndjson", "config", "show"}),
              HasSubstr("{\"name\":\"ttl\",\"value\":\"3600\",\"origin\":\"default\",\"from\":\"default\"}\n"));
}

TEST_F(ConfigTest, ShowsAWrongValueToo) {
  variables["PROCEDURA_URL"] = "nowhere";
  EXPECT_THAT(printed({"config", "show"}, 2), HasSubstr("nowhere"));
  EXPECT_THAT(err.text, StartsWith("procedura: PROCEDURA_URL: "));
  variables = {{"HOME", "/h"}, {"PROCEDURA_TTL", "x"}};
  EXPECT_THAT(printed({"config", "show"}, 2), HasSubstr("PROCEDURA_TTL")) << "of whichever command it is";
}

TEST_F(ConfigTest, GetsOneValue) {
  file() = R"({"profiles": {"default": {"ack_timeout": 2.50}}})";
  EXPECT_EQ(printed({"config", "get", "ack_timeout"}), "2.50\n");
  EXPECT_EQ(printed({"config", "get", "ack-timeout"}), "2.50\n");
  EXPECT_EQ(printed({"config", "get", "url"}), "ws://127.0.0.1:8765\n");
  EXPECT_EQ(printed({"--output", "json", "config", "get", "ttl"}),
            "{\"name\":\"ttl\",\"value\":\"3600\",\"origin\":\"default\",\"from\":\"default\"}\n");
  EXPECT_EQ(printed({"config", "get", "ca"}, 1), "");
  EXPECT_THAT(err.text, HasSubstr("ca is not set, and has no default"));
  printed({"config", "get", "ulr"}, 2);
  EXPECT_THAT(err.text, HasSubstr("there is no setting 'ulr'; did you mean 'url'?"));
  printed({"config", "get", "verbose"}, 2);
  EXPECT_THAT(err.text, HasSubstr("--verbose belongs on a command line"));
  printed({"config", "get"}, 2);
  EXPECT_THAT(err.text, HasSubstr("config get needs more: procedura config get NAME"));
}

TEST_F(ConfigTest, SetsAValueInAFileThatIsNotThereYet) {
  printed({"config", "set", "ack-timeout", "30"});
  EXPECT_EQ(file(), "{\n  \"profiles\": {\n    \"default\": {\n      \"ack_timeout\": 30\n    }\n  }\n}\n");
  EXPECT_EQ(err.text, "procedura: ack-timeout = 30 in profile 'default' (/h/.config/procedura/config.json)\n");
  EXPECT_EQ(printed({"config", "get", "ack-timeout"}), "30\n");
}

// What stands in the file but for the one value stays, to the digit.
TEST_F(ConfigTest, KeepsWhatItDoesNotKnow) {
  file() =
      R"({"$schema": "x", "profiles": {"old": {"gone": 1e400, "wait": 1}, "ci": {"b": [1.0, 12345678901234567890]}}, "z": {}})";
  printed({"--profile", "ci", "config", "set", "pin",
           "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="});
  printed({"--profile", "ci", "config", "set", "compress", "1"});
  printed({"--profile", "old", "config", "set", "wait", "2"});
  printed({"--profile", "new \"one\"", "config", "set", "tls-min", "1.3"});
  std::string compact;
  protocol::append_compact(compact, file());
  EXPECT_EQ(
      compact,
      R"({"$schema":"x","profiles":{"old":{"gone":1e400,"wait":2},"ci":{"b":[1.0,12345678901234567890],)"
      R"("pin":["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="],"compress":true},"new \"one\"":{"tls_min":"1.3"}},"z":{}})");
}

TEST_F(ConfigTest, KeepsTheSpellingOfAKey) {
  file() = R"({"profiles": {"default": {"ack-timeout": 1}}})";
  printed({"config", "set", "ack_timeout", "2"});
  EXPECT_THAT(file(), HasSubstr(R"("ack-timeout": 2)"));
  printed({"config", "unset", "ack_timeout"});
  EXPECT_THAT(file(), Not(HasSubstr("ack")));
  EXPECT_THAT(file(), HasSubstr(R"("default": {})"));
}

TEST_F(ConfigTest, RefusesWhatAFlagWouldRefuse) {
  const std::vector<std::tuple<const char*, const char*, std::string>> wrong{
      {"output", "xml", "output in profile 'default' (/h/.config/procedura/config.json): 'xml' is not pretty, json or ndjson"},
      {"url", "http://h", "url in profile 'default'"},
      {"wait", "soon", "'soon' is not a number of seconds"},
      {"ttl", "0", "is not a whole number of seconds from 1 to 31536000"},
      {"compress", "maybe", "'maybe' is not true or false"},
      {"idle-timeout", "0", "is not a number of seconds above 0"},
      {"server-name", "a b", "is not the name of a host"},
      {"key", "k", "a key without its certificate"},
      {"pin", "a,", "an empty item between commas"},
      {"url", "", "an empty value; to take it out: procedura config unset url"},
      {"token", "s3cret", "a token does not belong in a config file"},
      {"proxy", "http://me:s3cret@h", "there is a secret in this proxy"},
      {"profile", "x", "profile cannot be set in a profile: use --profile or PROCEDURA_PROFILE"},
      {"insecure", "true", "--insecure belongs on a command line"},
      {"ulr", "ws://h", "did you mean 'url'?"}};
  for (const auto& [name, value, says] : wrong) {
    printed({"config", "set", name, value}, 2);
    EXPECT_THAT(err.text, HasSubstr(says));
    EXPECT_THAT(err.text, Not(HasSubstr("s3cret")));
    EXPECT_THAT(files.contents, testing::Not(testing::Contains(testing::Key("/h/.config/procedura/config.json")))) << name;
  }
  printed({"config", "set", "url"}, 2);
  EXPECT_THAT(err.text, HasSubstr("config set needs more: procedura config set NAME VALUE"));
}

TEST_F(ConfigTest, AKeyMayFollowItsCertificate) {
  printed({"config", "set", "cert", "c.pem"});
  printed({"config", "set", "key", "k.pem"});
  EXPECT_THAT(file(), HasSubstr("k.pem"));
}

TEST_F(ConfigTest, MendsOneWrongValueBesideAnother) {
  file() = R"({"profiles": {"default": {"output": "xml", "wait": "soon"}}})";
  printed({"config", "set", "output", "json"});
  printed({"config", "unset", "wait"});
  EXPECT_EQ(printed({"config", "get", "url"}, 0),
            "{\"name\":\"url\",\"value\":\"ws://127.0.0.1:8765\",\"origin\":\"default\","
            "\"from\":\"default\"}\n");
}

TEST_F(ConfigTest, LeavesABrokenFileAloneAndSaysWhere) {
  for (const auto& [broken, where] : {std::pair{"{\n  \"profiles\": {\"\xc3\xa4\": oops}}", ":2:21: "},
                                      {"", ":1:1: "},
                                      {"[]", ":1:3: "},
                                      {"{\"profiles\": 3}", ":1:14: 'profiles' is not an object"},
                                      {"{\"profiles\": {\"default\": []}}", ":1:26: a profile is not an object"}}) {
    file() = broken;
    printed({"config", "set", "url", "ws://h"}, 2);
    EXPECT_THAT(err.text, HasSubstr(std::string{"/h/.config/procedura/config.json"} + where));
    EXPECT_EQ(file(), broken);
  }
}

TEST_F(ConfigTest, SaysWhenItCannotWrite) {
  files.broken = true;
  printed({"config", "set", "url", "ws://h"}, 1);
  EXPECT_EQ(err.text, "procedura: cannot write /h/.config/procedura/config.json\n");
  out.broken = true;
  printed({"config", "show"}, 1);
  EXPECT_THAT(err.text, HasSubstr("cannot write to stdout"));
}

}  // namespace
}  // namespace procedura::cli
