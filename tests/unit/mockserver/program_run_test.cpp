// What the program decides about a run: its exit code, the line that repeats it, when files have changed, and its journal's
// file.
#include "exit_code.hpp"
#include "journal_file.hpp"
#include "output_file.hpp"
#include "program.hpp"
#include "repeat_line.hpp"
#include "temporary_folder.hpp"
#include "watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace procedura::mock {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string content(const std::string& path) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every combination of what can be the matter with a run that began.
TEST(ProgramExit, TheFirstOf70And2And4And5And1) {
  for (int bits = 0; bits < 128; ++bits) {
    const auto is = [bits](int bit) { return (bits & (1 << bit)) != 0; };
    Ended ended;
    ended.bug = is(0);
    ended.output_lost = is(1);
    Verdict verdict;
    verdict.strict = is(2);
    if (is(3)) verdict.broken = {"x"};
    verdict.deadline_passed = is(4);
    verdict.expectations.push_back({"e", !is(5), "", "", "default"});
    if (is(6)) verdict.failures = {"x"};
    const Exit expected = ended.bug                          ? bug
                          : ended.output_lost                ? wrong_usage
                          : is(2) && is(3)                   ? broken
                          : verdict.deadline_passed && is(5) ? deadline
                          : is(5) || is(6)                   ? failed
                                                             : passed;
    EXPECT_EQ(exit_code(ended, verdict), expected) << bits;
    if (expected == passed) {
      EXPECT_TRUE(verdict.met());
    }
  }
  EXPECT_EQ(int{bug}, 70);
  EXPECT_EQ(int{cannot_listen}, 3);
  EXPECT_EQ(int{wrong_usage}, 2);
  EXPECT_EQ(int{broken}, 4);
  EXPECT_EQ(int{deadline}, 5);
  EXPECT_EQ(int{failed}, 1);
}

TEST(ProgramRepeat, SaysEverythingThatDecidesARun) {
  Serve serve;
  serve.scripts = {"a.json"};
  EXPECT_EQ(repeat_line(serve, 42), "mock-agent --script a.json --seed 42");
  serve.scripts = {"my world.json", "it's.json", "$HOME/*", "--", ""};
  serve.chaos = 0.1;
  serve.time_scale = 0.01;
  serve.strict = true;
  serve.until_met = true;
  serve.deadline = std::chrono::milliseconds{1500};
  EXPECT_EQ(repeat_line(serve, 18446744073709551615U),
            R"(mock-agent --script 'my world.json' --script 'it'\''s.json' --script '$HOME/*' --script -- --script '' )"
            R"(--seed 18446744073709551615 --chaos 0.1 --time-scale 0.01 --strict --until-met --deadline 1500ms)");
  serve.deadline = std::chrono::minutes{2};
  EXPECT_THAT(repeat_line(serve, 0), HasSubstr("--deadline 120s"));
}

TEST(ProgramWatch, AChangeCountsOnceItHasSettled) {
  const FileLooks before{{"a", {1, 10, 100}}};
  const FileLooks writing{{"a", {1, 12, 101}}};
  const FileLooks after{{"a", {1, 20, 102}}};
  const FileLooks gone{{"a", {}}};
  Changes changes{before};
  EXPECT_FALSE(changes.settled(before));
  EXPECT_FALSE(changes.settled(before));
  EXPECT_FALSE(changes.settled(writing)) << "it may go on";
  EXPECT_FALSE(changes.settled(after));
  EXPECT_TRUE(changes.settled(after));
  EXPECT_FALSE(changes.settled(after)) << "once";
  changes.know(after);
  EXPECT_FALSE(changes.settled(after));
  EXPECT_FALSE(changes.settled(gone)) << "between an editor's removing and renaming";
  EXPECT_FALSE(changes.settled(after));
  EXPECT_FALSE(changes.settled(after));
  EXPECT_FALSE(changes.settled(gone));
  EXPECT_TRUE(changes.settled(gone)) << "it is really gone, which somebody should hear";
  // Changed again while it was read: what was loaded looked as it did before.
  changes.know(before);
  EXPECT_FALSE(changes.settled(after));
  EXPECT_TRUE(changes.settled(after));
}

