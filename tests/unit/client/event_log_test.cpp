// The event log: what a record says and does not say, and a file that is whole whatever happens to its writers.

#include "json_schema.hpp"
#include "log_tail.hpp"
#include "private_file.hpp"
#include "request_recorder.hpp"
#include "temporary_folder.hpp"

#include <procedura/event_log.hpp>
#include <procedura/protocol/reply.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace procedura {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using detail::Mending;
using detail::RequestStory;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Event event_of(const std::string& text) {
  return Event{protocol::decode_reply(text).reply};
}

Failure refusal(const std::string& frame) {
  protocol::Outcome outcome;
  outcome.code = errc::agent_error;
  outcome.reply = protocol::decode_reply(frame).reply;
  outcome.job_id = outcome.reply.job_id;
  return Failure::from(std::move(outcome));
}

RequestRecord begun() {
  RequestRecord record{std::chrono::system_clock::time_point{1769860800123ms}};
  record.module = "echo";
  record.origin = "ws://127.0.0.1:8765";
  return record;
}

constexpr protocol::TimePoint t0{};
const protocol::Redactor no_secrets;

// --- what a record says ---------------------------------------------------------------------------------------------------

TEST(RequestStoryTest, ARunFromItsSubmissionToItsEnd) {
  RequestStory story{begun(), {"--n", "4"}, t0};
  story.sent("0000000a", 77);
  story.frame(t0 + 3ms, 30);
  story.frame(t0 + 5ms, 40);
  const std::string finished = R"({"id":"0000000a","status":"finished","result":1})";
  const RequestRecord record = story.finished(t0 + 9ms, RunResult{event_of(finished), "job-1"}, no_secrets);
  EXPECT_EQ(record.id, "0000000a");
  EXPECT_EQ(record.job_id, "job-1");
  EXPECT_EQ(record.args, 2U);
  EXPECT_EQ(record.request_bytes, 77U);
  EXPECT_EQ(record.response_bytes, 70 + finished.size());
  EXPECT_EQ(record.frames, 3U);
  EXPECT_EQ(record.ack, 3ms);
  EXPECT_EQ(record.end, 9ms);
  EXPECT_EQ(record.code, errc::ok);
}

TEST(RequestStoryTest, TheLastFrameMayBeTheFirst) {
  RequestStory story{begun(), {}, t0};
  const RequestRecord record = story.finished(t0 + 2ms, RunResult{event_of(R"({"status":"finished","result":1})")}, no_secrets);
  EXPECT_EQ(record.ack, 2ms);
  EXPECT_EQ(record.frames, 1U);
}

TEST(RequestStoryTest, AnErrorOfOurOwnIsNoFrame) {
  RequestStory story{begun(), {}, t0};
  story.sent("0000000a", 77);
  const RequestRecord record = story.finished(t0 + 10s, Failure::of(errc::ack_timeout, "no answer"), no_secrets);
  EXPECT_EQ(record.frames, 0U);
  EXPECT_EQ(record.response_bytes, 0U);
  EXPECT_FALSE(record.ack);
  EXPECT_EQ(record.error_code, "ACK_TIMEOUT");
  EXPECT_EQ(record.error_message, "no answer");
}

TEST(RequestStoryTest, NeitherSecretsNorArgumentsThatAnAgentRepeats) {
  protocol::Redactor secrets;
  secrets.add("tok-4711");
  RequestStory story{begun(), {"--password=hunter22", "--dry-run", "Bermuda", "no"}, t0};
  const RequestRecord record = story.finished(
      t0,
      refusal(
          R"({"status":"error","job_id":"tok-4711","code":"tok-4711","message":"no --dry-run in Bermuda with hunter22 of tok-4711"})"),
      secrets);
  EXPECT_EQ(record.job_id, "<redacted>");
  EXPECT_EQ(record.error_code, "<redacted>");
  EXPECT_EQ(record.error_message, "no --dry-run in <redacted> with <redacted> of <redacted>")
      << "the name of an option is no secret, and a word of two letters is found everywhere";
}

// --- as a line ------------------------------------------------------------------------------------------------------------

