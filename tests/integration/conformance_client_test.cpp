// Client programs as they must not be: the suite runs them to their end, or ends them, and goes on.
#include "client/child.hpp"
#include "client/tls_listener.hpp"

#include <procedura/conformance/client_case.hpp>
#include <procedura/conformance/client_runner.hpp>
#include <procedura/conformance/render.hpp>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace procedura::conformance {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

const Environment own_env = [](const std::string& name) -> std::optional<std::string> {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
};

Child run_script(const std::string& script, std::chrono::milliseconds patience = 20s) {
  return run_child({{"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}}, {.until = Clock::now() + patience});
}

TEST(Child, tells_its_exit_code_and_both_streams) {
  const Child child = run_script("printf out; printf err >&2; exit 3");
  EXPECT_EQ(child.end, Child::End::exited);
  EXPECT_EQ(child.code, 3);
  EXPECT_EQ(child.out.text, "out");
  EXPECT_EQ(child.err.text, "err");
  EXPECT_THAT(story(child), HasSubstr("exit code 3 after 0."));
}

TEST(Child, gets_nothing_but_its_words_and_variables) {
  const Child child = run_child({{"/usr/bin/env"}, {{"A", "1"}, {"B", "x y\n$HOME"}}}, {.until = Clock::now() + 20s});
  EXPECT_EQ(child.out.text, "A=1\nB=x y\n$HOME\n");
  EXPECT_EQ(run_child({{"printf", "%s|", "", "$HOME", "a b"}, {}}, {.until = Clock::now() + 20s}).out.text, "|$HOME|a b|");
  EXPECT_EQ(run_script("cat; echo end").out.text, "end\n") << "nothing is on stdin";
  // Descriptors of ours are not the child's: a mock's connection would stay open with it.
  const Child fds = run_script("ls /proc/self/fd | wc -l");
  EXPECT_LE(std::stoi(fds.out.text), 4) << fds.out.text;
}

TEST(Child, that_crashes_is_told_by_its_signal) {
  const Child child = run_script("kill -SEGV $$");
  EXPECT_EQ(child.end, Child::End::signalled);
  EXPECT_EQ(child.code, SIGSEGV);
}

TEST(Child, that_hangs_and_ignores_signals_costs_its_time) {
  const auto began = Clock::now();
  const Child child = run_script("trap '' TERM INT HUP; echo here; while :; do sleep 1; done", 300ms);
  EXPECT_EQ(child.end, Child::End::killed);
  EXPECT_EQ(child.out.text, "here\n");
  EXPECT_THAT(story(child), HasSubstr("killed: still running after 0.3 s"));
  EXPECT_LT(Clock::now() - began, 5s);
}

TEST(Child, that_leaves_its_group_is_ended_all_the_same) {
  const auto began = Clock::now();
  const Child child =
      run_child({{"perl", "-e", "setpgrp(0, getpgrp(getppid())) or die; print 'out'; close STDOUT; sleep 20"}, {}},
                {.until = Clock::now() + 1s});
  EXPECT_EQ(child.end, Child::End::killed);
  EXPECT_EQ(child.out.text, "out");
  EXPECT_LT(Clock::now() - began, 10s);
}

TEST(TlsListener, hears_out_who_has_gone_already) {
  const Certificate certificate = issue(make_authority("a test's authority"));
  for (int i = 0; i < 100; ++i) {
    const TlsListener listener{certificate};
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(listener.url().substr(listener.url().rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(client);
    ASSERT_EQ(listener.connections(), 1U) << i;
  }
}

TEST(Child, that_floods_is_cut_off) {
  const Child child =
      run_child({{"/bin/sh", "-c", "exec cat /dev/zero"}, {}}, {.until = Clock::now() + 60s, .kept = 1000, .most = 10'000'000});
  EXPECT_EQ(child.end, Child::End::killed);
  EXPECT_EQ(child.why, "wrote without end");
  EXPECT_EQ(child.out.text.size(), 1000U);
  EXPECT_GT(child.out.bytes, 10'000'000U);
}

TEST(Child, that_leaves_children_behind_is_not_waited_for) {
  const auto began = Clock::now();
  const Child child = run_script("sleep 300 & echo $!");
  EXPECT_TRUE(child.succeeded());
  EXPECT_LT(Clock::now() - began, 10s);
  const Child apart = run_script("setsid sleep 3 & echo done");  // in a group of its own, with our pipe
  EXPECT_TRUE(apart.succeeded());
  EXPECT_EQ(apart.out.text, "done\n");
  EXPECT_LT(Clock::now() - began, 20s);
}

TEST(Child, closes_its_streams_and_lives_on) {
  const auto began = Clock::now();
  const Child child = run_script("exec >&- 2>&-; sleep 0.3; exit 5");
  EXPECT_EQ(child.code, 5);
  EXPECT_GE(Clock::now() - began, 300ms);
}

TEST(Child, that_cannot_be_started_says_why) {
  EXPECT_THAT(*why_not_startable({{"no-such-program"}, {}}), HasSubstr("no-such-program cannot be started: No such file"));
  EXPECT_THAT(*why_not_startable({{"/etc/passwd"}, {}}), HasSubstr("/etc/passwd cannot be started: Permission denied"));
  EXPECT_THAT(*why_not_startable({{"/"}, {}}), HasSubstr("cannot be started"));
  EXPECT_EQ(why_not_startable({{"/bin/sh", "-c", "sleep 300"}, {}}), std::nullopt);
}

TEST(Child, is_ended_by_an_interruption) {
  std::atomic<bool> interrupted = false;
  std::jthread other{[&] {
    std::this_thread::sleep_for(200ms);
    interrupted = true;
  }};
  const auto began = Clock::now();
  const Child child = run_child({{"/bin/sleep", "300"}, {}}, {.until = Clock::now() + 60s, .interrupted = &interrupted});
  EXPECT_EQ(child.why, "the run was interrupted");
  EXPECT_LT(Clock::now() - began, 10s);
}

/// A client that is a line of shell.
ClientProfile shell(const std::string& line) {
  ClientProfile profile;
  profile.client = "a line of shell";
  profile.commands[Need::run_command] = {"/bin/sh", "-c", line};
  profile.commands[Need::stream_command] = profile.commands[Need::run_command];
  profile.patience = 400ms;
  for (const Clause& clause : clauses()) {
    if (clause.has(Source::ours)) {
      profile.declares.emplace(clause.id);
    }
  }
  return profile;
}

RunReport judge(const ClientProfile& profile, RunOptions options = {}) {
  options.seed = 7;
  options.jobs = 4;
  return run_client_suite(client_cases(), profile, own_env, options);
}

class BadClients : public ::testing::TestWithParam<const char*> {};

TEST_P(BadClients, cost_their_cases_and_the_report_is_complete) {
  const RunReport report = judge(shell(GetParam()));
  EXPECT_EQ(exit_code(report), 1) << exit_reason(report);
  EXPECT_EQ(report.cases.size(), client_cases().size());
  EXPECT_EQ(report.count(Outcome::harness), 0U);
  EXPECT_FALSE(report.out_of_time);
  EXPECT_NE(report.count(Outcome::fail), 0U);
  for (const CaseResult& result : report.cases) {
    EXPECT_EQ(result.checks.size(), result.spec->checks.size()) << result.spec->id;
  }
}

INSTANTIATE_TEST_SUITE_P(Lines, BadClients,
                         ::testing::Values("exit 0", "exit 1", "trap '' TERM INT HUP; sleep 300", "kill -SEGV $$",
                                           "exec cat /dev/zero", "exec cat /dev/zero >&2", "rm -rf \"$HOME\"",
                                           "chmod 0 \"$HOME\"; echo '{\"result\": 1}'"));

TEST(ClientSuite, ends_a_run_that_is_over_with_a_complete_report) {
  RunOptions options;
  options.max_time = 600ms;
  ClientProfile slow = shell("sleep 300");
  slow.patience = 60s;
  const auto began = Clock::now();
  const RunReport report = judge(slow, options);
  EXPECT_TRUE(report.out_of_time);
  EXPECT_EQ(exit_code(report), 1);
  EXPECT_EQ(report.count(Outcome::fail), 0U) << "what was cut short by the run's end is nobody's fault";
  EXPECT_EQ(report.cases.size(), client_cases().size());
  EXPECT_LT(Clock::now() - began, 10s);
}

TEST(ClientSuite, leaves_no_folder_behind) {
  const auto folders = [] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::temp_directory_path()}) {
      count += entry.path().filename().string().rfind("procedura-client-", 0) == 0 ? 1U : 0U;
    }
    return count;
  };
  const std::size_t before = folders();
  RunOptions options;
  options.select = {"client-request/*"};
  judge(shell("mkdir -p \"$HOME/a/b\"; echo x > \"$HOME/a/b/c\""), options);
  EXPECT_LE(folders(), before);
}

// A case of its own, to see what a case sees.
ClientRun seen;
std::string told_by_stage;

void two_stages(ClientCase& c) {
  c.keep_secret("hunter22");
  const char* scenario = R"({"version": 1, "stubs": [{"name": "m", "match": {"cmd": "m"}, "reply": [{"finished": "hello"}]}]})";
  Stage& first = c.stage(scenario);
  Stage& second = c.stage(scenario);
  c.run(first, {.args = {"one"}});
  seen = c.run(second, {.args = {"two"}});
  EXPECT_NE(first.port(), second.port());
  EXPECT_EQ(first.records().empty(), true);
  told_by_stage = second.journal().empty() ? "" : second.journal().front().partition;
  c.judge("fine", shows(seen, "hunter22"));
}

TEST(ClientCase, runs_commands_one_after_the_other_and_shows_no_secret) {
  const Registry registry = {{.id = "client-test/stages",
                              .title = "two stages",
                              .needs = {Need::run_command},
                              .after = {},
                              .session = false,
                              .checks = {{"fine", "SYN-1", Source::documented, "what is right"}},
                              .run = two_stages}};
  ClientProfile profile = shell("echo said hunter22 to $0 >&2; echo hunter22");
  profile.commands[Need::run_command].emplace_back("{args...}");
  profile.env["PASSWORD"] = "hunter22";
  RunOptions options;
  options.seed = 1;
  const RunReport report = run_client_suite(registry, profile, own_env, options);
  EXPECT_EQ(exit_code(report), 0);
  EXPECT_EQ(seen.child.err.text, "said hunter22 to two\n");
  EXPECT_TRUE(seen.connections.empty());
  for (const std::string& text : {render_text(report, {.verbose = true}), render_json(report), render_junit(report)}) {
    EXPECT_EQ(text.find("hunter22"), std::string::npos);
  }
  EXPECT_THAT(render_json(report), HasSubstr("said <redacted> to one"));
}

TEST(ClientSuite, refuses_what_cannot_be_started_before_anything_else) {
  ClientProfile profile = shell("exit 0");
  EXPECT_TRUE(not_startable(profile, own_env).empty());
  profile.commands[Need::stream_command] = {"/no/such/program"};
  const auto problems = not_startable(profile, own_env);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().pointer, "/commands/stream/0");
  EXPECT_THAT(problems.front().message, HasSubstr("/no/such/program cannot be started: No such file or directory"));
}

}  // namespace
}  // namespace procedura::conformance
