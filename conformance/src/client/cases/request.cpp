#include "cases.hpp"
#include "scripts.hpp"

#include <procedura/conformance/client_case.hpp>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;

/// One request that is answered as documented: what every other case begins from.
void sync_request(ClientCase& c) {
  const std::string result = c.fresh_word("result");
  Stage& stage = c.stage(agent({finished(one("word", result))}, false));
  const ClientRun& run = c.run(stage, {});
  c.judge("one-object", one_object_per_message(run));
  c.judge("members", requests_complete(run));
  c.judge("id", ids_legal(run));
  c.judge("asks", asks_for(run, "m", Mode::sync));
  c.judge("result", reports(run, one("word", result).dump(), c.profile().output));
  c.judge("exit-code", both(asks_for(run, "m", Mode::sync), succeeds(run)));
}

void stream_request(ClientCase& c) {
  const std::string update = c.fresh_word("update");
  const std::string result = c.fresh_word("result");
  Stage& stage = c.stage(agent({running("word", update), finished(one("word", result))}, false));
  const ClientRun& run = c.run(stage, {.command = Need::stream_command});
  c.judge("one-object", one_object_per_message(run));
  c.judge("members", requests_complete(run));
  c.judge("asks", asks_for(run, "m", Mode::async));
  c.judge("updates", reports(run, ordered_json(update).dump(), c.profile().output));
  c.judge("result", reports(run, one("word", result).dump(), c.profile().output));
  c.judge("exit-code", both(asks_for(run, "m", Mode::async), succeeds(run)));
}

void arguments(ClientCase& c) {
  const Argv args = {c.fresh_word("arg"),         "",      "--flag", "--n=4", "two words", "-", "{\"a\": [1]}", "[]", "a,b",
                     "h\xc3\xa9llo \xe4\xb8\x96", "$HOME", "m",      "7"};
  Stage& stage = c.stage(agent({finished(1)}, false));
  const ClientRun& run = c.run(stage, {.args = args});
  c.judge("verbatim", args_are(run, args, std::array{protocol::ArgsStyle::module_first, protocol::ArgsStyle::bare}));
  c.judge("style", args_are(run, args, c.profile().args_styles));
  const ClientRun& none = c.run(stage, {});
  c.judge("none", args_are(none, {}, c.profile().args_styles));
}

}  // namespace

void add_client_request(Registry& all) {
  constexpr auto D = Source::documented;
  all.push_back({.id = "client-request/sync",
                 .title = "One synchronous request, answered as documented",
                 .needs = {Need::run_command},
                 .after = {},
                 .session = false,
                 .checks = {{"one-object", "CON-2", D, "text messages, each with one JSON object"},
                            {"members", "REQ-1", D, "id, cmd, args and mode, each of its type"},
                            {"id", "REQ-2", D, "a string of 1 to 256 bytes"},
                            {"asks", "REQ-3", D, "the module that was asked for as cmd, and mode sync"},
                            {"result", "SYN-1", D, "the result on stdout, as the profile says"},
                            {"exit-code", "CLI-3", Source::ours, "exit code 0, having asked"}},
                 .run = sync_request});
  all.push_back({.id = "client-request/stream",
                 .title = "One asynchronous request, answered as documented",
                 .needs = {Need::stream_command},
                 .after = {},
                 .session = false,
                 .checks = {{"one-object", "CON-2", D, "text messages, each with one JSON object"},
                            {"members", "REQ-1", D, "id, cmd, args and mode, each of its type; an id of 1 to 256 bytes"},
                            {"asks", "REQ-3", D, "the module that was asked for as cmd, and mode async"},
                            {"updates", "ORD-1", D, "what the running frame has, on stdout"},
                            {"result", "ORD-1", D, "the result on stdout, as the profile says"},
                            {"exit-code", "CLI-3", Source::ours, "exit code 0, having asked"}},
                 .run = stream_request});
  all.push_back(
      {.id = "client-request/arguments",
       .title = "Arguments of every kind, and none",
       .needs = {Need::run_command},
       .after = {sync_request_sent},
       .session = false,
       .checks = {{"verbatim", "REQ-1", D, "the arguments in their order, unaltered; the module's name may go before them"},
                  {"style", "REQ-4", D, "the module's name first, or as the profile's args_style says"},
                  {"none", "REQ-4", D, "the same without arguments"}},
       .run = arguments});
}

}  // namespace procedura::conformance::cases
