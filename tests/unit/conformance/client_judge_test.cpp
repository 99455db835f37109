// What a run of a client amounts to: each judge sees what is right, and each way to be wrong.
#include "client/command_line.hpp"
#include "client/json_in_text.hpp"

#include <procedura/conformance/client_judge.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace procedura::conformance {
namespace {

using namespace std::chrono_literals;
using protocol::ArgsStyle;
using protocol::Mode;
using tap::Frame;
using tap::Opcode;
using tap::Record;
using tap::Side;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Kind = Finding::Kind;

const protocol::TimePoint zero{};

/// Words a run, one thing after the other, 10 ms apart.
class Told {
 public:
  Told() { connect(); }

  Told& connect() {
    connection_ += 1;
    return add(Record::Kind::opened, Side::client);
  }
  Told& client(Frame frame) {
    frame.mask = tap::MaskKey{key_++, 1, 2, 3};
    return framed(Side::client, std::move(frame));
  }
  Told& unmasked(Frame frame) { return framed(Side::client, std::move(frame)); }
  Told& agent(Frame frame) { return framed(Side::agent, std::move(frame)); }
  Told& asks(const std::string& id, const std::string& cmd = "m", const std::string& mode = "sync",
             const std::string& args = "[\"m\"]") {
    return client(
        Frame::text(R"({"id":")" + id + R"(","cmd":")" + cmd + R"(","args":)" + args + R"(,"mode":")" + mode + "\"}"));
  }
  Told& ends_request(const std::string& id) {
    return agent(Frame::text(R"({"id":")" + id + R"(","status":"finished","result":1})"));
  }
  Told& at_once() {  // what follows comes with what went before
    now_ -= 10ms;
    return *this;
  }
  Told& upgraded() {
    add(Record::Kind::head, Side::agent);
    records_.back().head = tap::read_head("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    return *this;
  }
  Told& end(Side side, const std::string& how = "FIN") {
    add(Record::Kind::end, side);
    records_.back().text = how;
    return *this;
  }
  Told& stray(std::uint64_t bytes) {
    add(Record::Kind::bytes, Side::client);
    records_.back().size = bytes;
    return *this;
  }
  ClientRun exits(int code = 0, std::string out = {}, std::string err = {}) const {
    return over(Child::End::exited, code, std::move(out), std::move(err));
  }
  ClientRun over(Child::End how, int code = 0, std::string out = {}, std::string err = {}) const {
    ClientRun run;
    run.child.end = how;
    run.child.code = code;
    run.child.began = zero;
    run.child.ended = zero + now_;
    run.child.out.text = std::move(out);
    run.child.err.text = std::move(err);
    run.connections = conversations(records_);
    return run;
  }
  Told& later(std::chrono::milliseconds time) {
    now_ += time;
    return *this;
  }

 private:
  Told& framed(Side side, Frame frame) {
    add(Record::Kind::frame, side);
    records_.back().frame = std::move(frame);
    return *this;
  }
  Told& add(Record::Kind kind, Side side) {
    now_ += 10ms;
    Record record;
    record.kind = kind;
    record.connection = connection_;
    record.from = side;
    record.at = zero + now_;
    records_.push_back(std::move(record));
    return *this;
  }

  std::vector<Record> records_;
  unsigned connection_ = 0;
  unsigned char key_ = 1;
  protocol::Duration now_{};
};

ClientRun without_connection() {
  ClientRun run;
  run.child.end = Child::End::exited;
  run.child.code = 3;
  return run;
}

void expect_broken(const Finding& finding, const std::string& came) {
  EXPECT_EQ(finding.kind, Kind::broken);
  EXPECT_THAT(finding.came, HasSubstr(came));
}

void expect_kept(const Finding& finding) {
  EXPECT_EQ(finding.kind, Kind::kept) << finding.came;
}

TEST(ClientJudge, sees_what_a_message_has_to_be) {
  expect_kept(one_object_per_message(Told{}.asks("1").asks("2").exits()));
  expect_broken(one_object_per_message(Told{}.exits()), "no WebSocket connection; exit code 0");
  expect_broken(one_object_per_message(Told{}.upgraded().exits()), "no message; exit code 0");
  expect_broken(one_object_per_message(without_connection()), "no connection; exit code 3");
  expect_broken(one_object_per_message(Told{}.client(Frame::binary("{}")).exits()), "a binary message of 2 bytes");
  expect_broken(one_object_per_message(Told{}.client(Frame::text("{}{}")).exits()),
                "a message that is not valid JSON at byte 2");
  expect_broken(one_object_per_message(Told{}.client(Frame::text("\xff")).exits()), "a message that is");
  expect_broken(one_object_per_message(Told{}.client(Frame::text(" [1]")).exits()), "JSON, but no object");
  expect_broken(one_object_per_message(Told{}.client(Frame::text("")).exits()), "a message that is not valid JSON");
}

TEST(ClientJudge, puts_fragments_together) {
  Frame first = Frame::text(R"({"id":"1","cmd":"m",)");
  first.fin = false;
  Frame second = Frame::text(R"("args":[],"mode":"sync"})");
  second.opcode = Opcode::continuation;
  const ClientRun run = Told{}.client(first).client(Frame::ping("x")).client(second).exits();
  expect_kept(one_object_per_message(run));
  expect_kept(asks_for(run, "m", Mode::sync));
}

TEST(ClientJudge, sees_what_a_request_has_to_have) {
  expect_kept(requests_complete(Told{}.asks("1").exits()));
  expect_broken(requests_complete(Told{}.exits()), "no WebSocket");
  for (const char* text :
       {R"({"id":"1","cmd":"m","args":[]})", R"({"id":1,"cmd":"m","args":[],"mode":"sync"})",
        R"({"id":"1","cmd":"m","args":"x","mode":"sync"})", R"({"id":"1","cmd":"m","args":[],"mode":"fast"})",
        R"({"id":"","cmd":"m","args":[],"mode":"sync"})", "{}"}) {
    expect_broken(requests_complete(Told{}.client(Frame::text(text)).exits()), "a request that is none");
  }
}

TEST(ClientJudge, sees_what_an_id_has_to_be) {
  expect_kept(ids_legal(Told{}.asks("1").asks(std::string(256, 'x')).exits()));
  expect_broken(ids_legal(Told{}.asks("").exits()), "no string of 1 to 256 bytes");
  expect_broken(ids_legal(Told{}.client(Frame::text(R"({"id":1,"cmd":"m","args":[],"mode":"sync"})")).exits()),
                "no string of 1 to 256");
  expect_broken(ids_legal(Told{}.asks(std::string(257, 'x')).exits()), "a request whose id is no string of 1 to 256 bytes");
  expect_kept(ids_unique(Told{}.asks("1").asks("2").exits()));
  expect_kept(ids_unique(Told{}.asks("1").ends_request("1").asks("1").exits()));
  expect_kept(ids_unique(Told{}.asks("1").connect().asks("1").exits()));
  expect_broken(ids_unique(Told{}.asks("1").asks("1").exits()), "the id \"1\" for two requests");
  expect_broken(ids_unique(Told{}.asks("1").ends_request("2").asks("1").exits()), "the id \"1\"");
}

TEST(ClientJudge, sees_what_was_asked_for) {
  expect_kept(asks_for(Told{}.asks("1", "m", "async").exits(), "m", Mode::async));
  expect_broken(asks_for(Told{}.asks("1", "m", "sync").exits(), "m", Mode::async), "a request for \"m\", sync");
  expect_broken(asks_for(Told{}.asks("1", "n").exits(), "m", Mode::sync), "\"n\"");
  expect_broken(asks_for(Told{}.exits(), "m", Mode::sync), "no request");
  expect_kept(asks_for(Told{}.asks("1", "__keepalive").asks("2").exits(), "m", Mode::sync));

  const std::array both_styles = {ArgsStyle::module_first, ArgsStyle::bare};
  const std::vector<std::string> args = {"a", ""};
  const ClientRun first = Told{}.asks("1", "m", "sync", R"(["m","a",""])").exits();
  const ClientRun bare = Told{}.asks("1", "m", "sync", R"(["a",""])").exits();
  expect_kept(args_are(first, args, both_styles));
  expect_kept(args_are(bare, args, both_styles));
  expect_broken(args_are(bare, args, std::array{ArgsStyle::module_first}), R"(args ["a",""])");
  expect_broken(args_are(Told{}.asks("1", "m", "sync", R"(["m","a"])").exits(), args, both_styles), R"(args ["m","a"])");
}

TEST(ClientJudge, sees_a_request_that_was_made_again) {
  expect_kept(asked_once(Told{}.asks("1").exits(), "m"));
  expect_broken(asked_once(Told{}.asks("1").connect().asks("1").exits(), "m"), "asked for 2 times, on 2 connection(s)");
  expect_broken(asked_once(Told{}.exits(), "m"), "asked for 0 times");
}

TEST(ClientJudge, sees_who_waits_for_another) {
  expect_kept(
      all_asked_before_final_of(Told{}.asks("1", "slow").asks("2").ends_request("2").ends_request("1").exits(), "slow", 2));
  expect_broken(all_asked_before_final_of(Told{}.asks("1", "slow").ends_request("1").asks("2").exits(), "slow", 2),
                "1 of 2 requests before slow ended");
  expect_broken(all_asked_before_final_of(Told{}.asks("1", "slow").asks("2").exits(), "slow", 2), "slow was not waited for");
  expect_broken(all_asked_before_final_of(Told{}.asks("2").exits(), "slow", 1), "no request for slow");
}

TEST(ClientJudge, sees_what_a_frame_has_to_be) {
  expect_kept(frames_are_sound(Told{}.asks("1").client(Frame::close(1000)).exits()));
  expect_broken(frames_are_sound(Told{}.unmasked(Frame::text("{}")).exits()), "a text frame that is not masked");
  Frame odd = Frame::text("{}");
  odd.rsv = 4;
  expect_broken(frames_are_sound(Told{}.client(odd).exits()), "reserved bits");
  expect_broken(frames_are_sound(Told{}.asks("1").stray(7).exits()), "7 bytes that are no frames");
  expect_broken(frames_are_sound(Told{}.exits()), "no WebSocket");
  Frame same = Frame::text("{}");
  same.mask = tap::MaskKey{9, 9, 9, 9};
  expect_broken(frames_are_sound(Told{}.unmasked(same).unmasked(same).exits()), "the same masking key for all 2 frames");
}

TEST(ClientJudge, sees_a_pong_in_time) {
  expect_kept(ponged(Told{}.client(Frame::pong("p")).ends_request("1").exits(), "p"));
  expect_broken(ponged(Told{}.ends_request("1").client(Frame::pong("p")).exits(), "p"), "only after the result");
  expect_broken(ponged(Told{}.client(Frame::pong("q")).ends_request("1").exits(), "p"), "a pong with \"q\" instead of \"p\"");
  expect_broken(ponged(Told{}.ends_request("1").exits(), "p"), "no pong");
  expect_kept(sends(Told{}.client(Frame::ping("")).exits(), Opcode::ping));
  expect_broken(sends(Told{}.asks("1").exits(), Opcode::ping), "no ping frame");
}

TEST(ClientJudge, sees_how_it_said_goodbye) {
  expect_kept(closed_with(Told{}.client(Frame::close(1000)).exits(), 1000));
  expect_broken(closed_with(Told{}.client(Frame::close(1001)).exits(), 1000), "a Close with 1001");
  Frame empty = Frame::close(1000);
  empty.payload.clear();
  expect_broken(closed_with(Told{}.client(empty).exits(), 1000), "a Close without a code");
  expect_broken(closed_with(Told{}.end(Side::client, "RST").exits(), 1000), "no Close; the connection ended with RST");
  expect_broken(closed_with(without_connection(), 1000), "no connection");
  expect_kept(answered_close(Told{}.agent(Frame::close(1008)).client(Frame::close(1008)).exits()));
  expect_broken(answered_close(Told{}.agent(Frame::close(1008)).end(Side::client).exits()), "no Close");
  EXPECT_EQ(answered_close(Told{}.exits()).kind, Kind::untestable);
}

TEST(ClientJudge, sees_what_the_user_is_told) {
  using Out = ClientProfile::Output;
  const ClientRun run = Told{}.exits(1, "{\n  \"a\": [\"w\", 1]\n}\n", "c: no luck\n");
  expect_kept(reports(run, R"(["w",1])", Out::json));
  expect_broken(reports(run, R"(["w",2])", Out::json), R"(["w",2] is not on stdout)");
  expect_kept(reports(run, R"({"x":"w"})", Out::text));
  expect_broken(reports(run, R"("v")", Out::text), "v is not on stdout");
  expect_kept(reports(run, "[]", Out::text));
  EXPECT_EQ(reports(run, "1", Out::nothing).kind, Kind::note);
  expect_kept(shows(run, "w"));
  expect_broken(shows(run, "luck"), "stdout: ");
  expect_kept(tells_people(run, "no luck"));
  expect_broken(tells_people(run, "w\""), "stderr: \"c: no luck");
  expect_kept(names(run, "luck"));
  expect_kept(names(run, "\"w\""));
  expect_broken(names(run, "LOST"), "no LOST");
  expect_kept(unreported(run, "luck"));
  expect_broken(unreported(run, "w"), "stdout has \"w\"");
  expect_kept(silent_about(run, "secret"));
  expect_broken(silent_about(run, "luck"), "stderr has \"luck\"");
  expect_broken(silent_about(run, "\"w\""), "stdout has");
}

TEST(ClientJudge, quotes_a_stream_without_cutting_a_word) {
  const std::string token(50, 't');
  const ClientRun run = Told{}.exits(0, std::string(180, '.') + " " + token + " and more", std::string(9000, 'x'));
  EXPECT_THAT(shows(run, "none").came, HasSubstr(" " + token + "...\""));
  EXPECT_THAT(tells_people(run, "none").came, HasSubstr("stderr: 9000 bytes without a space"));
}

TEST(ClientJudge, sees_how_it_ended) {
  const ClientRun good = Told{}.ends_request("1").exits(0);
  const ClientRun bad = Told{}.ends_request("1").exits(4);
  const ClientRun crashed = Told{}.ends_request("1").over(Child::End::signalled, 11);
  const ClientRun hung = Told{}.ends_request("1").later(10s).over(Child::End::killed);
  expect_kept(succeeds(good));
  expect_broken(succeeds(bad), "exit code 4");
  expect_broken(succeeds(crashed), "ended by signal 11");
  expect_broken(succeeds(hung), "killed");
  expect_kept(fails(bad));
  expect_broken(fails(good), "exit code 0");
  expect_broken(fails(crashed), "signal 11");
  expect_broken(fails(hung), "killed");
  expect_kept(ends(crashed));
  expect_broken(ends(hung), "killed");
  expect_kept(ends_within(good, 1s));
  expect_broken(ends_within(Told{}.later(2s).exits(), 1s), "exit code 0 after 2.0");
  expect_kept(gives_up(Told{}.later(1s).exits(5), 1s, 2s));
  expect_broken(gives_up(Told{}.later(500ms).exits(5), 1s, 2s), "before its timeout was over");
  expect_broken(gives_up(Told{}.later(3s).exits(5), 1s, 2s), "exit code 5 after 3.0");
  expect_broken(gives_up(hung, 1s, 20s), "killed");
  expect_kept(ends_soon_after_result(Told{}.later(9s).ends_request("1").later(1s).exits(), 2s));
  expect_broken(ends_soon_after_result(Told{}.ends_request("1").later(3s).exits(), 2s), "3.00 s after");
  expect_broken(ends_soon_after_result(hung, 20s), "killed");
  EXPECT_EQ(ends_soon_after_result(Told{}.exits(), 2s).kind, Kind::untestable);
  expect_kept(ends_soon_after_drop(Told{}.agent(Frame::close(1008)).later(1s).exits(3), 2s));
  expect_broken(ends_soon_after_drop(Told{}.end(Side::agent, "RST").later(3s).exits(3), 2s), "3.00 s after");
  EXPECT_EQ(ends_soon_after_drop(Told{}.exits(3), 2s).kind, Kind::untestable);
  expect_broken(ends_soon_after_drop(without_connection(), 2s), "no connection");
}

TEST(ClientJudge, sees_what_came_in_one_segment) {
  EXPECT_TRUE(came_together(Told{}.ends_request("1").at_once().ends_request("2").exits(), 2));
  EXPECT_FALSE(came_together(Told{}.ends_request("1").ends_request("2").exits(), 2));
  EXPECT_FALSE(came_together(Told{}.ends_request("1").exits(), 2));
  expect_broken(both(Finding::kept(), Finding::broken("b")), "b");
  expect_broken(both(Finding::broken("a"), Finding::broken("b")), "a");
}

TEST(JsonInText, is_found_wherever_it_stands) {
  EXPECT_THAT(json_values_in("{\"a\" : 1}"), ElementsAre(R"({"a":1})"));
  EXPECT_THAT(json_values_in("1\n\"b\"\nnull\n"), ElementsAre("1", "\"b\"", "null"));
  EXPECT_THAT(json_values_in("result: {\n \"a\": \"}\\\"\"\n}\nbye\n[2]\n"), ElementsAre(R"({"a":"}\""})", "[2]"));
  EXPECT_THAT(json_values_in("{'a': 1}\n{\"never\": \"closed\n"), IsEmpty());
  EXPECT_TRUE(holds_json(R"({"x":[18446744073709551617]})", "18446744073709551617"));
  EXPECT_FALSE(holds_json("[12]", "1")) << "a number that begins with the one that is looked for";
  EXPECT_FALSE(holds_json(R"({"x":[118446744073709551617]})", "18446744073709551617"));
  EXPECT_FALSE(holds_json(R"({"x":1.8446744073709552e19})", "18446744073709551617"));
  EXPECT_TRUE(holds_json("\"\\u4e16\"", "\"\xe4\xb8\x96\"")) << "escaped or not";
  EXPECT_FALSE(holds_json("", "null"));
  EXPECT_THAT(json_values_in(std::string(5000, '{') + "\n"), IsEmpty());
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "{\n";
  EXPECT_THAT(json_values_in(many), IsEmpty()) << "in a time that is bounded";
}