TEST(ProgramWatch, SeesWhatEditorsDo) {
  const procedura::testing::TemporaryFolder folder;
  const std::string path = folder.path() / "s.json";
  const auto look = [&] { return look_at({path}).at(path); };
  EXPECT_EQ(look(), FileLook{});
  std::ofstream{path} << "one";
  const auto first = look();
  EXPECT_NE(first, FileLook{});
  EXPECT_EQ(look(), first);
  std::ofstream{path} << "three";
  EXPECT_NE(look(), first) << "written anew";
  const auto second = look();
  std::ofstream{path + ".new"} << "three";
  std::filesystem::rename(path + ".new", path);
  EXPECT_NE(look(), second) << "another in its place";
}

TEST(ProgramOutput, AGrowingFileHasNoHalfLines) {
  const procedura::testing::TemporaryFolder folder;
  const std::string path = folder.path() / "j";
  GrowingFile file;
  EXPECT_FALSE(file.open(folder.path() / "no" / "such"));
  ASSERT_TRUE(file.open(path));
  EXPECT_TRUE(file.append("a\n"));
  EXPECT_TRUE(file.append(""));
  EXPECT_TRUE(file.append("b\n"));
  EXPECT_TRUE(file.close());
  EXPECT_EQ(content(path), "a\nb\n");

  GrowingFile full;
  ASSERT_TRUE(full.open("/dev/full"));
  errno = 0;
  EXPECT_FALSE(full.append("a\n"));
  EXPECT_EQ(errno, ENOSPC);
}

TEST(ProgramOutput, MakesPlaceForAFile) {
  const procedura::testing::TemporaryFolder folder;
  const std::string path = folder.path() / "r.xml";
  std::ofstream{path} << "of an earlier run";
  EXPECT_TRUE(make_place(path));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_FALSE(make_place(folder.path()));
  EXPECT_TRUE(std::filesystem::exists(folder.path()));
  EXPECT_FALSE(make_place(folder.path() / "no" / "such"));
}

// /dev/stdout is a link, /dev/full a device, and a pipe has somebody waiting at its other end.
TEST(ProgramFiles, WhatIsNoRegularFileIsWrittenIntoAndStays) {
  const testing::TemporaryFolder folder;
  const std::string pipe = folder.path() / "pipe";
  const std::string link = folder.path() / "link";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_symlink("pipe", link);
  const int reader = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  for (const auto& path : {pipe, link}) {
    EXPECT_TRUE(make_place(path));
    remove_earlier(path);
    EXPECT_TRUE(write_atomically(path, "ready"));
    std::array<char, 8> read{};
    ASSERT_EQ(::read(reader, read.data(), read.size()), 5) << path;
    EXPECT_EQ(std::string_view(read.data(), 5), "ready");
  }
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  const std::string earlier = folder.path() / "earlier";
  std::ofstream{earlier} << "of an earlier run";
  remove_earlier(earlier);
  EXPECT_FALSE(std::filesystem::exists(earlier));
}

class ProgramJournal : public ::testing::Test {
 protected:
  std::vector<json> lines() const {
    std::vector<json> lines;
    std::istringstream text{content(path)};
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
  void note(const std::string& text) { journal.record(now, JournalEntry::Direction::note, 0, text); }

  procedura::testing::TemporaryFolder folder;
  std::string path = folder.path() / "j.ndjson";
  protocol::TimePoint now{std::chrono::hours{1}};
  engine::Journal journal{now, {8, 1000}};
  protocol::Redactor secrets;
  GrowingFile file;
};

TEST_F(ProgramJournal, HasEveryEventInOrderAndAnEnd) {
  secrets.add("hunter22");
  ASSERT_TRUE(file.open(path));
  JournalFile sink{file};
  for (int i = 0; i < 100; ++i) {  // far more than the ring has room for
    note("event " + std::to_string(i) + " hunter22");
    sink.take(journal, secrets, now);
  }
  EXPECT_TRUE(sink.finish(journal, secrets));
  EXPECT_EQ(sink.new_problem(), "");
  const auto written = lines();
  ASSERT_THAT(written, SizeIs(101));
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(written[i]["seq"], i + 1);
    EXPECT_EQ(written[i]["text"], "event " + std::to_string(i) + " <redacted>");
  }
  EXPECT_EQ(written[100]["event"], "end");
  EXPECT_EQ(written[100]["recorded"], 100);
  EXPECT_EQ(written[100]["dropped"], 0);
}

