// What the mock does wrong on purpose: each fault of fault.hpp, where it fires, and that it is in the journal.
#include "engine/chaos.hpp"
#include "engine/illegal_frames.hpp"
#include "engine_driver.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string stub(std::string_view reply, std::string_view more = "") {
  return R"({"version": 1, )" + std::string{more} + R"("stubs": [{"name": "it", "match": {"cmd": "it"}, "reply": )" +
         std::string{reply} + "}]}";
}

constexpr auto ack = R"(text {"id":"a","job_id":"job-1-1","status":"ack"})";
constexpr auto running = R"(text {"id":"a","job_id":"job-1-1","status":"running","n":1})";
constexpr auto finished = R"(text {"id":"a","job_id":"job-1-1","status":"finished","result":1})";

struct Played {
  std::vector<std::string> events;
  std::vector<std::string> notes;
};

/// What came of one request whose reply is an ack, `fault`, a running and a finished.
Played play(std::string_view fault) {
  Driver world{stub(R"(["ack", {"fault": )" + std::string{fault} + R"(}, {"running": {"n": 1}}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_EQ(world.engine.instances(), 0U) << fault;
  for (const auto& entry : world.engine.journal()) {
    if (entry.event != JournalEntry::Event::fault) continue;
    EXPECT_EQ(entry.stub, "it") << fault;
    EXPECT_EQ(entry.instance, 1U) << fault;
    EXPECT_EQ(entry.step, 1U) << fault;
    EXPECT_EQ(entry.connection, client) << fault;
    EXPECT_NE(entry.caused_by, 0U) << fault;
  }
  return {world.events(client), world.notes()};
}

TEST(EngineFaults, EachDoesWhatItSaysAndIsInTheJournal) {
  struct Case {
    std::string fault;
    std::vector<std::string> events;  // behind the ack
    std::string note;
  };
  for (const auto& one : {
           Case{R"("reset")", {"reset"}, "fault reset"},
           Case{R"("drop")", {"drop"}, "fault drop"},
           Case{R"({"close": 1006})", {"close_frame 1006"}, "fault close: 1006"},
           Case{R"({"close": 65535})", {"close_frame 65535"}, "fault close: 65535"},
           Case{R"({"close": "empty"})", {"close_frame 0"}, "fault close: empty"},
           Case{R"({"close": 0})", {"bytes 4 bytes", "drop"}, "fault close: 0"},
           Case{R"({"illegal": "masked"})", {"bytes 8 bytes", running, finished}, "fault illegal: masked"},
           Case{R"("half-open")", {"half-open", running, finished}, "fault half-open"},
           Case{R"("no-pong")", {"no-pong", running, finished}, "fault no-pong"},
           Case{R"("no-close")", {"no-close", running, finished}, "fault no-close"},
           Case{R"({"bandwidth": "10KiB"})", {"bandwidth 10240", running, finished}, "fault bandwidth: 10240 bytes/s"},
           Case{R"({"latency": "20ms"})", {"latency 20000000 ns", running, finished}, "fault latency: 20 ms"},
           Case{R"({"fragment": 16})", {"fragment 16", running, finished}, "fault fragment: 16 bytes"},
           Case{R"({"dribble": "1ms"})", {"dribble 1000000 ns", running, finished}, "fault dribble: 1 ms"},
           Case{R"("truncate")", {R"(text {"id":"a","job_id":"job-1-1)", finished}, "fault truncate"},
           Case{R"("duplicate")", {running, running, finished}, "fault duplicate: 2 times"},
           Case{R"({"duplicate": 3})", {running, running, running, finished}, "fault duplicate: 3 times"},
           Case{R"("omit")", {finished}, "fault omit"},
           Case{R"({"coalesce": 2})", {running, finished}, "fault coalesce: 2 frames"},
           Case{R"({"extra": "ack"})", {ack, running, finished}, "fault extra: ack"},
           Case{R"({"extra": "running"})",
                {R"(text {"id":"a","job_id":"job-1-1","status":"running"})", running, finished},
                "fault extra: running"},
           Case{R"({"extra": "started"})",
                {R"(text {"id":"a","job_id":"job-1-1","status":"started"})", running, finished},
                "fault extra: started"},
           Case{R"({"extra": "finished"})",
                {R"(text {"id":"a","job_id":"job-1-1","status":"finished","result":null})", running, finished},
                "fault extra: finished"},
       }) {
    auto [events, notes] = play(one.fault);
    ASSERT_THAT(events, testing::Not(IsEmpty()));
    EXPECT_EQ(events.front(), ack);
    events.erase(events.begin());
    EXPECT_EQ(events, one.events) << one.fault;
    EXPECT_THAT(notes, ElementsAre(one.note)) << one.fault;
  }
}

TEST(EngineFaults, WrongIdsAreNobodysAndDrawnFromTheSeed) {
  for (const auto& [fault, member, prefix] :
       {std::tuple{R"("wrong-id")", "id", "nobody-"}, std::tuple{R"("unknown-job")", "job_id", "job-unknown-"}}) {
    const auto [events, notes] = play(fault);
    ASSERT_THAT(events, SizeIs(3));
    const json frame = json::parse(events[1].substr(5));
    EXPECT_TRUE(frame.at(member).get<std::string>().starts_with(prefix)) << frame;
    EXPECT_EQ(frame.at("n"), 1);
    EXPECT_EQ(frame.size(), 4U) << "nothing else has changed";
    EXPECT_EQ(play(fault).events, events);
  }
  Driver world{stub(R"([{"fault": "wrong-id"}, {"raw": "no JSON"}, {"fault": "wrong-id"}, {"send": {}}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_THAT(world.events(client), Contains("text no JSON"));
  EXPECT_THAT(world.notes(), ElementsAre("fault wrong-id")) << "what has no id cannot have a wrong one";
}

TEST(EngineFaults, FaultsOfAFrameAddUpAndTheirFrameMayComeLater) {
  Driver world{stub(R"(["ack", {"fault": "truncate"}, {"fault": {"duplicate": 2}}, {"fault": {"duplicate": 3}}, {"delay": "1s"},
    {"broadcast": {"status": "news"}}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  world.events(client);
  EXPECT_THAT(world.notes(), IsEmpty()) << "it has met no frame yet";
  world.advance(seconds{1});
  const auto events = world.events(client);
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[0], R"(text {"status":"news"})") << "a broadcast is no frame of the exchange";
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(events[i].size(), 5 + (std::string_view{finished}.size() - 5) / 2);
  EXPECT_THAT(world.notes(), ElementsAre("fault truncate", "fault duplicate: 3 times")) << "the later one of a kind counts";
}

TEST(EngineFaults, OneMessageCanBeBothInFragmentsAndByteByByte) {
  Driver world{stub(R"(["ack", {"fault": {"fragment": 4}}, {"fault": {"dribble": "1ms"}}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_THAT(world.events(client), ElementsAre(ack, "fragment 4", "dribble 1000000 ns", finished));
}

TEST(EngineFaults, WhatIsHeldUpOnPurposeIsNoLatenessOfOurs) {
  struct Case {
    std::string_view fault;
    std::uint64_t measured;  // of the two frames behind it
  };
  for (const auto& one : {Case{R"({"latency": "1ms"})", 0}, Case{R"({"bandwidth": "1KiB"})", 0},
                          Case{R"({"dribble": "1ms"})", 0}, Case{R"({"fragment": 4})", 2}}) {
    Driver world{stub(R"(["ack", {"delay": "1ms"}, {"fault": )" + std::string{one.fault} +
                      R"(}, {"running": {}}, {"delay": "1ms"}, {"finished": 1}])")};
    const auto client = world.connect();
    world.send(client, request_text("a", "it"));
    world.advance(seconds{1});
    for (const auto& entry : world.engine.journal()) {
      if (entry.direction == JournalEntry::Direction::out) world.engine.left(entry.seq, world.now);
    }
    EXPECT_EQ(world.engine.verdict().lateness.count, one.measured) << one.fault;
  }
}

TEST(EngineFaults, FramesThatWaitLeaveBeforeTheirConnectionIsClosed) {
  Driver world{stub(R"(["ack", {"fault": {"coalesce": 3}}, {"running": {"n": 1}}, {"close": 1000}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_THAT(world.events(client), ElementsAre(ack, running, "close 1000 "));
}

TEST(EngineFaults, AnExtraFrameThatIsTheFirstBearsTheId) {
  Driver world{R"({"version": 1, "target": "job_id", "stubs": [{"name": "it", "match": {"cmd": "it"}, "accept": false,
    "reply": [{"fault": {"extra": "ack"}}, {"fault": {"extra": "running"}}, {"finished": 1}]}]})"};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_THAT(world.events(client), ElementsAre(ack, R"(text {"job_id":"job-1-1","status":"running"})",
                                                R"(text {"job_id":"job-1-1","status":"finished","result":1})"));
}

TEST(EngineFaults, ChaosDrawsAnewForEachFrameThatNoScriptMade) {
  EngineOptions options;
  options.chaos = 0.5;
  Driver world{R"({"version": 1, "seed": 3})", options};
  const auto client = world.connect();
  for (int i = 0; i < 40; ++i) world.send(client, request_text(std::to_string(i), "unknown"));
  std::set<std::string> kinds;
  for (const auto& entry : world.engine.journal()) kinds.insert(entry.fault);
  EXPECT_GT(kinds.size(), 2U) << "no fault is one of them";
}

TEST(EngineFaults, AFrameThatIsSentAThousandTimesIsInMemoryOnce) {
  Driver world{stub(R"(["ack", {"fault": {"duplicate": 1000}}, {"finished": {"$generate": {"bytes": "64KiB"}}}])")};
  const auto client = world.connect();
  Outputs out;
  world.engine.text({world.now, world.wall}, client, request_text("a", "it"), out);
  EXPECT_EQ(out.list().size(), 1001U);
  EXPECT_EQ(out.payload(out.list()[1]), out.payload(out.list()[1000]));
  EXPECT_LT(out.buffer().size(), std::size_t{128} * 1024);
}

TEST(EngineFaults, CoalescedFramesAreBoundedThoughTheyAreEmpty) {
  Driver world{stub(R"(["ack", {"repeat": 30000, "steps": [{"fault": {"coalesce": 1000}}, {"raw": ""}]},
    {"delay": "1s"}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  world.advance(milliseconds{1});
  EXPECT_GT(world.events(client).size(), 1000U) << "they do not wait for ever";
}

TEST(EngineFaults, CoalescedFramesWaitForEachOtherAcrossTime) {
  Driver world{stub(R"(["ack", {"fault": {"coalesce": 3}}, {"running": {"n": 1}}, {"delay": "1s"}, {"running": {"n": 2}},
    {"delay": "1s"}, {"running": {"n": 3}}, {"running": {"n": 4}}, {"fault": {"coalesce": 5}}, {"running": {"n": 5}}, {"finished": 1}])")};
  const auto client = world.connect();
  EXPECT_THAT(world.ask(client, request_text("a", "it")), SizeIs(1));
  world.advance(seconds{1});
  EXPECT_THAT(world.frames(client), IsEmpty());
  world.advance(seconds{1});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("running", "running", "running", "running", "running", "finished"))
      << "and those that wait at the end leave then";
}

TEST(EngineFaults, CoalescedFramesAreBounded) {
  Driver world{stub(R"(["ack", {"fault": {"coalesce": 1000}},
    {"repeat": 20, "as": "i", "steps": [{"running": {"x": "${args[0]}"}}]}, {"delay": "1h"}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it", {std::string(100'000, 'x')}));
  EXPECT_GE(world.frames(client).size(), 10U) << "at 1 MiB they leave";
}

TEST(EngineFaults, AnExtraFrameComesThoughTheExchangeIsOverAndIsOnNoBooks) {
  Driver world{stub(R"([{"finished": 1}, {"fault": {"extra": "finished"}}, {"fault": {"extra": "error"}}])")};
  const auto client = world.connect();
  EXPECT_THAT(statuses(world.ask(client, request_text("a", "it"))), ElementsAre("ack", "finished", "finished", "error"));
  EXPECT_THAT(world.engine.verdict().notes, IsEmpty());
  Driver early{stub(R"(["ack", {"fault": {"extra": "finished"}}, {"delay": "1s"}, {"finished": 1}])")};
  const auto other = early.connect();
  early.ask(other, request_text("a", "it"));
  EXPECT_EQ(early.answer(other, request_text("a", "it")).at("code"), "DUPLICATE_ID") << "to us it is still live";
}

TEST(EngineFaults, AFrameThatWasOmittedHasLeftAsFarAsTheAgentKnows) {
  Driver world{stub(R"(["ack", {"fault": "omit"}, {"finished": 1}])")};
  const auto client = world.connect();
  for (int i = 0; i < 2; ++i) EXPECT_THAT(statuses(world.ask(client, request_text("a", "it"))), ElementsAre("ack"));
  EXPECT_THAT(world.engine.verdict().notes, IsEmpty());
}

TEST(EngineFaults, AnEndIsTheEndOfAllInstancesOfItsConnectionAndOfNobodyElses) {
  for (const char* fault : {R"("reset")", R"("drop")", R"({"close": 1011})"}) {
    Driver world{R"({"version": 1, "stubs": [
      {"name": "boom", "match": {"cmd": "boom"}, "reply": ["ack", {"fault": )" +
                 std::string{fault} + R"(}, {"finished": 1}]},
      {"name": "slow", "match": {"cmd": "slow"}, "reply": ["accept", {"delay": "1s"}, {"finished": 1}]}]})"};
    const auto client = world.connect();
    const auto other = world.connect();
    world.ask(client, request_text("a", "slow"));
    world.ask(other, request_text("a", "slow"));
    world.ask(client, request_text("b", "boom"));
    EXPECT_EQ(world.engine.instances(), 1U) << fault;
    EXPECT_THAT(world.ask(client, request_text("c", "slow")), IsEmpty()) << fault;
    world.close(client, 1006);
    world.advance(seconds{1});
    EXPECT_THAT(statuses(world.frames(other)), ElementsAre("finished")) << fault;
  }
}

TEST(EngineFaults, AFaultForTheFirstInstancesOnlyIsAFlakyAgent) {
  Driver world{stub(R"(["accept", {"fault": "reset", "when": {"instance": {"atMost": 2}}}, {"finished": {"ok": true}}])")};
  for (int run = 1; run <= 3; ++run) {
    const auto client = world.connect();
    world.send(client, request_text("a", "it"));
    const auto events = world.events(client);
    ASSERT_THAT(events, SizeIs(2));
    EXPECT_EQ(events[1] == "reset", run <= 2) << run;
  }
}

TEST(EngineFaults, OfTheScenarioFireWhenAConnectionIsLetIn) {
  Driver world{stub(R"([{"finished": 1}])", R"("faults": [
    {"fault": "no-pong"}, {"fault": {"latency": {"uniform": {"min": "1ms", "max": "9ms"}}}, "when": {"connection": 2}},
    {"fault": "reset", "when": {"connection": {"atLeast": 3}}}, {"fault": "no-close"}], )")};
  const auto one = world.connect();
  EXPECT_THAT(world.events(one), ElementsAre("no-pong", "no-close"));
  const auto two = world.connect();
  const auto came = world.events(two);
  ASSERT_THAT(came, SizeIs(3));
  EXPECT_THAT(came[1], HasSubstr("latency "));
  const auto three = world.connect();
  EXPECT_THAT(world.events(three), ElementsAre("no-pong", "reset"));
  EXPECT_THAT(world.ask(three, request_text("a", "it")), IsEmpty());
  EXPECT_THAT(world.notes(), Contains("fault reset"));
}

TEST(EngineFaults, OfTheUpgradeFireByItsAttempt) {
  Driver world{stub(R"([{"finished": 1}])", R"("faults": [
    {"fault": "stall-upgrade", "when": {"connection": 1}}, {"fault": "drop-upgrade", "when": {"connection": {"oneOf": [2, 3]}}}], )")};
  std::vector<std::size_t> decisions;
  for (int i = 0; i < 4; ++i) decisions.push_back(world.engine.upgrade({world.now, world.wall}, Upgrade{}).index());
  const auto index = [](const DoorDecision& decision) { return decision.index(); };
  EXPECT_THAT(decisions, ElementsAre(index(door::Stall{}), index(door::Drop{}), index(door::Drop{}), index(door::Accept{})));
  EXPECT_THAT(world.notes(),
              ElementsAre("fault stall-upgrade: attempt 1", "fault drop-upgrade: attempt 2", "fault drop-upgrade: attempt 3"));
}

TEST(EngineFaults, LatencyIsScaledAndDrawnFromTheSeed) {
  const auto drawn = [](double scale, std::uint64_t seed) {
    EngineOptions options;
    options.time_scale = scale;
    options.seed = seed;
    Driver world{
        stub(R"([{"finished": 1}])", R"("faults": [{"fault": {"latency": {"uniform": {"min": "1ms", "max": "900ms"}}}}], )"),
        options};
    std::vector<std::string> all;
    for (int i = 0; i < 3; ++i) all.push_back(world.events(world.connect()).at(0));
    return all;
  };
  EXPECT_EQ(drawn(1, 7), drawn(1, 7));
  EXPECT_NE(drawn(1, 7), drawn(1, 8));
  EXPECT_NE(drawn(1, 7)[0], drawn(1, 7)[1]);
  EXPECT_THAT(drawn(0, 7), testing::Each("latency 0 ns"));
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

// RFC 6455, section 5.2.
TEST(EngineFaults, IllegalFramesAreTheBytesThatTheRfcForbids) {
  using Kind = fault::Illegal::Kind;
  struct Case {
    Kind kind;
    std::string bytes;
  };
  for (const auto& one : {
           Case{Kind::reserved_opcode, "83027b7d"},
           Case{Kind::reserved_bits, "c1027b7d"},
           Case{Kind::masked, "8182000000007b7d"},
           Case{Kind::oversize_length, "817f8000000000000000"},
           Case{Kind::bad_utf8, "810422c32822"},
           Case{Kind::fragmented_control, "0900"},
           Case{Kind::lone_continuation, "80027b7d"},
       }) {
    EXPECT_EQ(hex(illegal_frame(one.kind)), one.bytes);
  }
  const std::string ping = illegal_frame(Kind::long_control);
  EXPECT_EQ(hex(ping.substr(0, 4)), "897e007e");
  EXPECT_EQ(ping.size(), 4 + 126U);
  EXPECT_EQ(hex(close_frame(0)), "88020000");
  EXPECT_EQ(hex(close_frame(1005)), "880203ed");
}

TEST(EngineFaults, ChaosStrikesAsOftenAsItIsTold) {
  for (const double rate : {0.0, 0.1, 0.5, 1.0}) {
    std::map<std::string, int> by_name;
    int struck = 0;
    constexpr int draws = 20'000;
    for (std::uint64_t i = 0; i < draws; ++i) {
      const auto fault = chaos_fault(rate, protocol::mix(7, i));
      if (!fault) continue;
      ++struck;
      ++by_name[name_of(*fault)];
    }
    EXPECT_NEAR(struck, rate * draws, 0.02 * draws);
    if (rate == 0.0) {
      EXPECT_EQ(struck, 0);
    }
    if (rate == 1.0) {
      EXPECT_EQ(struck, draws);
      EXPECT_EQ(by_name.size(), 12U);
      EXPECT_NEAR(by_name["fragment"], 0.22 * draws, 0.02 * draws);
      EXPECT_NEAR(by_name["reset"], 0.03 * draws, 0.01 * draws);
    }
  }
}

TEST(EngineFaults, ChaosIsInTheJournalAndBuiltInsHaveTheirShare) {
  EngineOptions options;
  options.chaos = 1;
  Driver world{stub(R"([{"finished": 1}])"), options};
  for (int i = 0; i < 30; ++i) {
    const auto client = world.connect();
    world.send(client, request_text("a", "__keepalive"));
    world.send(client, request_text("b", "no such module"));
  }
  const auto notes = world.notes();
  EXPECT_GT(notes.size(), 30U);
  EXPECT_THAT(notes, testing::Each(HasSubstr("by chaos")));
}

}  // namespace
}  // namespace procedura::mock::engine
