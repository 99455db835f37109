#include "status_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::cli {
namespace {

using namespace std::chrono_literals;
using protocol::TimePoint;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Kind = StatusLine::Kind;

constexpr TimePoint t0{};
constexpr std::size_t wide = 100;

TEST(WaitingLine, SaysNothingForASecond) {
  StatusLine line{Kind::run, "snap", t0};
  EXPECT_EQ(line.render(t0, wide, false), "");
  EXPECT_EQ(line.render(t0 + 999ms, wide, false), "");
  EXPECT_EQ(line.render(t0 + 1s, wide, false), "waiting for the connection, 0:01");
}

TEST(WaitingLine, SaysWhatForAndHowLong) {
  StatusLine line{Kind::run, "snap", t0};
  line.connected();
  EXPECT_EQ(line.render(t0 + 3s, wide, false), "waiting for the agent to take snap, 0:03");
  line.frame(t0 + 3s, R"({"id":"1","status":"ack"})");
  EXPECT_EQ(line.render(t0 + 75s, wide, false), "waiting for the result of snap, 1:15");
  EXPECT_EQ(line.render(t0 + 3661s, wide, false), "waiting for the result of snap, 1:01:01");
}

TEST(WaitingLine, OfALoginNamesNoModule) {
  StatusLine line{Kind::login, "", t0};
  EXPECT_EQ(line.render(t0 + 2s, wide, false), "waiting for the login, 0:02");
}

struct ProgressCase {
  const char* frame;
  const char* shown;
};

TEST(Bar, ReadsEveryFormOfProgress) {
  const ProgressCase cases[] = {
      {R"({"status":"running","progress":0.25})", "25%"},
      {R"({"status":"running","progress":1})", "100%"},
      {R"({"status":"running","progress":40})", "40%"},
      {R"({"status":"running","percent":40})", "40%"},
      {R"({"status":"running","percent":0.5})", "1%"},
      {R"({"status":"running","n":3,"total":4})", "75%"},
      {R"({"status":"running","n":3,"total":4,"progress":0.1})", "75%"},
      {R"({"status":"running","n":9,"total":4})", "100%"},
      {R"({"status":"running","progress":-3})", "0%"},
      {R"({"status":"running","progress":1e300})", "100%"},
  };
  for (const auto& [frame, shown] : cases) {
    StatusLine line{Kind::stream, "job", t0};
    line.frame(t0 + 1s, frame);
    EXPECT_THAT(line.render(t0 + 1s, wide, false), HasSubstr(std::string{"] "} + shown)) << frame;
  }
}

TEST(Bar, IsNoneWhereNothingTellsHowFar) {
  for (const char* frame : {R"({"status":"running"})", R"({"status":"running","progress":"half"})", R"({"progress":1e999})",
                            R"({"status":"running","n":3})", R"({"n":3,"total":0})", R"({"progress":null})"}) {
    StatusLine line{Kind::stream, "job", t0};
    line.frame(t0 + 1s, frame);
    EXPECT_THAT(line.render(t0 + 1s, wide, false), StartsWith("| job 0:01")) << frame;
  }
}

TEST(Bar, AnNWithoutATotalIsNoRate) {
  for (const char* rest : {"", R"(,"total":0)", R"(,"total":-4)"}) {
    StatusLine line{Kind::stream, "job", t0};
    line.frame(t0, R"({"status":"started"})");
    line.frame(t0 + 10s, R"({"status":"running","progress":0.5,"n":300)" + std::string{rest} + "}");
    EXPECT_THAT(line.render(t0 + 10s, wide, false), HasSubstr("50%  5.00%/s  0:10 left")) << rest;
  }
}

TEST(Bar, ShowsRateAndTimeLeft) {
  StatusLine line{Kind::stream, "job", t0};
  line.frame(t0 + 1s, R"({"status":"started"})");
  line.frame(t0 + 11s, R"({"status":"running","n":20,"total":80})");
  EXPECT_EQ(line.render(t0 + 11s, 80, false), "job [########......................] 25%  2.00/s  0:30 left");
  EXPECT_THAT(line.render(t0 + 21s, 80, false), HasSubstr("0:20 left")) << "it counts down between frames";
  EXPECT_THAT(line.render(t0 + 99s, 80, false), HasSubstr("0:00 left")) << "and not below nothing";
  line.frame(t0 + 41s, R"({"status":"running","n":80,"total":80})");
  EXPECT_EQ(line.render(t0 + 41s, 80, false), "job [##############################] 100%  2.00/s");
}

TEST(Bar, ShowsNoRateBeforeThereIsOne) {
  StatusLine line{Kind::stream, "job", t0};
  line.frame(t0, R"({"status":"started"})");
  line.frame(t0 + 1ms, R"({"status":"running","n":20,"total":80})");
  EXPECT_EQ(line.render(t0 + 1s, 80, false), "job [########......................] 25%");
}

TEST(Bar, ColorsOnlyWhatIsDone) {
  StatusLine line{Kind::stream, "job", t0};
  line.frame(t0, R"({"status":"running","progress":0.5})");
  EXPECT_THAT(line.render(t0, wide, true), HasSubstr("\x1b[32m###############\x1b[0m..."));
  EXPECT_THAT(line.render(t0, wide, false), Not(HasSubstr("\x1b")));
}

TEST(Bar, GivesWayWhereThereIsNoRoom) {
  StatusLine line{Kind::stream, "place_ooi_sprites", t0};
  line.frame(t0, R"({"status":"started"})");
  line.frame(t0 + 10s, R"({"status":"running","n":20,"total":80})");
  const std::pair<std::size_t, const char*> cases[] = {
      {80, "place_ooi_sprites [########......................] 25%  2.00/s  0:30 left"},
      {48, "place_ooi_sprites [#....] 25%  2.00/s  0:30 left"},
      {47, "place_ooi_sprites [####...........] 25%  2.00/s"},
      {37, "place_ooi_sprites [#....] 25%  2.00/s"},
      {36, "place_ooi_sprites [###.........] 25%"},
      {29, "place_ooi_sprites [#....] 25%"},
      {28, "place_ooi_sprites 25%"},
      {20, "place_ooi_sprite 25%"},
      {10, "place_ 25%"},
      {4, " 25%"},
      {3, "25%"},
      {1, "2"},
      {0, ""},
  };
  for (const auto& [width, text] : cases) EXPECT_EQ(line.render(t0 + 10s, width, false), text) << width;
}

TEST(Bar, KnowsTheWidthOfWideLetters) {
  StatusLine line{Kind::stream, "\u4e16\u754c", t0};
  line.frame(t0, R"({"status":"running","progress":0.5})");
  EXPECT_EQ(line.render(t0, 16, false), "\u4e16\u754c [###..] 50%") << "4 columns, though 6 bytes";
}

TEST(Check, SaysWhatItWaitsForFromOneThingToTheNext) {
  StatusLine line{Kind::check, "", t0};
  EXPECT_EQ(line.render(t0 + 1s, wide, false), "waiting for the connection, 0:01");
  line.waits_for(t0 + 2s, "the pong");
  EXPECT_EQ(line.render(t0 + 2900ms, wide, false), "");
  EXPECT_EQ(line.render(t0 + 3s, wide, false), "waiting for the pong, 0:01");
  line.waits_for(t0 + 4s, "");
  EXPECT_EQ(line.render(t0 + 99s, wide, false), "") << "for nothing that is worth a word";
}

TEST(Listening, CountsEvents) {
  StatusLine line{Kind::listen, "", t0};
  EXPECT_EQ(line.render(t0 + 1s, wide, false), "waiting for the connection, 0:01");
  line.connected();
  EXPECT_EQ(line.render(t0 + 2s, wide, false), "| listening 0:02, 0 events");
  line.frame(t0 + 2s, R"({"status":"notice"})");
  EXPECT_EQ(line.render(t0 + 2s, wide, false), "| listening 0:02, 1 event");
  line.lost(t0 + 10s);
  EXPECT_EQ(line.render(t0 + 12s, wide, false), "waiting for the connection, 0:02");
  line.connected();
  EXPECT_EQ(line.render(t0 + 20s, wide, false), "| listening 0:20, 1 event");
}

TEST(Drawing, EndsWhereItBeganAndWrapsNothing) {
  EXPECT_EQ(drawing_of("job 25%"), "\x1b[?7l\rjob 25%\x1b[J\r\x1b[?7h");
}

TEST(Spinner, TurnsAndShowsTheLatestFields) {
  StatusLine line{Kind::stream, "job", t0};
  line.frame(t0, R"({"id":"1","job_id":"j","status":"running","step":3,"what":{"a": [1, 2]}})");
  EXPECT_EQ(line.render(t0 + 2s, wide, false), "| job 0:02 step=3 what={\"a\":[1,2]}");
  EXPECT_EQ(line.render(t0 + 2125ms, wide, false)[0], '/');
  line.frame(t0, R"({"status":"running"})");
  EXPECT_THAT(line.render(t0, wide, false), HasSubstr("step=3")) << "a frame that says nothing does not blank the line";
}

TEST(AnyLine, EscapesWhatTheAgentSent) {
  StatusLine line{Kind::stream, "job\x1b[2J", t0};
  line.frame(t0, "{\"status\":\"running\",\"x\":\"\xe2\x80\xae\xc2\x9b\",\"\\u001b[0m\":1}");
  const std::string text = line.render(t0, wide, false);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
}

TEST(AnyLine, NeverIsWiderThanTheTerminal) {
  for (const char* frame :
       {R"({"status":"running","progress":0.5})", R"({"status":"running","long":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"}) {
    StatusLine line{Kind::stream, "place_ooi_sprites", t0};
    line.frame(t0 + 1s, frame);
    for (std::size_t width = 0; width < 90; ++width) EXPECT_LE(line.render(t0 + 2s, width, false).size(), width) << width;
  }
  StatusLine wide_letters{Kind::stream, "\xe4\xb8\x96\xe7\x95\x8c", t0};
  wide_letters.frame(t0, R"({"status":"running"})");
  EXPECT_EQ(wide_letters.render(t0, 4, false), "| \xe4\xb8\x96") << "a wide letter takes two columns and is never cut in half";
}

TEST(AnyLine, AnEnormousFieldCostsNothing) {
  StatusLine line{Kind::stream, "job", t0};
  line.frame(t0, "{\"status\":\"running\",\"x\":\"" + std::string(1'000'000, 'a') + "\",\"y\":1}");
  EXPECT_THAT(line.render(t0, wide, false), HasSubstr("x=... y=1"));
}

}  // namespace
}  // namespace procedura::cli