TEST_F(ProgramJournal, HasALineWhereEventsAreMissing) {
  ASSERT_TRUE(file.open(path));
  JournalFile sink{file};
  note("1");
  sink.take(journal, secrets, now);
  for (int i = 2; i <= 20; ++i) note(std::to_string(i));  // nobody takes them in time
  EXPECT_TRUE(sink.finish(journal, secrets));
  const auto written = lines();
  ASSERT_THAT(written, SizeIs(11));
  EXPECT_EQ(written[0]["seq"], 1);
  EXPECT_EQ(written[1], (json{{"event", "dropped"}, {"first", 2}, {"count", 11}}));
  EXPECT_EQ(written[2]["seq"], 13);
  EXPECT_EQ(written[10]["dropped"], 11);
}

TEST_F(ProgramJournal, TakesNowAndThenUnlessItIsPressed) {
  ASSERT_TRUE(file.open(path));
  JournalFile sink{file};
  note("1");
  sink.take(journal, secrets, now);
  note("2");
  sink.take(journal, secrets, now);  // too soon
  now += std::chrono::milliseconds{300};
  journal.record_sent(now, 1, "{}", {}, now, false);
  sink.take(journal, secrets, now);  // 2, but not the frame that has not left
  now += std::chrono::milliseconds{300};
  journal.left(3, now);
  sink.take(journal, secrets, now);
  EXPECT_TRUE(sink.finish(journal, secrets));
  const auto written = lines();
  ASSERT_THAT(written, SizeIs(4));
  EXPECT_TRUE(written[2].contains("sent_ns")) << "it was waited for";
}

TEST_F(ProgramJournal, ADiskThatIsFullIsToldOnce) {
  ASSERT_TRUE(file.open("/dev/full"));
  JournalFile sink{file};
  note("1");
  sink.take(journal, secrets, now);
  EXPECT_FALSE(sink.finish(journal, secrets));
  EXPECT_THAT(sink.new_problem(), HasSubstr("No space left"));
  EXPECT_EQ(sink.new_problem(), "");
}

TEST(ProgramRun, WhatCannotBeWrittenIsSaidBeforeItListens) {
  const procedura::testing::TemporaryFolder folder;
  const std::string script = folder.path() / "s.json";
  std::ofstream{script} << R"({"version": 1})";
  const std::string nowhere = folder.path() / "no" / "such";
  for (const auto& [option, says] :
       {std::pair{"--journal", "cannot write the journal "}, std::pair{"--junit", "cannot write the JUnit report "}}) {
    for (const std::string& path : {nowhere, folder.path().string()}) {
      std::ostringstream out;
      std::ostringstream err;
      EXPECT_EQ(run({"--script", script, "--port", "0", option, path}, {}, out, err), 2);
      EXPECT_EQ(out.str(), "");
      EXPECT_THAT(err.str(), HasSubstr(says + path));
    }
  }
}

TEST(ProgramRun, EndsAtItsDeadlineAndReports) {
  const procedura::testing::TemporaryFolder folder;
  const std::string script = folder.path() / "s.json";
  const std::string report = folder.path() / "r.xml";
  const std::string journal = folder.path() / "j.ndjson";
  std::ofstream{script} << R"({"version": 1, "seed": 77, "expect": [{"name": "e", "request": {"cmd": "a"}}]})";
  std::ostringstream out;
  std::ostringstream err;
  const int code = run(
      {"--script", script, "--port", "0", "--deadline", "10ms", "--junit", report, "--journal", journal},
      [](std::string_view) { return std::nullopt; }, out, err);
  EXPECT_EQ(code, 5);
  EXPECT_THAT(err.str(), HasSubstr("the deadline passed: FAILED"));
  EXPECT_THAT(err.str(), HasSubstr("\nrepeat: mock-agent --script " + script + " --seed 77 --deadline 10ms\n"));
  EXPECT_THAT(content(report), HasSubstr("done by the deadline"));
  EXPECT_THAT(content(journal), HasSubstr(R"({"event":"end","recorded":0,)"));
}

// A stream that takes nothing, as stdout on a full disk.
TEST(ProgramRun, WhatIsPrintedNowhereIsNoSuccess) {
  for (const std::vector<std::string>& args : {std::vector<std::string>{"schema"}, {"--help"}, {"--version"}}) {
    std::ofstream full{"/dev/full"};
    std::ostringstream err;
    EXPECT_EQ(run(args, {}, full, err), 2);
    EXPECT_THAT(err.str(), HasSubstr("cannot write to stdout"));
  }
}

}  // namespace
}  // namespace procedura::mock