ClientProfile with_everything() {
  return std::get<ClientProfile>(parse_client_profile(R"({"client": "c", "token_file": "{home}/t",
    "commands": {"run": ["c", "{options...}", "{cmd}", "{args...}"], "login": ["c", "{options...}", "{credential}", "--device={device}"]},
    "options": {"ack_timeout": ["--ack", "{seconds}"], "token": {"args": [], "env": {"TOKEN": "{token}"}},
                "final_timeout": ["--final={milliseconds}"]},
    "env": {"URL": "{url}", "FILE": "{token_file}", "LANG": "de"}, "inherit": ["MINE", "NONE"]})"));
}

TEST(CommandLine, has_what_the_profile_and_the_call_say_and_nothing_else) {
  const Place place{"/scratch/x", "ws://h:1", [](const std::string& name) -> std::optional<std::string> {
                      return name == "NONE" ? std::nullopt : std::optional{"outer " + name};
                    }};
  Call call{.cmd = "m", .args = {"", "{url}"}};
  call.options = {{Need::ack_timeout_option, "250"},
                  {Need::final_timeout_option, "1000"},
                  {Need::token_option, "tok"},
                  {Need::ca_option, "not in this profile"}};
  call.env = {{"MINE", "the call's"}};
  const ChildStart start = start_of(with_everything(), call, place);
  EXPECT_THAT(start.argv, ElementsAre("c", "--ack", "0.25", "--final=1000", "m", "", "{url}"));
  EXPECT_EQ(start.env, (std::map<std::string, std::string>{{"FILE", "/scratch/x/t"},
                                                           {"HOME", "/scratch/x"},
                                                           {"LANG", "de"},
                                                           {"MINE", "the call's"},
                                                           {"PATH", "outer PATH"},
                                                           {"TERM", "dumb"},
                                                           {"TMPDIR", "/scratch/x"},
                                                           {"TOKEN", "tok"},
                                                           {"URL", "ws://h:1"}}));
  const ChildStart login = start_of(with_everything(), {.command = Need::login_command, .credential = "a:b"}, place);
  EXPECT_THAT(login.argv, ElementsAre("c", "a:b", "--device="));
}