TEST(ToNdjson, IsOneLineWithEveryMember) {
  RequestRecord record = begun();
  record.id = "d33308ee";
  record.ack = 412us;
  record.end = 1'233'400us + 999ns;
  record.args = 2;
  record.request_bytes = 120;
  record.response_bytes = 234;
  record.frames = 2;
  EXPECT_EQ(to_ndjson(record),
            R"({"at":"2026-01-31T12:00:00.123Z","id":"d33308ee","job_id":null,"origin":"ws://127.0.0.1:8765","module":"echo",)"
            R"("mode":"sync","args":2,"status":"finished","ack_ms":0.412,"final_ms":1233.400,"request_bytes":120,)"
            R"("response_bytes":234,"frames":2,"error":null})"
            "\n");
}

TEST(ToNdjson, TellsWhoFailed) {
  RequestRecord record = begun();
  record.code = errc::agent_error;
  record.error_code = "BUSY";
  record.error_message = "later";
  EXPECT_THAT(to_ndjson(record), EndsWith(",\"error\":{\"by\":\"agent\",\"code\":\"BUSY\",\"message\":\"later\"}}\n"));
  record.code = errc::deadline;
  EXPECT_THAT(to_ndjson(record),
              AllOf(HasSubstr(R"("id":null)"), HasSubstr(R"("ack_ms":null)"), HasSubstr(R"("by":"client")")));
}

