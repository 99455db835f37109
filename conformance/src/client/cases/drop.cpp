#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

void judge_loss(ClientCase& c, const ClientRun& run) {
  c.judge("noticed", ends_soon_after_drop(run, c.profile().exit_within));
  c.judge("named", names(run, "CONNECTION_LOST"));
  c.judge("exit-code", fails(run));
  c.judge("asked-once", asked_once(run, "m"));
}

ordered_json close_1008() {
  return one("close", {{"code", 1008}, {"reason", "go away"}});
}

template <Need command>
void reset(ClientCase& c) {
  judge_loss(c, play(c, {delay("50ms"), fault("reset")}, accepted, {.command = command}));
}

template <Need command>
void hang_up(ClientCase& c) {
  judge_loss(c, play(c, {delay("50ms"), fault("drop")}, accepted, {.command = command}));
}

template <Need command>
void close_by_agent(ClientCase& c) {
  const ClientRun& run = play(c, {delay("50ms"), close_1008()}, accepted, {.command = command});
  judge_loss(c, run);
  c.judge("code-named", names(run, "1008"));
  c.judge("answered", answered_close(run));
}

/// The moment at which to send it again is most tempting: nothing says that it was taken.
void before_ack(ClientCase& c) {
  judge_loss(c, play(c, {delay("50ms"), fault("reset")}, bare));
}

void going_down(ClientCase& c) {
  const ClientRun& run = play(c, {delay("50ms"), one("close", 1001)}, accepted);
  judge_loss(c, run);
}

void nobody(ClientCase& c) {
  Stage& stage = c.stage(agent({finished(1)}, accepted));
  stage.stop();  // its port is nobody's now
  const ClientRun& run = c.run(stage, {});
  c.judge("ends", ends_within(run, c.profile().patience / 2));
  c.judge("named", names(run, "CONNECT_FAILED"));
  c.judge("exit-code", fails(run));
}

}  // namespace

void add_client_drop(Registry& all) {
  constexpr auto O = Source::observed;
  constexpr auto X = Source::ours;
  const auto add = [&all](std::string_view id, std::string_view title, Need need, std::vector<CheckSpec> checks,
                          void (*story)(ClientCase&)) {
    all.push_back({.id = id,
                   .title = title,
                   .needs = {need},
                   .after = {need == Need::run_command ? sync_request_sent : stream_request_sent},
                   .session = false,
                   .checks = std::move(checks),
                   .run = story});
  };
  const std::vector<CheckSpec> lost = {{"noticed", "CLI-1", O, "the program's end, soon after that of the connection"},
                                       {"named", "CLI-1", X, "CONNECTION_LOST on either stream"},
                                       {"exit-code", "CLI-3", X, "another exit code than 0"},
                                       {"asked-once", "CLI-2", X, "one request, whatever became of it"}};
  std::vector<CheckSpec> closed = lost;
  closed.push_back({"code-named", "CLI-1", X, "1008 on either stream"});
  closed.push_back({"answered", "CON-10", Source::rfc, "a Close in answer to the agent's"});

  constexpr auto run = Need::run_command;
  constexpr auto stream = Need::stream_command;
  add("client-drop/reset", "The connection is reset during a request", run, lost, reset<run>);
  add("client-drop/hang-up", "The connection ends without a Close during a request", run, lost, hang_up<run>);
  add("client-drop/close", "The agent closes with 1008 during a request", run, closed, close_by_agent<run>);
  add("client-drop/before-ack", "The connection is reset before the request was answered", run, lost, before_ack);
  add("client-drop/going-down", "The agent goes down, and closes with 1001", run, lost, going_down);
  add("client-drop/stream-reset", "The connection is reset during a job", stream, lost, reset<stream>);
  add("client-drop/stream-hang-up", "The connection ends without a Close during a job", stream, lost, hang_up<stream>);
  add("client-drop/stream-close", "The agent closes with 1008 during a job", stream, closed, close_by_agent<stream>);
  add("client-drop/nobody", "Nobody listens at the address", run,
      {{"ends", "CLI-1", O, "the program's end, within half of the profile's patience"},
       {"named", "CLI-1", X, "CONNECT_FAILED on either stream"},
       {"exit-code", "CLI-3", X, "another exit code than 0"}},
      nobody);
}

}  // namespace procedura::conformance::cases
