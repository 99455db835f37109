#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  std::optional<std::string> read_hidden_line() override {
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
  std::map<std::string, std::string> contents;
  std::vector<std::string> asked;
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

}  // namespace
}  // namespace procedura::cli