std::vector<RequestRecord> hostile_records() {
  std::vector<RequestRecord> records;
  for (const std::string& text :
       {std::string{"line\nbreak \"quoted\" \x1b[2J"}, std::string{"\xff\xfe no UTF-8"}, std::string(100'000, '"'),
        std::string(100'000, '\x01'), std::string{"\xe2\x80\xae right to left"}, std::string(1, '\0')}) {
    RequestRecord record = begun();
    record.at -= std::chrono::hours{24 * 365 * 70};
    record.id = record.module = record.origin = record.error_code = record.error_message = text;
    record.job_id = text;
    record.code = errc::agent_error;
    record.mode = protocol::Mode::async;
    records.push_back(record);
  }
  return records;
}

TEST(ToNdjson, WhateverTheTextsAreItIsOneShortLineOfTheSchema) {
  std::ifstream file{EVENT_SCHEMA};
  const testing::JsonSchema schema{json::parse(file)};
  auto records = hostile_records();
  records.push_back(begun());
  for (const RequestRecord& record : records) {
    const std::string line = to_ndjson(record);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_LT(line.size(), detail::longest_record);
    EXPECT_THAT(line, StartsWith(std::string{detail::record_start}));
    EXPECT_THAT(line, Not(HasSubstr("\x1b")));
    EXPECT_EQ(schema.problems(json::parse(line)), "") << line.substr(0, 300);
  }
  json wrong = json::parse(to_ndjson(begun()));
  wrong["status"] = "error";
  EXPECT_NE(schema.problems(wrong), "") << "an error without one";
}

// --- the file -------------------------------------------------------------------------------------------------------------

TEST(MendingOf, CutsPartOfARecordAndNothingElse) {
  EXPECT_EQ(detail::mending_of(""), Mending{});
  EXPECT_EQ(detail::mending_of("{\"at\":\"2026\"}\n"), Mending{});
  const std::string record = to_ndjson(begun());
  for (std::size_t size = 1; size < record.size(); ++size) {
    EXPECT_EQ(detail::mending_of(record.substr(0, size)), (Mending{size, false})) << size;
    EXPECT_EQ(detail::mending_of(record + record.substr(0, size)), (Mending{size, false})) << size;
  }
  EXPECT_EQ(detail::mending_of("a note"), (Mending{0, true}));
  EXPECT_EQ(detail::mending_of(record + "a note"), (Mending{0, true}));
}

struct EventLogTest : ::testing::Test {
  std::string read() const {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void put(std::string_view text) const { std::ofstream{file, std::ios::binary} << text; }
  static std::string why(const Result<std::shared_ptr<EventLog>>& opened) {
    if (opened) return "it was opened";
    EXPECT_EQ(opened.error().code, errc::invalid_request);
    return opened.error().message;
  }

  testing::TemporaryFolder folder;
  const std::string file = (folder.path() / "events.ndjson").string();
  const std::string line = to_ndjson(begun());
};

TEST_F(EventLogTest, AppendsToAPrivateFile) {
  const mode_t before = ::umask(0);
  EventLog::open(file).value()->write(begun()).value();
  ::umask(before);
  EventLog::open(file).value()->write(begun()).value();
  EXPECT_EQ(read(), line + line);
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(EventLogTest, WhatAKilledWriterLeftIsCutOff) {
  const auto log = EventLog::open(file).value();
  put(line + line.substr(0, 40));
  log->write(begun()).value();
  EXPECT_EQ(read(), line + line);
}

TEST_F(EventLogTest, SomebodyElsesLineIsLeftAlone) {
  const auto log = EventLog::open(file).value();
  put("a note");
  log->write(begun()).value();
  EXPECT_EQ(read(), "a note\n" + line);
}

TEST_F(EventLogTest, WhatIsNoFileIsNamedAtOnce) {
  EXPECT_THAT(why(EventLog::open(folder.path().string())), AllOf(HasSubstr(folder.path().string()), HasSubstr("directory")));
  EXPECT_THAT(why(EventLog::open((folder.path() / "none" / "events").string())), HasSubstr("No such file"));
  EXPECT_THAT(why(EventLog::open("/dev/null")), HasSubstr("no regular file"));
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(why(EventLog::open(file)), AllOf(HasSubstr(file), HasSubstr("no regular file"), HasSubstr("name another file")));
}

/// The most that this process may write into a file: at it a disk is full.
struct FileLimit {
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit limit{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  void (*handler)(int) = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
};

TEST_F(EventLogTest, AFullDiskLeavesNoPartOfARecord) {
  const auto log = EventLog::open(file).value();
  log->write(begun()).value();
  for (const std::size_t room : {0U, 1U, 100U}) {
    const FileLimit full{line.size() + room};
    const auto written = log->write(begun());
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, AllOf(HasSubstr(file), HasSubstr("File too large")));
    EXPECT_EQ(read(), line);
  }
  log->write(begun()).value();
  EXPECT_EQ(read(), line + line);
}

TEST_F(EventLogTest, AnObserverComplainsOnce) {
  std::vector<std::string> said;
  {
    const FileLimit full{line.size() / 2};
    const auto observe =
        EventLog::observer(EventLog::open(file).value(), [&](std::string_view text) { said.emplace_back(text); });
    observe(begun());
    observe(begun());
    EventLog::observer(EventLog::open(file).value(), {})(begun());
  }
  EXPECT_THAT(said, ElementsAre(AllOf(HasSubstr(file), HasSubstr("requests go on"))));
  EXPECT_EQ(read(), "");
}

TEST_F(EventLogTest, AProcessThatIsStoppedWithTheLockStopsNobodyElse) {
  constexpr auto patience = 30ms;
  const auto log = detail::AppendedFile::open(file, patience).value();
  const int holder = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(holder, LOCK_EX), 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto appended = log->append(line);
  ASSERT_FALSE(appended);
  EXPECT_THAT(appended.error().message, HasSubstr("lock"));
  const auto first = std::chrono::steady_clock::now();
  EXPECT_GE(first - begin, patience);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(log->append(line));
  EXPECT_LT(std::chrono::steady_clock::now() - first, 50 * patience) << "it is waited for once";
  ::close(holder);
  log->append(line).value();
  EXPECT_EQ(read(), line);
}

TEST_F(EventLogTest, ThreadsAndDescriptorsDoNotMix) {
  const auto shared = EventLog::open(file).value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, own = i % 2 == 0] {
      const auto log = own ? EventLog::open(file).value() : shared;
      for (int n = 0; n < 100; ++n) log->write(begun()).value();
    });
  }
  for (auto& thread : threads) thread.join();
  std::string expected;
  for (int i = 0; i < 800; ++i) expected += line;
  EXPECT_EQ(read(), expected);
}

}  // namespace
}  // namespace procedura
