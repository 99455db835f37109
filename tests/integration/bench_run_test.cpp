// The whole program but for its process, against the mock on a real socket. Nothing here depends on how fast anything is: what
// could, is given room (`--max-send-lag`), or is not asserted.
#include "json_schema.hpp"
#include "program/program.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace procedura::bench {
namespace {

using mock::JournalEntry;
using mock::MockAgent;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* scenario = R"({
  "version": 1, "name": "bench", "seed": 1,
  "auth": { "required": false, "users": { "admin@procedura.org": "geheim123" } },
  "stubs": [
    { "name": "quick", "match": { "cmd": "quick", "mode": "sync" }, "reply": [ "accept", { "finished": { "entities": {} } } ] },
    { "name": "stream", "match": { "cmd": "quick", "mode": "async" },
      "reply": [ "accept", { "running": { "n": 1 } }, { "running": { "n": 2 } }, { "finished": 1 } ] },
    { "name": "silent", "match": { "cmd": "silent" }, "accept": false, "reply": [ { "delay": "1h" }, { "finished": 1 } ] },
    { "name": "fails here", "match": { "cmd": "half", "connection": 1 }, "reply": [ { "error": { "code": "OUT_OF_MANA", "message": "no" } } ] },
    { "name": "works there", "match": { "cmd": "half" }, "reply": [ { "finished": 1 } ] }
  ]
})";

constexpr const char* guarded_scenario = R"({
  "version": 1, "name": "guarded", "seed": 1,
  "auth": { "required": true, "users": { "admin@procedura.org": "geheim123" },
            "tokens": [ { "token": "geheim-token", "user": "admin@procedura.org" } ] },
  "stubs": [ { "name": "quick", "match": { "cmd": "quick" }, "reply": [ { "finished": 1 } ] } ]
})";

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
  json report;  // of --out -
};

/// Runs the program with a JSON report on its standard output.
Ran run_bench(const std::string& url, const std::string& module, std::vector<std::string> more,
              std::map<std::string, std::string> variables = {}) {
  std::vector<std::string> args{"run", "--url", url, "--module", module, "--max-send-lag", "1h", "--no-floor", "--out", "-"};
  args.insert(args.end(), more.begin(), more.end());
  std::ostringstream out;
  std::ostringstream err;
  Process process{[&](const std::string& name) -> std::optional<std::string> {
                    const auto at = variables.find(name);
                    return at == variables.end() ? std::nullopt : std::optional{at->second};
                  },
                  out, err};
  Ran ran;
  ran.code = run(args, process);
  ran.out = out.str();
  ran.err = err.str();
  if (!ran.out.empty()) {
    ran.report = json::parse(ran.out);
    EXPECT_EQ(::procedura::testing::schema_problems(BENCH_SCHEMA, ran.report), "");
    const json& jobs = ran.report["jobs"];
    EXPECT_EQ(jobs["due"], jobs["finished"].get<int>() + jobs["failed"].get<int>() + jobs["unfinished"].get<int>() +
                               jobs["unsent"].get<int>());
    EXPECT_EQ(ran.report["verdict"]["exit_code"], ran.code);
  }
  return ran;
}

// A load that keeps no generator busy: how much of a core that took would make a run invalid as well.
const std::vector<std::string> a_moment{"--rate", "500", "--duration", "500ms", "--warm-up", "50ms"};

std::vector<std::string> a_moment_and(std::vector<std::string> more) {
  more.insert(more.begin(), a_moment.begin(), a_moment.end());
  return more;
}

/// Of the jobs: a run also asks for the agent's counters.
std::size_t frames(const MockAgent& agent, const std::string& module, JournalEntry::Direction direction) {
  mock::JournalFilter of_jobs;
  of_jobs.cmd = module;
  of_jobs.direction = direction;
  return agent.journal(of_jobs).size();
}

