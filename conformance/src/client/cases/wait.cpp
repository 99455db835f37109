#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

using tap::Opcode;

/// How long a client that waits `timeout` may take in all: its start is slow on a busy machine, its end is not what is judged.
Duration bound(const ClientCase& c) {
  return c.profile().timeout + c.profile().patience / 2;
}

Call with_timeout(const ClientCase& c, Need option, Need command = Need::run_command) {
  Call call{.command = command};
  call.options[option] = c.timeout();
  call.patience = bound(c) + std::chrono::seconds{1};
  return call;
}

void judge_timeout(ClientCase& c, const ClientRun& run, std::string_view name) {
  c.judge("ends", gives_up(run, c.profile().timeout, bound(c)));
  c.judge("named", names(run, name));
  c.judge("exit-code", fails(run));
}

void ack(ClientCase& c) {
  judge_timeout(c, play(c, {delay("1h"), accept}, bare, with_timeout(c, Need::ack_timeout_option)), "ACK_TIMEOUT");
}

void final_frame(ClientCase& c) {
  judge_timeout(c, play(c, {delay("1h"), finished(1)}, accepted, with_timeout(c, Need::final_timeout_option)), "FINAL_TIMEOUT");
}

void idle(ClientCase& c) {
  const Call call = with_timeout(c, Need::idle_timeout_option, Need::stream_command);
  judge_timeout(c, play(c, {running("n", 1), delay("1h"), finished(1)}, accepted, call), "FINAL_TIMEOUT");
}

void connect(ClientCase& c) {
  Stage& stage =
      c.stage(ordered_json{{"version", 1}, {"faults", {fault("stall-upgrade")}}, {"stubs", {stub("m", {finished(1)})}}}.dump());
  judge_timeout(c, c.run(stage, with_timeout(c, Need::connect_timeout_option)), "CONNECT_TIMEOUT");
}

void dead_peer(ClientCase& c) {
  Call call = with_timeout(c, Need::ping_interval_option);
  call.options[Need::pong_timeout_option] = c.timeout();
  call.patience = *call.patience + c.profile().timeout;
  const ClientRun& run = play(c, {fault("half-open"), delay("1h"), finished(1)}, accepted, call);
  c.judge("ends", gives_up(run, c.profile().timeout, bound(c) + c.profile().timeout));
  c.judge("named", names(run, "CONNECTION_LOST"));
  c.judge("exit-code", fails(run));
}

void own_pings(ClientCase& c) {
  const auto wait = std::to_string((c.profile().timeout * 3).count()) + "ms";
  const ClientRun& run = play(c, {delay(wait.c_str()), finished(1)}, accepted, with_timeout(c, Need::ping_interval_option));
  c.judge("sent", sends(run, Opcode::ping));
}

}  // namespace

void add_client_wait(Registry& all) {
  constexpr auto O = Source::observed;
  constexpr auto X = Source::ours;
  const auto add = [&all](std::string_view id, std::string_view title, const std::vector<Need>& needs,
                          std::vector<CheckSpec> checks, void (*story)(ClientCase&)) {
    all.push_back({.id = id,
                   .title = title,
                   .needs = needs,
                   .after = {needs.front() == Need::run_command ? sync_request_sent : stream_request_sent},
                   .session = false,
                   .checks = std::move(checks),
                   .run = story,
                   .deadline = std::chrono::seconds{150}});
  };
  constexpr auto in_time = "the program's end once the timeout is over, and half of the profile's patience later at most";
  const auto checks = [&](std::string_view named) {
    return std::vector<CheckSpec>{
        {"ends", "CLI-1", O, in_time}, {"named", "CLI-1", X, named}, {"exit-code", "CLI-3", X, "another exit code than 0"}};
  };
  add("client-wait/ack", "An agent that never answers a request", {Need::run_command, Need::ack_timeout_option},
      checks("ACK_TIMEOUT on either stream"), ack);
  add("client-wait/final", "An agent that takes a request and never ends it", {Need::run_command, Need::final_timeout_option},
      checks("FINAL_TIMEOUT on either stream"), final_frame);
  add("client-wait/idle", "A job that falls silent", {Need::stream_command, Need::idle_timeout_option},
      checks("FINAL_TIMEOUT on either stream"), idle);
  add("client-wait/connect", "An agent that takes the connection and never answers the upgrade",
      {Need::run_command, Need::connect_timeout_option}, checks("CONNECT_TIMEOUT on either stream"), connect);
  add("client-wait/dead-peer", "An agent that does not answer pings any more, nor anything else",
      {Need::run_command, Need::ping_interval_option, Need::pong_timeout_option},
      {{"ends", "CON-6", Source::documented, in_time},
       {"named", "CLI-1", X, "CONNECTION_LOST on either stream"},
       {"exit-code", "CLI-3", X, "another exit code than 0"}},
      dead_peer);
  add("client-wait/pings", "A request that takes three times the ping interval",
      {Need::run_command, Need::ping_interval_option}, {{"sent", "CON-6", Source::documented, "a ping, while it waits"}},
      own_pings);
}

}  // namespace procedura::conformance::cases