TEST(CommandLine, tells_times_and_words_to_people) {
  EXPECT_EQ(in_seconds(0ms), "0");
  EXPECT_EQ(in_seconds(1000ms), "1");
  EXPECT_EQ(in_seconds(1050ms), "1.05");
  EXPECT_EQ(in_seconds(60001ms), "60.001");
  EXPECT_EQ(in_words({"c", "--x=1", "", "a b", "$HOME"}), "c --x=1 '' 'a b' '$HOME'");
}

TEST(Conversation, becomes_a_transcript) {
  std::vector<Record> records(5);
  records[0].connection = 1;
  records[1] = records[2] = records[3] = records[4] = records[0];
  records[1].kind = Record::Kind::head;
  records[1].head = tap::read_head("GET /?token=tok HTTP/1.1\r\nAuthorization: Bearer tok\r\nHost: h\r\n\r\n");
  records[2].kind = Record::Kind::frame;
  records[2].from = Side::agent;
  records[2].frame = Frame::text("{}");
  records[2].at = zero + 5ms;
  records[3].kind = Record::Kind::frame;
  records[3].frame = Frame::close(1000, "bye");
  records[4].kind = Record::Kind::end;
  records[4].text = "RST";
  const Transcript transcript = transcript_of(records, zero, 7);
  ASSERT_EQ(transcript.size(), 5U);
  EXPECT_EQ(transcript[1].connection, 7U);
  EXPECT_EQ(transcript[1].text, "GET /?token=<redacted> HTTP/1.1; Authorization: <redacted>; Host: h");
  EXPECT_EQ(transcript[2].kind, Entry::Kind::sent);
  EXPECT_EQ(transcript[2].at, protocol::Duration{5ms});
  EXPECT_EQ(transcript[3].text, "close 1000 bye");
  EXPECT_EQ(transcript[4].text, "RST");
}

}  // namespace
}  // namespace procedura::conformance
