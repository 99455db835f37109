#include "sample_report.hpp"

namespace procedura::conformance::testing {
namespace {

using std::chrono::milliseconds;

constexpr const char* hostile = "running \x1b[31m<&>\"\xEF\xBF\xBE\xFF";

CheckResult excused(const CheckSpec& check, Outcome outcome, Outcome was, const Excuse& excuse) {
  return {&check, outcome, "what came", excuse, was};
}

}  // namespace

const Registry& sample_registry() {
  static const Registry registry = {
      {.id = "sync/good",
       .title = "What goes well",
       .needs = {Need::quick},
       .after = {},
       .checks = {{"ack", "SYN-1", Source::documented, "an ack"}, {"echo", "AUT-3", Source::documented, "either"}},
       .run = {}},
      {.id = "async/bad",
       .title = "What does not",
       .needs = {Need::slow, Need::credential},
       .after = {"sync/good:ack"},
       .checks = {{"started", "ASY-1", Source::documented, "a started first"},
                  {"early", "SYN-4", Source::observed, "an early ack"},
                  {"open", "END-1", Source::documented, "silence"}},
       .run = {}},
      {.id = "async/waiting",
       .title = "What was never begun",
       .needs = {},
       .after = {},
       .checks = {{"ok", "ORD-1", Source::documented, "order"}, {"ours", "REQ-6", Source::ours, "an error"}},
       .run = {}},
      {.id = "errors/alike",
       .title = "What goes wrong in the same way",
       .needs = {},
       .after = {},
       .checks = {{"started", "ASY-1", Source::documented, "a started first"}},
       .run = {}},
      {.id = "tls/known",
       .title = "What is known to fail",
       .needs = {},
       .after = {},
       .checks = {{"failing", "CON-1", Source::documented, "TLS"},
                  {"mended", "CON-5", Source::rfc, "1007"},
                  {"flaky", "CON-6", Source::rfc, "a pong", std::nullopt, "only its author could break it"}},
       .run = {}}};
  return registry;
}

RunReport sample_report() {
  const Registry& all = sample_registry();
  const Excuse failing{Excuse::Kind::failing, "tls/known:failing", "the proxy ends <TLS>", "https://example.org/issues/7",
                       "2026-12-31"};
  const Excuse mended{Excuse::Kind::failing, "tls/known:mended", "an old library", "", "2026-12-31"};
  const Excuse flaky{Excuse::Kind::flaky, "tls/known:flaky", "a busy machine", "", "2026-12-31"};
  const Excuse old{Excuse::Kind::failing, "request/**", "who knows", "", "2025-12-31"};

  RunReport report;
  report.version = "1.2.3";
  report.registry_hash = "0123456789abcdef";
  report.profile_hash = "fedcba9876543210";
  report.started = "2026-11-23T15:04:05Z";
  report.url = "ws://127.0.0.1:8765/";
  report.agent = "an <agent> & co";
  report.told = {{"Server", "an\x1b[2Jagent"}};
  report.seed = 42;
  report.reached = true;
  report.took = milliseconds{1500};
  const auto checks = [&all](std::size_t i) -> const std::vector<CheckSpec>& { return all[i].checks; };
  report.cases = {{&all[0],
                   {{&checks(0)[0], Outcome::pass, ""}, {&checks(0)[1], Outcome::info, "not echoed"}},
                   true,
                   milliseconds{10},
                   {},
                   "procedura-conformance server --select sync/good"},
                  {&all[1],
                   {{&checks(1)[0], Outcome::fail, hostile},
                    {&checks(1)[1], Outcome::warn, "late"},
                    {&checks(1)[2], Outcome::untestable, "no fence"}},
                   true,
                   milliseconds{20},
                   {{Entry::Kind::dialed, 1, milliseconds{0}, "handshake with Authorization: Bearer <redacted>"},
                    {Entry::Kind::sent, 1, milliseconds{1}, R"({"id":"1","cmd":"it's"})"},
                    {Entry::Kind::received, 1, milliseconds{12}, "{\"a\":\"\u202e\"}"},
                    {Entry::Kind::gave_up, 1, milliseconds{20}, "nothing for 5.0 s"}},
                   "procedura-conformance server --select async/bad"},
                  {&all[2],
                   {{&checks(2)[0], Outcome::untestable, "needs async/bad:started, which is FAIL"},
                    {&checks(2)[1], Outcome::not_applicable, "the profile does not declare REQ-6"}},
                   false,
                   {},
                   {},
                   "procedura-conformance server --select async/waiting"},
                  {&all[3],
                   {{&checks(3)[0], Outcome::fail, hostile}},
                   true,
                   milliseconds{30},
                   {},
                   "procedura-conformance server --select errors/alike"},
                  {&all[4],
                   {excused(checks(4)[0], Outcome::expected_failure, Outcome::fail, failing),
                    excused(checks(4)[1], Outcome::unexpected_pass, Outcome::pass, mended),
                    {&checks(4)[2], Outcome::pass, "", flaky, std::nullopt}},
                   true,
                   milliseconds{40},
                   {},
                   "procedura-conformance server --select tls/known"}};
  report.coverage = {8, 6, {{"no fence", {"END-1"}}, {"needs async/bad:started, which is FAIL", {"ORD-1"}}}};
  report.baseline = {{BaselineUse::Kind::used, failing},
                     {BaselineUse::Kind::stale, mended},
                     {BaselineUse::Kind::used, flaky},
                     {BaselineUse::Kind::expired, old}};
  return report;
}

}  // namespace procedura::conformance::testing
