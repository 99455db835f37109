// The journal as others see it: a piece at a time, filtered, as lines of JSON; and how late frames left.
#include "engine/journal_text.hpp"
#include "engine_driver.hpp"
#include "json_schema.hpp"

#include <procedura/protocol/json_text.hpp>

#include <gmock/gmock.h>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Direction = JournalEntry::Direction;

constexpr TimePoint start{std::chrono::hours{1}};

std::vector<std::uint64_t> seqs(const JournalPage& page) {
  std::vector<std::uint64_t> list;
  for (const auto& entry : page.entries) list.push_back(entry.seq);
  return list;
}

// 1 opened, 2 a request, 3 its answer, 4 a fault, 5 closed; then 6 a request of another partition.
Journal eventful() {
  Journal journal{start, {}};
  journal.record_opened(start, 1, "bearer", {{}, 0, 0, 0, "alpha"});
  journal.record(start, Direction::in, 1, request_text("a", "job"), {"job-stub", 1, 0, 0, "alpha"});
  journal.record_sent(start, 1, R"({"id":"a","status":"finished","result":"hunter22"})", {"job-stub", 1, 3, 2, "alpha"},
                      start + milliseconds{5}, true);
  journal.record_fault(start, 1, "reset", "by chaos", {"job-stub", 1, 4, 2, "alpha"});
  journal.record_closed(start, 1, 1006, {{}, 0, 0, 0, "alpha"});
  journal.record(start, Direction::in, 2, request_text("b", "other"), {{}, 0, 0, 0, "beta"});
  return journal;
}

TEST(EngineJournal, IsReadOnFromAnyPlace) {
  const Journal journal = eventful();
  const protocol::Redactor none;
  EXPECT_THAT(seqs(journal.since(0, 100, {}, none)), ElementsAre(1, 2, 3, 4, 5, 6));
  const auto two = journal.since(1, 2, {}, none);
  EXPECT_THAT(seqs(two), ElementsAre(2, 3));
  EXPECT_EQ(two.next, 3U);
  EXPECT_THAT(seqs(journal.since(two.next, 100, {}, none)), ElementsAre(4, 5, 6));
  for (const std::uint64_t seq : {std::uint64_t{6}, std::uint64_t{7}, ~std::uint64_t{0}}) {
    const auto nothing = journal.since(seq, 100, {}, none);
    EXPECT_THAT(nothing.entries, IsEmpty());
    EXPECT_EQ(nothing.next, 6U);
    EXPECT_EQ(nothing.missed, 0U);
  }
  EXPECT_THAT(journal.since(0, 0, {}, none).entries, IsEmpty());
}

TEST(EngineJournal, SaysWhatIsNotThereAnyMore) {
  Journal journal{start, {3, 1000}};
  const protocol::Redactor none;
  for (int i = 1; i <= 10; ++i) journal.record(start, Direction::note, 0, std::to_string(i));
  const auto page = journal.since(4, 100, {}, none);
  EXPECT_THAT(seqs(page), ElementsAre(8, 9, 10));
  EXPECT_EQ(page.missed, 3U) << "5, 6 and 7";
  EXPECT_EQ(journal.unredacted_since(0).missed, 7U);
  EXPECT_EQ(journal.unredacted_since(8).missed, 0U);
}

TEST(EngineJournal, Filters) {
  const Journal journal = eventful();
  protocol::Redactor secrets;
  secrets.add("hunter22");
  struct Case {
    JournalFilter filter;
    std::vector<std::uint64_t> seqs;
  };
  for (const auto& one : {
           Case{{.partition = "alpha"}, {1, 2, 3, 4, 5}},
           Case{{.partition = "gamma"}, {}},
           Case{{.connection = 2}, {6}},
           Case{{.stub = "job-stub"}, {2, 3, 4}},
           Case{{.direction = Direction::in}, {2, 6}},
           Case{{.direction = Direction::out}, {3}},
           Case{{.cmd = "job"}, {2, 3, 4}},
           Case{{.cmd = "jo"}, {}},
           Case{{.contains = "finished"}, {3}},
           Case{{.contains = "hunter22"}, {}},  // nobody finds a secret by trying
           Case{{.contains = "<redacted>"}, {3}},
           Case{{.contains = "by chaos"}, {4}},
           Case{{.faults_only = true}, {4}},
           Case{{.partition = "alpha", .direction = Direction::in, .cmd = "job", .contains = "id"}, {2}},
           Case{{.partition = "beta", .cmd = "job"}, {}},
       }) {
    const auto page = journal.since(0, 100, one.filter, secrets);
    EXPECT_EQ(seqs(page), one.seqs) << one.filter.contains;
    EXPECT_EQ(page.next, 6U) << "all were looked at";
  }
}

