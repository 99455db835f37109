#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

template <Need command>
void clean(ClientCase& c) {
  const ClientRun& run = play(c, {running("n", 1), finished(1)}, accepted, {.command = command});
  c.judge("close", closed_with(run, 1000));
  c.judge("prompt", ends_soon_after_result(run, c.profile().exit_within));
  c.judge("code", succeeds(run));
}

/// An agent that never answers a Close: the result is there all the same.
void no_close(ClientCase& c) {
  const std::string word = c.fresh_word("result");
  const ClientRun& run = play(c, {fault("no-close"), finished(word)}, accepted);
  c.judge("result", reports_word(c, run, word));
  c.judge("ends", ends_within(run, c.profile().patience));
}

}  // namespace

void add_client_exit(Registry& all) {
  constexpr auto X = Source::ours;
  const std::vector<CheckSpec> checks = {{"close", "CON-10", X, "a Close with 1000"},
                                         {"prompt", "CLI-3", X, "the process's end, within limits.exit_ms of the result"},
                                         {"code", "CLI-3", X, "exit code 0"}};
  all.push_back({.id = "client-exit/run",
                 .title = "The goodbye after a result",
                 .needs = {Need::run_command},
                 .after = {sync_request_sent},
                 .session = false,
                 .checks = checks,
                 .run = clean<Need::run_command>});
  all.push_back({.id = "client-exit/stream",
                 .title = "The goodbye after a stream",
                 .needs = {Need::stream_command},
                 .after = {stream_request_sent},
                 .session = false,
                 .checks = checks,
                 .run = clean<Need::stream_command>});
  all.push_back({.id = "client-exit/no-close",
                 .title = "An agent that does not answer a Close",
                 .needs = {Need::run_command, Need::result_on_stdout},
                 .after = {sync_request_result},
                 .session = false,
                 .checks = {{"result", "SYN-1", Source::documented, "the result on stdout"},
                            {"ends", "CLI-3", X, "the process's end, within limits.patience_ms"}},
                 .run = no_close});
}

}  // namespace procedura::conformance::cases