TEST(BenchRun, AnOpenLoopSendsExactlyItsSchedule) {
  MockAgent agent{scenario};
  const Ran ran =
      run_bench(agent.url(), "quick",
                {"--rate", "200", "--duration", "500ms", "--warm-up", "100ms", "--connections", "3", "--", "--terse"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const json& jobs = ran.report["jobs"];
  EXPECT_EQ(jobs["due"], 100);
  EXPECT_EQ(jobs["sent"], 100);
  EXPECT_EQ(jobs["finished"], 100);
  EXPECT_EQ(jobs["no_ack"], 0);
  EXPECT_EQ(ran.report["latency_ns"]["response"]["count"], 100);
  EXPECT_EQ(ran.report["latency_ns"]["ack"]["count"], 100);
  EXPECT_EQ(ran.report["connections"]["opened"], 3);
  // What the agent saw is what we say: 120 requests with the warm-up, an ack and a finished for each.
  EXPECT_EQ(ran.report["traffic"]["frames_out"], 120);
  EXPECT_EQ(ran.report["traffic"]["frames_in"], 240);
  EXPECT_EQ(frames(agent, "quick", JournalEntry::Direction::in), 120U);
  EXPECT_EQ(frames(agent, "quick", JournalEntry::Direction::out), 240U);
}

TEST(BenchRun, AsyncJobsHaveAFirstEvent) {
  MockAgent agent{scenario};
  const Ran ran =
      run_bench(agent.url(), "quick",
                {"--mode", "async", "--rate", "200", "--arrival", "poisson", "--duration", "500ms", "--warm-up", "0s"});
  const json& jobs = ran.report["jobs"];
  EXPECT_GT(jobs["due"], 0);
  EXPECT_EQ(jobs["finished"], jobs["due"]);
  EXPECT_EQ(jobs["no_event"], 0);
  EXPECT_EQ(ran.report["latency_ns"]["first_event"]["count"], jobs["due"]);
  EXPECT_EQ(ran.report["traffic"]["frames_in"], 4 * jobs["due"].get<int>());
}

TEST(BenchRun, ExitsAsItsSlosSay) {
  MockAgent agent{scenario};
  struct Case {
    std::vector<std::string> slos;
    int code;
  };
  for (const Case& expected : {Case{{"--slo", "p50<10m", "--slo", "failed<=0%"}, 0}, Case{{"--slo", "p50<1ns"}, 99},
                               Case{{"--slo", "p99.9999<10m"}, 97}, Case{{"--slo", "p99.9999<10m", "--slo", "p50<1ns"}, 99}}) {
    const Ran ran = run_bench(agent.url(), "quick", a_moment_and(expected.slos));
    EXPECT_EQ(ran.code, expected.code) << ran.err;
    EXPECT_GT(ran.report["jobs"]["finished"], 0);
  }
}

TEST(BenchRun, CountsFailedJobsApart) {
  MockAgent agent{scenario};
  const Ran ran =
      run_bench(agent.url(), "half",
                {"--rate", "100", "--connections", "2", "--duration", "400ms", "--warm-up", "0s", "--slo", "failed<50%"});
  EXPECT_EQ(ran.code, 99) << ran.err;
  EXPECT_EQ(ran.report["errors"], (json{{"OUT_OF_MANA", 20}}));
  EXPECT_EQ(ran.report["verdict"]["slos"][0]["state"], "failed");
  EXPECT_EQ(ran.report["verdict"]["slos"][0]["detail"], "20 of 40 jobs, 50%");
  EXPECT_EQ(ran.report["latency_ns"]["failed"]["count"], 20);
  EXPECT_EQ(ran.report["latency_ns"]["response"]["count"], 20);
}

TEST(BenchRun, IsInvalidWhenTheAgentRefusesEveryJob) {
  MockAgent agent{scenario};
  const Ran ran = run_bench(agent.url(), "no_such_module", a_moment);
  EXPECT_EQ(ran.code, 98);
  EXPECT_THAT(ran.err, HasSubstr("ended with UNKNOWN_MODULE"));
  EXPECT_EQ(ran.report["jobs"]["finished"], 0);
}

TEST(BenchRun, IsInvalidWhenTheAgentDoesNotAnswer) {
  MockAgent agent{scenario};
  const Ran ran =
      run_bench(agent.url(), "silent",
                {"--rate", "100", "--duration", "200ms", "--warm-up", "0s", "--cut-off", "1s", "--max-in-flight", "5"});
  EXPECT_EQ(ran.code, 98);
  EXPECT_EQ(ran.report["jobs"]["due"], 20);
  EXPECT_EQ(ran.report["jobs"]["unfinished"], 5);
  EXPECT_EQ(ran.report["jobs"]["unsent"], 15);
  EXPECT_EQ(ran.report["in_flight"]["held_back"], true);
  EXPECT_THAT(ran.err, HasSubstr("20 of 20 jobs had not ended at the cut-off"));
}

/// Does something once the agent has got requests.
class WhenBusy {
 public:
  template <class Action>
  WhenBusy(const MockAgent& agent, const char* module, Action action)
      : thread_{[&agent, module, action] {
          const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
          while (frames(agent, module, JournalEntry::Direction::in) == 0 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
          }
          action();
        }} {}
  ~WhenBusy() { thread_.join(); }

 private:
  std::thread thread_;
};

TEST(BenchRun, IsInvalidAndOverWhenTheAgentGoesAway) {
  MockAgent agent{scenario};
  const WhenBusy then{agent, "silent", [&] { agent.stop(); }};
  const Ran ran =
      run_bench(agent.url(), "silent", {"--concurrency", "2", "--connections", "2", "--duration", "10m", "--warm-up", "0s"});
  EXPECT_EQ(ran.code, 98);
  EXPECT_THAT(ran.err, HasSubstr("2 of 2 connections lost: CONNECTION_LOST: the agent closed with 1001"));
  EXPECT_GE(ran.report["errors"]["CONNECTION_LOST"], 2);  // more if one connection was lost after the other
  EXPECT_EQ(ran.report["connections"]["lost"], 2);
}

TEST(BenchRun, EndsEarlyAtASignalAndSaysSo) {
  MockAgent agent{scenario};
  const WhenBusy then{agent, "quick", [] { kill(getpid(), SIGINT); }};
  const Ran ran = run_bench(agent.url(), "quick", {"--concurrency", "2", "--duration", "10m", "--warm-up", "0s"});
  EXPECT_EQ(ran.report["interrupted"], true);
  EXPECT_THAT(ran.err, HasSubstr("INTERRUPTED"));
  EXPECT_EQ(ran.report["jobs"]["unfinished"], 0);
}

TEST(BenchRun, SaysWhenThereIsNoAgent) {
  std::string url;
  {
    MockAgent agent{scenario};
    url = agent.url();
  }
  const Ran ran = run_bench(url, "quick", a_moment);
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("procedura-bench: CONNECT_FAILED: cannot connect to " + url));
}

TEST(BenchRun, MeasuresProtectedModulesAfterALogin) {
  MockAgent agent{guarded_scenario};
  const Ran refused = run_bench(agent.url(), "quick", a_moment);
  EXPECT_EQ(refused.code, 98);
  EXPECT_THAT(refused.err, HasSubstr("AUTH_REQUIRED: log in with --token-file or --credential-env"));

  const Ran logged_in =
      run_bench(agent.url(), "quick", a_moment_and({"--credential-env", "WHO"}), {{"WHO", "admin@procedura.org:geheim123"}});
  EXPECT_EQ(logged_in.code, 0) << logged_in.err;

  // A secret that was put where none belongs.
  const Ran careless = run_bench(agent.url(), "quick", a_moment_and({"--credential-env", "WHO", "--", "--password=geheim123"}),
                                 {{"WHO", "admin@procedura.org:geheim123"}});
  EXPECT_EQ(careless.code, 0) << careless.err;

  const Ran wrong =
      run_bench(agent.url(), "quick", a_moment_and({"--credential-env", "WHO"}), {{"WHO", "admin@procedura.org:geheim9"}});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("procedura-bench: cannot log in: AUTH_FAILED"));

  for (const Ran& ran : {refused, logged_in, careless, wrong}) {
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("geheim")));
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("tok_")));
  }
}

