#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

using tap::Frame;
using tap::Hand;
using tap::Opcode;
using tap::Side;

void masked(ClientCase& c) {
  const ClientRun& run = play(c, {delay("50ms"), finished(1)}, accepted);
  c.judge("sound", frames_are_sound(run));
}

/// A ping before the first frame of this status that the agent sends.
tap::Sabotage ping_at(const std::string& status, const std::string& payload) {
  tap::Sabotage sabotage;
  sabotage.from_agent = [status, payload](Frame& frame, Hand& hand) {
    if (frame.payload.find("\"" + status + "\"") != std::string::npos) {
      hand.send_after(Frame::ping(payload));
      hand.fired("ping " + payload);
    }
  };
  return sabotage;
}

void pong(ClientCase& c) {
  const std::string first = c.fresh_word("ping");
  tap::Sabotage at_once;
  at_once.from_client = [first](Frame& frame, Hand& hand) {
    if (frame.opcode == Opcode::text) {
      hand.send(Side::client, Frame::ping(first));
      hand.fired("ping " + first);
    }
  };
  c.judge("before-ack", ponged(play(c, {delay("1s"), accept, finished(1)}, bare, {}, at_once), first));

  // 125 bytes are the most that a ping can carry.
  std::string longest = c.fresh_word("ping");
  longest.resize(125, '.');
  c.judge("during-job", ponged(play(c, {delay("1s"), finished(1)}, accepted, {}, ping_at("ack", longest)), longest));
  const ClientRun& empty = play(c, {delay("1s"), finished(1)}, accepted, {}, ping_at("ack", ""));
  c.judge("empty", ponged(empty, ""));
}

void fragments(ClientCase& c) {
  const std::string word = c.fresh_word("result");
  const ClientRun& fragmented = play(c, {fault(one("fragment", 8)), finished(word)}, accepted);
  c.judge("fragmented", reports_word(c, fragmented, word));

  const std::string payload = c.fresh_word("ping");
  tap::Sabotage between;
  between.from_agent = [payload](Frame& frame, Hand& hand) {
    if (frame.opcode == Opcode::text && !frame.fin) {
      hand.send_after(Frame::ping(payload));
      hand.fired("ping " + payload + " between two fragments");
    }
  };
  const ClientRun& interrupted = play(c, {fault(one("fragment", 8)), finished(word)}, accepted, {}, between);
  c.judge("ping-between", reports_word(c, interrupted, word));

  const ClientRun& dribbled = play(c, {fault(one("dribble", "1ms")), finished(word)}, accepted);
  c.judge("byte-by-byte", reports_word(c, dribbled, word));
}

/// What the RFC forbids comes, and then a result: who reports that has not failed the connection.
Finding failed_connection(ClientCase& c, const char* kind) {
  const std::string word = c.fresh_word("result");
  const ClientRun& run = play(c, {fault(one("illegal", kind)), finished(word)}, accepted);
  return both(ends(run), unreported(run, word));
}

void illegal(ClientCase& c) {
  for (const char* kind : {"reserved-opcode", "reserved-bits", "masked", "fragmented-control", "long-control",
                           "lone-continuation", "oversize-length"}) {
    c.judge(kind, failed_connection(c, kind));
  }
}

void invalid_utf8(ClientCase& c) {
  const std::string word = c.fresh_word("result");
  const ClientRun& run = play(c, {fault(one("illegal", "bad-utf8")), finished(word)}, accepted);
  c.judge("connection-failed", both(ends(run), unreported(run, word)));
  c.judge("code", closed_with(run, 1007));
}

}  // namespace

void add_client_frame(Registry& all) {
  constexpr auto D = Source::documented;
  constexpr auto R = Source::rfc;
  constexpr auto failed = "the connection fails: what comes behind it is not reported";
  all.push_back({.id = "client-frame/masked",
                 .title = "The frames that it sends",
                 .needs = {Need::run_command},
                 .after = {sync_request_sent},
                 .session = false,
                 .checks = {{"sound", "CON-1", D, "masked frames, with keys that change, no reserved bits, nothing else"}},
                 .run = masked});
  all.push_back({.id = "client-frame/pong",
                 .title = "Pings while it waits: for the first frame, and for the result",
                 .needs = {Need::run_command},
                 .after = {sync_request_sent},
                 .session = false,
                 .checks = {{"before-ack", "CON-6", R, "a pong with the ping's payload, before the result"},
                            {"during-job", "CON-6", R, "a pong with the ping's 125 bytes, before the result"},
                            {"empty", "CON-6", R, "a pong without payload to a ping without"}},
                 .run = pong,
                 .deadline = std::chrono::seconds{30}});
  all.push_back({.id = "client-frame/fragments",
                 .title = "A result in fragments, with a ping between them, and byte by byte",
                 .needs = {Need::run_command, Need::result_on_stdout},
                 .after = {sync_request_result},
                 .session = false,
                 .checks = {{"fragmented", "CON-1", D, "the result on stdout"},
                            {"ping-between", "CON-1", D, "the result on stdout"},
                            {"byte-by-byte", "CON-1", D, "the result on stdout"}},
                 .run = fragments,
                 .deadline = std::chrono::seconds{30}});
  all.push_back({.id = "client-frame/illegal",
                 .title = "Frames that RFC 6455 forbids, each followed by a result",
                 .needs = {Need::run_command, Need::result_on_stdout},
                 .after = {sync_request_result},
                 .session = false,
                 .checks = {{"reserved-opcode", "CON-1", D, failed},
                            {"reserved-bits", "CON-1", D, failed},
                            {"masked", "CON-1", D, failed},
                            {"fragmented-control", "CON-1", D, failed},
                            {"long-control", "CON-1", D, failed},
                            {"lone-continuation", "CON-1", D, failed},
                            {"oversize-length", "CON-1", D, failed}},
                 .run = illegal,
                 .deadline = std::chrono::seconds{45}});
  all.push_back(
      {.id = "client-frame/invalid-utf8",
       .title = "A text that is no UTF-8, followed by a result",
       .needs = {Need::run_command, Need::result_on_stdout},
       .after = {sync_request_result},
       .session = false,
       .checks = {{"connection-failed", "CON-5", R, failed}, {"code", "CON-5", R, "a Close with 1007", Level::should}},
       .run = invalid_utf8});
}

}  // namespace procedura::conformance::cases