TEST(EngineJournal, OneLookReadsOnlySoMuch) {
  Journal journal{start, {}};
  const protocol::Redactor none;
  for (int i = 0; i < 40; ++i) journal.record(start, Direction::in, 1, request_text("a", "job", {std::string(100'000, 'x')}));
  std::uint64_t seq = 0;
  int looks = 0;
  while (seq < journal.recorded()) {
    const auto page = journal.since(seq, 100, {.contains = "not in there"}, none);
    ASSERT_GT(page.next, seq) << "each look gets on";
    EXPECT_LE(page.next - seq, 11U);
    seq = page.next;
    ++looks;
  }
  EXPECT_GE(looks, 4);
}

TEST(EngineJournal, ToFindTheCommandOfALargeRequestIsWorkToo) {
  Journal journal{start, {}};
  const protocol::Redactor none;
  const auto request =
      journal.record(start, Direction::in, 1, R"({"pad": ")" + std::string(300'000, 'x') + R"(", "cmd": "job"})");
  for (int i = 0; i < 20; ++i) journal.record_sent(start, 1, "{}", {"s", 1, 0, request, "alpha"}, start, false);
  JournalFilter filter;
  for (const auto* cmd : {"job", "other"}) {
    filter.cmd = cmd;
    const auto page = journal.since(0, 100, filter, none);
    EXPECT_LT(page.next, 10U) << cmd;
    EXPECT_GT(page.next, 2U) << cmd;
  }
}

TEST(EngineJournal, WithoutAnyRoomKeepsOnlyTheLatest) {
  for (const Journal::Bounds bounds : {Journal::Bounds{0, 0}, {0, 1000}, {1000, 0}}) {
    Journal journal{start, bounds};
    for (int i = 0; i < 10; ++i) journal.record(start, Direction::in, 1, "{}");
    EXPECT_EQ(journal.dropped(), 9U);
  }
}

TEST(EngineJournal, WaitsForFramesToLeaveForAWhile) {
  Journal journal{start, {}};
  const auto in_file = [&](TimePoint settled) { return journal.unredacted_since(0, settled).entries.size(); };
  journal.record(start, Direction::in, 1, "{}");
  const auto seq = journal.record_sent(start + seconds{1}, 1, "{}", {}, start, false);
  journal.record(start + seconds{2}, Direction::in, 1, "{}");
  EXPECT_EQ(in_file(start), 1U);
  EXPECT_EQ(in_file(start + seconds{1}), 3U) << "it has had its time";
  EXPECT_EQ(journal.unredacted_since(0).entries.size(), 3U);
  journal.left(seq, start + seconds{1});
  EXPECT_EQ(in_file(start), 3U);
}

TEST(EngineJournal, KnowsWhenFramesLeft) {
  Journal journal = eventful();
  const protocol::Redactor none;
  EXPECT_EQ(journal.entries(none)[2].intended_ns, 5'000'000);
  EXPECT_EQ(journal.entries(none)[2].sent_ns, std::nullopt);
  journal.left(3, start + milliseconds{7});
  EXPECT_EQ(journal.entries(none)[2].sent_ns, 7'000'000);
  EXPECT_EQ(journal.lateness().count(), 1U);
  EXPECT_EQ(journal.lateness().summary().max_ns, 2'000'000);

  const auto unscheduled = journal.record_sent(start, 1, "{}", {}, start, false);
  journal.left(unscheduled, start + seconds{9});
  EXPECT_EQ(journal.lateness().count(), 1U) << "an answer at once has no time it should leave at";
  journal.left(0, start);
  journal.left(1000, start);
  EXPECT_EQ(journal.lateness().summary().unmeasured, 0U) << "of no entry";

  Journal short_lived{start, {1, 1000}};
  short_lived.record_sent(start, 1, "{}", {}, start, true);
  short_lived.record(start, Direction::note, 0, "");
  short_lived.left(1, start);
  EXPECT_EQ(short_lived.lateness().summary().unmeasured, 1U);
}

TEST(EngineLateness, QuantilesAreTrueToTheirBuckets) {
  Lateness lateness;
  EXPECT_EQ(lateness.quantile(0.5), 0);
  for (std::int64_t value = 1; value <= 100'000; ++value) lateness.record(value * 1000);
  const auto summary = lateness.summary();
  EXPECT_EQ(summary.count, 100'000U);
  const auto near = [](std::int64_t value, double wanted) {
    return static_cast<double>(value) >= wanted && static_cast<double>(value) <= wanted * 1.0165;
  };
  EXPECT_TRUE(near(summary.p50_ns, 50e6)) << summary.p50_ns;
  EXPECT_TRUE(near(summary.p90_ns, 90e6)) << summary.p90_ns;
  EXPECT_TRUE(near(summary.p99_ns, 99e6)) << summary.p99_ns;
  EXPECT_EQ(summary.max_ns, 100'000'000);
  EXPECT_LE(summary.p999_ns, summary.max_ns);
}

TEST(EngineLateness, TakesEveryValue) {
  for (int bit = 0; bit < 63; ++bit) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const std::int64_t value = (std::int64_t{1} << bit) + offset;
      Lateness lateness;
      lateness.record(value);
      EXPECT_EQ(lateness.summary().max_ns, value);
      const auto median = lateness.quantile(0.5);
      EXPECT_LE(median, value);
      if (value < (std::int64_t{1} << 42)) {
        EXPECT_EQ(median, value) << "alone, it is the highest in its bucket";
      }
      lateness.record(value + value / 2);
      EXPECT_EQ(lateness.count(), 2U);
    }
  }
  Lateness early;
  early.record(-5);
  EXPECT_EQ(early.summary().max_ns, 0);
  EXPECT_EQ(early.quantile(1), 0);
}

TEST(EngineLateness, OnlyFramesOfATimerAreMeasured) {
  Driver world{R"({"version": 1, "stubs": [
    {"name": "job", "match": {"cmd": "job"}, "reply": ["accept", {"delay": "10ms"}, {"finished": 1}]}]})"};
  const auto client = world.connect();
  world.send(client, request_text("a", "job"));
  world.now += milliseconds{13};  // the timer fires late
  world.fire();
  for (const auto& entry : world.engine.journal()) {
    if (entry.direction == Direction::out) world.engine.left(entry.seq, world.now + milliseconds{1});
  }
  const auto summary = world.engine.verdict().lateness;
  EXPECT_EQ(summary.count, 1U) << "the finished, not the ack";
  EXPECT_EQ(summary.max_ns, 4'000'000);
  EXPECT_THAT(world.engine.verdict().report(), HasSubstr("1 scheduled frame left late by p50 4ms"));
  const auto last = world.engine.journal().back();
  EXPECT_EQ(last.intended_ns, 10'000'000);
  EXPECT_EQ(last.t_ns, 13'000'000);
  EXPECT_EQ(last.sent_ns, 14'000'000);
}

// ------------------------------------------------------------------------------------------------------------------- NDJSON

std::string line(const JournalEntry& entry) {
  std::string out;
  append_ndjson(out, entry);
  return out;
}

TEST(EngineJournalText, HasALineForEachEvent) {
  Journal journal = eventful();
  journal.record(start, Direction::note, 0, "words");
  journal.left(3, start + milliseconds{7});
  protocol::Redactor secrets;
  secrets.add("hunter22");
  std::vector<std::string> lines;
  for (const auto& entry : journal.entries(secrets)) lines.push_back(line(entry));
  EXPECT_THAT(
      lines,
      ElementsAre(
          R"({"seq":1,"t_ns":0,"event":"opened","partition":"alpha","connection":1,"via":"bearer"})"
          "\n",
          R"({"seq":2,"t_ns":0,"event":"frame","partition":"alpha","connection":1,"direction":"in","frame":)" +
              request_text("a", "job") + R"(,"stub":"job-stub","instance":1})" + "\n",
          R"({"seq":3,"t_ns":0,"event":"frame","partition":"alpha","connection":1,"direction":"out",)"
          R"("frame":{"id":"a","status":"finished","result":"<redacted>"},"stub":"job-stub","instance":1,"step":3,"caused_by":2,)"
          R"("intended_ns":5000000,"sent_ns":7000000})"
          "\n",
          R"({"seq":4,"t_ns":0,"event":"fault","partition":"alpha","connection":1,"fault":"reset","text":"by chaos",)"
          R"("stub":"job-stub","instance":1,"step":4,"caused_by":2})"
          "\n",
          R"({"seq":5,"t_ns":0,"event":"closed","partition":"alpha","connection":1,"code":1006})"
          "\n",
          R"({"seq":6,"t_ns":0,"event":"frame","partition":"beta","connection":2,"direction":"in","frame":)" +
              request_text("b", "other") + "}\n",
          R"({"seq":7,"t_ns":0,"event":"note","text":"words"})"
          "\n"));
}

TEST(EngineJournalText, EachEventIsOneLineOfJsonWhateverAFrameIs) {
  const protocol::Redactor none;
  for (const std::string frame : {"{\n  \"id\":\r\n \"a\"\n}", "", "no JSON\n at all", "\xff\xfe", "[1,\n2]", "{\"a\":1e999}",
                                  "{\"deep\":\"\\u0000\"}", "{\"half\":"}) {
    for (const auto direction : {Direction::in, Direction::out, Direction::note}) {
      Journal journal{start, {}};
      journal.record(start, direction, 1, frame);
      const auto text = line(journal.entries(none)[0]);
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
      EXPECT_EQ(protocol::check_json(text).fault, protocol::JsonFault::none) << text;
    }
  }
  Journal journal{start, {}};
  journal.record(start, Direction::in, 1, R"({"n": 12345678901234567890123, "x": 1.10})");
  EXPECT_THAT(line(journal.entries(none)[0]), HasSubstr(R"("frame":{"n": 12345678901234567890123, "x": 1.10})"))
      << "number for number";
}

TEST(EngineJournalText, IsAsItsSchemaSays) {
  const auto rejects = [](const std::string& text) {
    return procedura::testing::schema_problems(JOURNAL_SCHEMA, json::parse(text));
  };

  Journal journal = eventful();
  journal.record(start, Direction::note, 0, "words");
  journal.record(start, Direction::in, 1, "no JSON");
  journal.record_opened(start, 3, "", {{}, 0, 0, 0, "default"});
  journal.left(3, start);
  for (const auto& entry : journal.entries({})) EXPECT_EQ(rejects(line(entry)), "") << line(entry);
  std::string gap;
  append_ndjson_gap(gap, 5, 2);
  EXPECT_EQ(rejects(gap), "");
  std::string end;
  append_ndjson_end(end, 10, 2, {});
  EXPECT_EQ(rejects(end), "");
  for (const char* wrong :
       {R"({"event":"end"})", R"({"event":"dropped","first":0,"count":1})", R"({"seq":1,"t_ns":0,"event":"odd"})",
        R"({"seq":1,"t_ns":0,"event":"closed","partition":"a","connection":1})",
        R"({"seq":1,"t_ns":0,"event":"note","text":"x","more":1})"}) {
    EXPECT_NE(rejects(wrong), "") << wrong;
  }
}

}  // namespace
}  // namespace procedura::mock::engine
