// What all commands of the program have in common, and the files that they write. No agent, no socket.
#include "program/command.hpp"
#include "program/output_files.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace procedura::bench {
namespace {

namespace fs = std::filesystem;
using ::procedura::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

Said said(const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  Process process{[](const std::string&) { return std::optional<std::string>{}; }, out, err};
  const int code = run(words, process);
  return {code, out.str(), err.str()};
}

TEST(BenchProgram, HelpBeginsWithExamples) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"}, {"-h"}, {"help"}}) {
    const Said it = said(words);
    EXPECT_EQ(it.code, 0);
    EXPECT_THAT(it.out, StartsWith("Examples:\n"));
    EXPECT_EQ(it.err, "");
    for (const Command& command : commands()) {
      EXPECT_THAT(it.out, HasSubstr("\n  " + std::string{command.name} + " ")) << "is listed";
    }
  }
}

TEST(BenchProgram, EachCommandHasHelpWhereverItIsAskedFor) {
  for (const Command& command : commands()) {
    const std::string name{command.name};
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{name, "--help"}, {name, "--bad", "-h"}, {"help", name}}) {
      const Said it = said(words);
      EXPECT_EQ(it.code, 0);
      EXPECT_THAT(it.out, StartsWith("Examples:\n  procedura-bench " + name));
      EXPECT_THAT(it.out, HasSubstr("\nUsage: procedura-bench " + name));
    }
    EXPECT_EQ(said({name, "--", "--help"}).code, 2) << "what is behind -- is a module's";
  }
}

TEST(BenchProgram, SaysItsVersion) {
  EXPECT_THAT(said({"--version"}).out, StartsWith("procedura-bench "));
}

TEST(BenchProgram, RefusesOtherWords) {
  EXPECT_THAT(said({}).err, HasSubstr("what to do? 'procedura-bench run --help'"));
  const Said it = said({"walk\x1b"});
  EXPECT_EQ(it.code, 2);
  EXPECT_THAT(it.err, StartsWith("procedura-bench: unknown command 'walk\\x1b'; there is 'run'"));
}

// --- files ------------------------------------------------------------------------------------------------------------------

std::string content(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream{path} << text;
}

std::string refusal(const std::vector<NamedFile>& written, const std::vector<NamedFile>& read = {}) {
  try {
    check_outputs(written, read);
  } catch (const Refused& refused) {
    EXPECT_EQ(refused.exit_code, 2);
    return refused.message;
  }
  return "none";
}

class OutputFiles : public ::testing::Test {
 protected:
  std::string in(const std::string& name) const { return (folder_.path() / name).string(); }
  std::vector<std::string> all() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder_.path()}) names.push_back(entry.path().filename().string());
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(OutputFiles, AreFineWhereTheyAreOneEach) {
  put(in("old"), "kept");
  EXPECT_EQ(refusal({{"--out", in("new")}, {"--html", in("old")}, {"--hdr", "/dev/null"}, {"--jobs", "/dev/null"}}), "none");
  EXPECT_EQ(content(in("old")), "kept");
  EXPECT_THAT(all(), ElementsAre("old")) << "looking leaves nothing behind";
}

TEST_F(OutputFiles, AreNotThoseOfAnotherOption) {
  put(in("old"), "");
  fs::create_symlink(in("old"), in("link"));
  fs::create_hard_link(in("old"), in("other-name"));
  fs::create_symlink("new", in("link-to-new"));
  for (const auto& [one, other] :
       {std::pair{"old", "old"}, {"old", "link"}, {"link", "other-name"}, {"new", "./new"}, {"new", "link-to-new"}}) {
    EXPECT_THAT(refusal({{"--out", in(one)}, {"--html", in(other)}}), HasSubstr("is the file of --out too")) << one << other;
    EXPECT_THAT(refusal({{"--out", in(one)}}, {{"--token-file", in(other)}}),
                HasSubstr("would overwrite what --token-file reads"));
  }
}

TEST_F(OutputFiles, ThatCannotBeWrittenAreFoundBeforehand) {
  EXPECT_THAT(refusal({{"--out", "/no/such/folder/run.json"}}), StartsWith("--out: cannot write /no/such/folder/run.json: "));
  EXPECT_THAT(refusal({{"--html", folder_.path().string()}}), HasSubstr("--html: cannot write"));
  EXPECT_EQ(refusal({{"--hdr", ""}}), "--hdr: the name of a file is needed");
  EXPECT_THAT(refusal({{"--out", "/no/\x1b[2J"}}), HasSubstr("\\x1b"));
  EXPECT_THAT(refusal({{"--out", in(std::string(300, 'a'))}}), HasSubstr("File name too long"));
}

TEST_F(OutputFiles, AreReplacedWhole) {
  put(in("old"), "a text that is longer than the new one");
  fs::permissions(in("old"), fs::perms{0640});
  fs::create_symlink("old", in("link"));
  write_file(in("link"), "new");
  EXPECT_EQ(content(in("old")), "new");
  EXPECT_TRUE(fs::is_symlink(in("link")));
  EXPECT_EQ(fs::status(in("old")).permissions(), fs::perms{0640});
  write_file(in("another"), "first");
  EXPECT_EQ(content(in("another")), "first");
  EXPECT_EQ(all().size(), 3U) << "no part is left";
}

TEST_F(OutputFiles, AreWrittenIntoDevicesAndPipesAsTheyAre) {
  ASSERT_EQ(::mkfifo(in("pipe").c_str(), 0600), 0);
  std::fstream reader{in("pipe"), std::ios::in | std::ios::out};
  write_file(in("pipe"), "through\n");
  std::string line;
  std::getline(reader, line);
  EXPECT_EQ(line, "through");
  EXPECT_TRUE(fs::is_fifo(in("pipe")));
  write_file("/dev/null", "nothing");
}

TEST_F(OutputFiles, ThatCannotBeWrittenAfterAllAreSaid) {
  try {
    write_file(in("gone/run.json"), "text");
    FAIL();
  } catch (const Refused& refused) {
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.message, StartsWith("cannot write " + in("gone/run.json")));
  }
}

}  // namespace
}  // namespace procedura::bench