TEST(BenchRun, TakesATokenFromAFile) {
  MockAgent agent{guarded_scenario};
  const auto file = std::filesystem::temp_directory_path() / ("bench_token." + std::to_string(getpid()));
  const auto with = [&](const std::string& content) {
    std::ofstream{file} << content;
    return run_bench(agent.url(), "quick", a_moment_and({"--token-file", file.string()}));
  };
  EXPECT_EQ(with("geheim-token\n").code, 0);
  EXPECT_EQ(with("an-unknown-geheim").code, 98);
  for (const char* content : {"", " \n", "geheim\r\nX: y"}) {
    const Ran ran = with(content);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("token is empty or has characters"));
    EXPECT_THAT(ran.err, Not(HasSubstr("geheim")));
  }
  std::filesystem::remove(file);
  EXPECT_EQ(run_bench(agent.url(), "quick", a_moment_and({"--token-file", file.string()})).code, 2);
}

TEST(BenchRun, RefusesWhatCannotBeRunBeforeItConnects) {
  const std::string nowhere = "ws://127.0.0.1:1";
  EXPECT_EQ(run_bench("http://127.0.0.1:1", "quick", a_moment).code, 2);
  EXPECT_EQ(run_bench("ws://", "quick", a_moment).code, 2);
  EXPECT_EQ(run_bench(nowhere, "quick", a_moment_and({"--credential-env", "NOT_SET"})).code, 2);
  EXPECT_EQ(run_bench(nowhere, "quick", a_moment_and({"--slo", "fast"})).code, 2);
}

TEST(BenchRun, WritesItsReportToAFile) {
  MockAgent agent{scenario};
  const auto file = std::filesystem::temp_directory_path() / ("bench_report." + std::to_string(getpid()));
  const auto run_to = [&](const std::string& path) {
    std::ostringstream out;
    std::ostringstream err;
    Process process{[](const std::string&) { return std::optional<std::string>{}; }, out, err};
    const int code = run({"run", "--url", agent.url(), "--module", "quick", "--concurrency", "1", "--duration", "50ms",
                          "--warm-up", "0s", "--max-send-lag", "1h", "--no-floor", "--out", path},
                         process);
    return Ran{code, out.str(), err.str(), {}};
  };
  const Ran ran = run_to(file.string());
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("verdict   PASS"));
  std::ifstream written{file};
  EXPECT_EQ(::procedura::testing::schema_problems(BENCH_SCHEMA, json::parse(written)), "");
  std::filesystem::remove(file);

  const Ran cannot = run_to("/no/such/folder/report.json");
  EXPECT_EQ(cannot.code, 2);
  EXPECT_THAT(cannot.err, HasSubstr("--out: cannot write /no/such/folder/report.json"));
}

}  // namespace
}  // namespace procedura::bench
