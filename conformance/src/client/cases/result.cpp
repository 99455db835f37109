#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// A frame of its own, so that numbers come as they are written.
const ClientRun& play_json(ClientCase& c, const std::string& json) {
  return play(c, {accept, raw("{\"id\":\"${id}\",\"status\":\"finished\",\"result\":" + json + "}")}, bare);
}

Finding reports_json(ClientCase& c, const std::string& json) {
  return reports(play_json(c, json), json, c.profile().output);
}

void kinds(ClientCase& c) {
  c.judge("null", reports_json(c, "null"));
  c.judge("false", reports_json(c, "false"));
  c.judge("zero", reports_json(c, "0"));
  c.judge("empty-text", reports_json(c, "\"\""));
  c.judge("empty-list", reports_json(c, "[]"));
}

void texts(ClientCase& c) {
  const std::string word = c.fresh_word("result");
  c.judge("astral", reports_json(c, "\"" + word + " \xf0\x9f\x9c\x81 \xe4\xb8\x96 e\xcc\x81 \xd7\x90\""));
  const std::string controls = "\"" + word + R"( \u0000 \u001b[31m \u202e \n \" \\")";
  // For people, a careful client shows them some other way.
  c.judge("controls", c.profile().output == ClientProfile::Output::json
                          ? reports_json(c, controls)
                          : reports(play_json(c, controls), ordered_json(word).dump(), c.profile().output));
}

void numbers(ClientCase& c) {
  c.judge("exact", reports_json(c, "[9007199254740991,-9007199254740991]"));
  c.judge("big", reports_json(c, "[9007199254740993,18446744073709551617]"));
}

void big(ClientCase& c) {
  // The frame around it and the text are 8 MiB together.
  std::string text = c.fresh_word("result");
  text.resize(8 * mebibyte - 256, 'x');
  const ClientRun& run = play(c, {finished(text)}, accepted);
  c.judge("whole", reports_word(c, run, text));
}

void too_big(ClientCase& c) {
  const std::uint64_t size = c.profile().message_bytes + mebibyte;
  const ClientRun& run = play(c, {finished(one("$generate", one("bytes", size)))}, accepted);
  c.judge("ends", ends(run));
  c.judge("named", names(run, "MESSAGE_TOO_BIG"));
  c.judge("code", closed_with(run, 1009));
  c.judge("exit-code", fails(run));
}

}  // namespace

void add_client_result(Registry& all) {
  constexpr auto O = Source::observed;
  constexpr auto X = Source::ours;
  const auto add = [&all](std::string_view id, std::string_view title, std::vector<Need> needs, std::vector<CheckSpec> checks,
                          void (*story)(ClientCase&)) {
    all.push_back({.id = id,
                   .title = title,
                   .needs = std::move(needs),
                   .after = {sync_request_result},
                   .session = false,
                   .checks = std::move(checks),
                   .run = story,
                   .deadline = std::chrono::seconds{40}});
  };
  const std::vector<Need> needs = {Need::run_command, Need::result_on_stdout};
  add("client-result/kinds", "Results that are easily taken for none", needs,
      {{"null", "RES-1", O, "null on stdout"},
       {"false", "RES-1", O, "false on stdout"},
       {"zero", "RES-1", O, "0 on stdout"},
       {"empty-text", "RES-1", O, "\"\" on stdout"},
       {"empty-list", "RES-1", O, "[] on stdout"}},
      kinds);
  add("client-result/texts", "Characters of every kind in a result", needs,
      {{"astral", "RES-1", O, "the text on stdout, escaped or not"},
       {"controls", "RES-1", O, "the text on stdout, as JSON escapes it; where stdout is text, its first word"}},
      texts);
  add("client-result/numbers", "Integers of 53 bits, and bigger ones", needs,
      {{"exact", "RES-1", O, "the digits on stdout"},
       {"big", "RES-1", O, "the digits on stdout; RFC 8259 lets a program round them", Level::may}},
      numbers);
  add("client-result/big", "A message of nearly 8 MiB", needs, {{"whole", "CON-3", O, "the whole result on stdout"}}, big);
  std::vector<Need> limited = needs;
  limited.push_back(Need::message_limit);
  add("client-result/too-big", "A message over the client's limit", limited,
      {{"ends", "CLI-1", O, "the program's end, within the profile's patience"},
       {"named", "CLI-1", X, "MESSAGE_TOO_BIG on either stream"},
       {"code", "CON-3", O, "a Close with 1009"},
       {"exit-code", "CLI-3", X, "another exit code than 0"}},
      too_big);
}

}  // namespace procedura::conformance::cases
