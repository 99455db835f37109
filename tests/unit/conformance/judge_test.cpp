// Transcripts made by hand, and what they amount to.
#include <procedura/conformance/judge.hpp>
#include <procedura/conformance/transcript.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::conformance {
namespace {

using protocol::Mode;
using protocol::Status;
using ::testing::HasSubstr;

/// One request "a" and the frames that came, in order.
struct Talk {
  Correlation correlation;
  Exchange* exchange;

  explicit Talk(Mode mode, std::initializer_list<const char*> frames) : exchange{&correlation.sent("a", "module", mode, {})} {
    int at = 0;
    for (const char* frame : frames) {
      correlation.text(frame, std::chrono::milliseconds{++at});
    }
  }
};

constexpr const char* ack = R"({"id":"a","status":"ack"})";
constexpr const char* started = R"({"id":"a","job_id":"j","status":"started"})";
constexpr const char* running = R"({"id":"a","job_id":"j","status":"running","n":1})";
constexpr const char* finished = R"({"id":"a","status":"finished","result":{"x":["one","two"],"y":1}})";
constexpr const char* error = R"({"id":"a","status":"error","code":"BAD","message":"no"})";
constexpr const char* mute = R"({"id":"a","status":"error"})";
constexpr const char* strange = R"({"id":"a","status":"dreaming"})";

using Kind = Finding::Kind;

TEST(Correlation, follows_each_freedom_of_targeting) {
  const char* const talks[][4] = {
      {started, running, running, R"({"id":"a","job_id":"j","status":"finished","result":1})"},
      {started, R"({"id":"a","status":"running"})", running, R"({"id":"a","status":"finished","result":1})"},
      {started, R"({"job_id":"j","status":"running"})", running, R"({"job_id":"j","status":"finished","result":1})"},
      {R"({"job_id":"j","status":"started"})", R"({"job_id":"j","status":"running"})", running,
       R"({"job_id":"j","status":"finished","result":1})"},
      {R"({"job_id":"j","status":"started"})", R"({"id":"a","status":"running"})", running,
       R"({"id":"a","status":"finished","result":1})"},
  };
  for (const auto& frames : talks) {
    const Talk talk{Mode::async, {frames[0], frames[1], frames[2], frames[3]}};
    EXPECT_TRUE(talk.exchange->over()) << story(*talk.exchange);
    EXPECT_EQ(talk.exchange->count(Status::running), 2U);
    EXPECT_EQ(all_accounted_for(talk.correlation).kind, Kind::kept);
  }
}

TEST(Correlation, gives_a_started_without_id_to_the_oldest_request_that_waits) {
  Correlation correlation;
  Exchange& sync = correlation.sent("s", "m", Mode::sync, {});
  Exchange& first = correlation.sent("a", "m", Mode::async, {});
  Exchange& second = correlation.sent("b", "m", Mode::async, {});
  correlation.text(R"({"status":"started","job_id":"1"})", {});
  correlation.text(R"({"status":"started","job_id":"2"})", {});
  correlation.text(R"({"status":"finished","job_id":"2","result":0})", {});
  EXPECT_TRUE(sync.frames.empty());
  EXPECT_EQ(first.job_id, "1");
  EXPECT_FALSE(first.over());
  EXPECT_EQ(second.job_id, "2");
  EXPECT_TRUE(second.over());
  correlation.text(R"({"status":"started","job_id":"3"})", {});
  EXPECT_EQ(correlation.untargeted().size(), 1U) << "nobody waits any more";
}

TEST(Correlation, knows_an_id_that_is_used_again) {
  Correlation correlation;
  Exchange& first = correlation.sent("a", "m", Mode::sync, {});
  correlation.text(finished, {});
  Exchange& second = correlation.sent("a", "m", Mode::sync, {});
  correlation.text(ack, {});
  EXPECT_TRUE(first.late.empty());
  EXPECT_EQ(second.frames.size(), 1U);
}

TEST(Correlation, keeps_what_cannot_be_read) {
  Talk talk{Mode::sync, {"{", "[]", R"({"id":"a","status":7})", R"({"id":7,"status":"ack"})"}};
  talk.correlation.binary(3);
  EXPECT_EQ(talk.correlation.unreadable().size(), 5U);
  EXPECT_EQ(talk.exchange->faults.size(), 1U) << "the one whose id can be read";
  EXPECT_TRUE(talk.exchange->frames.empty());
  EXPECT_EQ(all_accounted_for(talk.correlation).kind, Kind::broken);
}

TEST(Correlation, tells_ids_that_contradict_each_other) {
  Talk job{Mode::async, {started, R"({"id":"a","job_id":"k","status":"running"})"}};
  EXPECT_EQ(job.exchange->faults.size(), 1U);
  Talk id{Mode::async, {started, R"({"id":"b","job_id":"j","status":"running"})"}};
  EXPECT_EQ(id.exchange->faults.size(), 1U);
  EXPECT_EQ(all_accounted_for(id.correlation).kind, Kind::broken);
}

TEST(Correlation, lets_untargeted_events_pass_and_foreign_frames_not) {
  EXPECT_EQ(
      all_accounted_for(Talk{Mode::sync, {R"({"status":"news"})", R"({"status":"error","message":"x"})"}}.correlation).kind,
      Kind::kept);
  EXPECT_EQ(all_accounted_for(Talk{Mode::sync, {R"({"id":"zz","status":"dreaming"})"}}.correlation).kind, Kind::kept);
  EXPECT_EQ(all_accounted_for(Talk{Mode::sync, {}}.correlation).kind, Kind::untestable) << "silence proves nothing";
  EXPECT_EQ(all_accounted_for(Talk{Mode::sync, {R"({"id":"zz","status":"ack"})"}}.correlation).kind, Kind::broken);
  EXPECT_EQ(all_accounted_for(Talk{Mode::sync, {R"({"job_id":"zz","status":"running"})"}}.correlation).kind, Kind::broken);
}

TEST(Story, is_told_in_words) {
  EXPECT_EQ(story(*Talk(Mode::async, {started, running, running, finished}).exchange), "started, 2 x running, finished");
  EXPECT_EQ(story(*Talk(Mode::sync, {ack, error}).exchange), "ack, error BAD (\"no\")");
  EXPECT_EQ(story(*Talk(Mode::sync, {mute}).exchange), "error");
  EXPECT_EQ(story(*Talk(Mode::sync, {strange}).exchange), "1 of an unknown status, then nothing so far");
  Talk silent{Mode::sync, {}};
  EXPECT_EQ(story(*silent.exchange), "nothing so far");
  silent.exchange->gave_up = "nothing for 5.0 s";
  EXPECT_EQ(story(*silent.exchange), "nothing for 5.0 s");
  Talk acked{Mode::sync, {ack}};
  acked.exchange->gave_up = "the agent closed with 1011";
  EXPECT_EQ(story(*acked.exchange), "ack, then the agent closed with 1011");
}

struct Row {
  Mode mode;
  std::vector<const char*> frames;
  Kind first;  ///< ack or started
  Kind end;    ///< finished
  Kind order;
  Kind silence;
};

TEST(Judge, knows_every_shape_of_an_exchange) {
  const Kind kept = Kind::kept;
  const Kind broken = Kind::broken;
  const Kind open = Kind::untestable;
  const Row rows[] = {
      // what came                                       first   end     order   silence
      {Mode::sync, {ack, finished}, kept, kept, kept, kept},
      {Mode::sync, {ack, running, finished}, kept, kept, kept, kept},
      {Mode::sync, {ack, strange, finished}, kept, kept, kept, kept},
      {Mode::sync, {finished}, broken, kept, kept, kept},
      {Mode::sync, {error}, open, broken, kept, kept},
      {Mode::sync, {ack, error}, kept, broken, kept, kept},
      {Mode::sync, {ack, ack, finished}, kept, kept, broken, kept},
      {Mode::sync, {started, finished}, broken, kept, broken, kept},
      {Mode::sync, {running, finished}, broken, kept, broken, kept},
      {Mode::sync, {running, ack, finished}, broken, kept, broken, kept},
      {Mode::sync, {ack, started, finished}, kept, kept, broken, kept},
      {Mode::sync, {ack}, kept, broken, open, open},
      {Mode::sync, {}, broken, broken, open, open},
      {Mode::sync, {ack, finished, finished}, kept, kept, kept, broken},
      {Mode::sync, {ack, finished, running}, kept, kept, kept, broken},
      {Mode::sync, {ack, finished, strange}, kept, kept, kept, broken},
      {Mode::sync, {ack, error, finished}, kept, broken, kept, broken},
      {Mode::async, {started, finished}, kept, kept, kept, kept},
      {Mode::async, {started, running, running, finished}, kept, kept, kept, kept},
      {Mode::async, {started, running, error}, kept, broken, kept, kept},
      {Mode::async, {error}, open, broken, kept, kept},
      {Mode::async, {finished}, broken, kept, kept, kept},
      {Mode::async, {running, finished}, broken, kept, broken, kept},
      {Mode::async, {running, started, finished}, broken, kept, broken, kept},
      {Mode::async, {started, started, finished}, kept, kept, broken, kept},
      {Mode::async, {ack, finished}, broken, kept, broken, kept},
      {Mode::async, {started, finished, running}, kept, kept, kept, broken},
      {Mode::async, {started, running}, kept, broken, open, open},
  };
  for (const Row& row : rows) {
    Talk talk{row.mode, {}};
    for (const char* frame : row.frames) {
      talk.correlation.text(frame, {});
    }
    const Exchange& exchange = *talk.exchange;
    const Status start = row.mode == Mode::sync ? Status::ack : Status::started;
    EXPECT_EQ(first_is(exchange, start).kind, row.first) << story(exchange);
    EXPECT_EQ(ends_with(exchange, Status::finished).kind, row.end) << story(exchange);
    EXPECT_EQ(in_order(exchange).kind, row.order) << story(exchange);
    EXPECT_EQ(silent_after(exchange, true).kind, row.silence) << story(exchange);
    // Without a fence nothing can be said for silence, but what was heard was heard.
    EXPECT_EQ(silent_after(exchange, false).kind, row.silence == kept ? open : row.silence) << story(exchange);
  }
}

TEST(Judge, blames_nobody_who_had_less_than_its_time) {
  Talk talk{Mode::sync, {ack}};
  talk.exchange->gave_up = "no end within the 20.0 s of this case";
  const std::vector<std::string> words = {"one"};
  EXPECT_EQ(ends_with(*talk.exchange, Status::finished).kind, Kind::broken);
  talk.exchange->cut_short = true;
  EXPECT_EQ(ends_with(*talk.exchange, Status::finished).kind, Kind::untestable);
  EXPECT_EQ(result_holds(*talk.exchange, words).kind, Kind::untestable);
  EXPECT_EQ(has_code(*talk.exchange, "BAD").kind, Kind::untestable);
  EXPECT_EQ(refused(*talk.exchange).kind, Kind::untestable);
  EXPECT_EQ(first_is(*talk.exchange, Status::ack).kind, Kind::kept);
  EXPECT_EQ(first_is(*talk.exchange, Status::started).kind, Kind::broken);

  Talk silent{Mode::sync, {}};
  silent.exchange->cut_short = true;
  EXPECT_EQ(first_is(*silent.exchange, Status::ack).kind, Kind::untestable);

  Talk over{Mode::sync, {ack, error}};
  over.exchange->cut_short = true;
  EXPECT_EQ(ends_with(*over.exchange, Status::finished).kind, Kind::broken);
}

TEST(Judge, knows_job_ids) {
  EXPECT_EQ(has_job_id(*Talk(Mode::async, {started}).exchange).kind, Kind::kept);
  EXPECT_EQ(has_job_id(*Talk(Mode::async, {R"({"id":"a","status":"started"})"}).exchange).kind, Kind::broken);
  EXPECT_EQ(has_job_id(*Talk(Mode::async, {R"({"id":"a","job_id":"","status":"started"})"}).exchange).kind, Kind::broken);
  EXPECT_EQ(has_job_id(*Talk(Mode::async, {R"({"id":"a","job_id":7,"status":"started"})"}).exchange).kind, Kind::broken);
  EXPECT_EQ(has_job_id(*Talk(Mode::async, {error}).exchange).kind, Kind::untestable);
}

TEST(Judge, knows_errors) {
  EXPECT_EQ(has_reason(*Talk(Mode::sync, {error}).exchange).kind, Kind::kept);
  EXPECT_EQ(has_reason(*Talk(Mode::sync, {mute}).exchange).kind, Kind::broken);
  EXPECT_EQ(has_reason(*Talk(Mode::sync, {R"({"id":"a","status":"error","message":7})"}).exchange).kind, Kind::broken);
  EXPECT_EQ(has_reason(*Talk(Mode::sync, {finished}).exchange).kind, Kind::untestable);
  EXPECT_EQ(has_code(*Talk(Mode::sync, {error}).exchange, "BAD").kind, Kind::kept);
  EXPECT_EQ(has_code(*Talk(Mode::sync, {error}).exchange, "WORSE").kind, Kind::broken);
  EXPECT_EQ(has_code(*Talk(Mode::sync, {finished}).exchange, "BAD").kind, Kind::broken);
  EXPECT_EQ(has_code(*Talk(Mode::sync, {ack}).exchange, "BAD").kind, Kind::broken);
  EXPECT_EQ(refused(*Talk(Mode::sync, {error}).exchange).kind, Kind::kept);
  EXPECT_EQ(refused(*Talk(Mode::sync, {finished}).exchange).kind, Kind::broken);
  EXPECT_EQ(refused(*Talk(Mode::sync, {ack}).exchange).kind, Kind::broken);
}

Finding promised(const char* result, const Module& module) {
  const std::string frame = std::string{R"({"id":"a","status":"finished")"} + result + "}";
  return result_as_promised(*Talk(Mode::sync, {frame.c_str()}).exchange, module);
}

TEST(Judge, holds_results_against_the_profile) {
  const Module any{.cmd = "m"};
  const Module object{.cmd = "m", .result_type = "object", .result_members = {"x"}};
  const Module number{.cmd = "m", .result_type = "number"};
  EXPECT_EQ(promised(R"(,"result":null)", any).kind, Kind::kept);
  EXPECT_EQ(promised("", any).kind, Kind::broken) << "no result at all";
  EXPECT_EQ(promised(R"(,"result":{"x":null})", object).kind, Kind::kept);
  EXPECT_EQ(promised(R"(,"result":{"y":1})", object).kind, Kind::broken);
  EXPECT_EQ(promised(R"(,"result":["x"])", object).kind, Kind::broken);
  EXPECT_EQ(promised(R"(,"result":1)", number).kind, Kind::kept);
  EXPECT_EQ(promised(R"(,"result":1e400)", number).kind, Kind::kept) << "valid JSON, though no double holds it";
  EXPECT_EQ(promised(R"(,"result":true)", number).kind, Kind::broken);
  EXPECT_EQ(result_as_promised(*Talk(Mode::sync, {error}).exchange, any).kind, Kind::untestable);
}

TEST(Judge, finds_words_in_results_in_their_order) {
  const Talk talk{Mode::sync, {finished}};
  const auto holds = [&talk](std::vector<std::string> words) { return result_holds(*talk.exchange, words).kind; };
  EXPECT_EQ(holds({}), Kind::kept);
  EXPECT_EQ(holds({"one", "two"}), Kind::kept);
  EXPECT_EQ(holds({"two"}), Kind::kept);
  EXPECT_EQ(holds({"two", "one"}), Kind::broken);
  EXPECT_EQ(holds({"on"}), Kind::broken) << "whole words only";
  EXPECT_EQ(holds({"x"}), Kind::broken) << "keys are no words";
  EXPECT_EQ(result_holds(*Talk(Mode::sync, {error}).exchange, std::vector<std::string>{}).kind, Kind::broken);
  EXPECT_EQ(without_own_name(*talk.exchange, "zero", "one").kind, Kind::kept);
  EXPECT_EQ(without_own_name(*talk.exchange, "one", "two").kind, Kind::broken);
}

TEST(Judge, reads_session_tokens) {
  const auto token = [](const char* result) {
    const std::string frame = std::string{R"({"id":"a","status":"finished","result":)"} + result + "}";
    return session_token(*Talk(Mode::sync, {frame.c_str()}).exchange);
  };
  EXPECT_EQ(token(R"({"session_token":"t"})"), "t");
  for (const char* none : {"null", "[]", "{}", R"({"session_token":""})", R"({"session_token":7})", R"("session_token")"}) {
    EXPECT_EQ(token(none), std::nullopt) << none;
  }
  EXPECT_EQ(session_token(*Talk(Mode::sync, {error}).exchange), std::nullopt);
}

TEST(Sealing, redacts_first_and_cuts_then) {
  protocol::Redactor redactor;
  redactor.add("hunter22");
  EXPECT_EQ(sealed("my hunter22!", redactor), "my <redacted>!");
  // A cut in the middle of the secret would leave half of it.
  EXPECT_THAT(sealed("abcdhunter22efgh", redactor, 8), HasSubstr("abcd<red"));
  EXPECT_THAT(sealed(std::string(10, 'x') + "\u00e9", redactor, 11), HasSubstr("xxxxxxxxxx … (12 bytes in all)"));
  const Transcript transcript = {
      {Entry::Kind::sent, 1, {}, R"({"id":"1","cmd":"login_password","args":["u:p"],"mode":"sync"})"},
      {Entry::Kind::received, 1, {}, R"({"id":"1","status":"finished","result":{"session_token":"tok"}})"},
      {Entry::Kind::received, 1, {}, "no JSON with hunter22"},
      {Entry::Kind::dialed, 1, {}, "handshake with Authorization: Bearer hunter22"}};
  for (const Entry& entry : sealed(transcript, redactor)) {
    EXPECT_THAT(entry.text, ::testing::Not(HasSubstr("u:p")));
    EXPECT_THAT(entry.text, ::testing::Not(HasSubstr("tok\"")));
    EXPECT_THAT(entry.text, ::testing::Not(HasSubstr("hunter22")));
  }
}

}  // namespace
}  // namespace procedura::conformance
