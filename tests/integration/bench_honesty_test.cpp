// Runs whose figures stand for nothing, as the whole program sees them: it has to say so, why, and with which exit code.
#include "program/program.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <sched.h>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace procedura::bench {
namespace {

using mock::MockAgent;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr const char* scenario = R"({
  "version": 1, "seed": 1, "auth": { "required": true, "users": { "admin@procedura.org": "secret123" } },
  "stubs": [ { "name": "quick", "match": { "cmd": "quick" }, "reply": [ { "finished": 1 } ] } ]
})";
constexpr const char* open_scenario = R"({
  "version": 1, "seed": 1, "stubs": [ { "name": "quick", "match": { "cmd": "quick" }, "reply": [ { "finished": 1 } ] } ]
})";

struct Ran {
  int code = -1;
  std::string out;
};

Ran run_bench(const std::string& url, std::vector<std::string> more) {
  std::vector<std::string> args{"run",       "--url", url,         "--module", "quick",
                                "--warm-up", "100ms", "--cut-off", "5s",       "--no-floor"};
  args.insert(args.end(), more.begin(), more.end());
  std::ostringstream out;
  std::ostringstream err;
  Process process{[](const std::string&) { return std::optional<std::string>{}; }, out, err};
  Ran ran;
  ran.code = run(args, process);
  ran.out = out.str() + err.str();
  return ran;
}

/// The calling thread and those that it starts share one CPU, while others keep that one busy. Threads that were there before
/// keep the CPUs that they had.
class Starved {
 public:
  explicit Starved(int rivals) {
    sched_getaffinity(0, sizeof(before_), &before_);
    int cpu = 0;
    while (CPU_ISSET(static_cast<std::size_t>(cpu), &before_) == 0) ++cpu;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    sched_setaffinity(0, sizeof(one), &one);
    for (int i = 0; i < rivals; ++i) {
      rivals_.emplace_back([this] {
        while (!over_) {
        }
      });
    }
  }
  ~Starved() {
    over_ = true;
    for (auto& rival : rivals_) rival.join();
    sched_setaffinity(0, sizeof(before_), &before_);
  }
  Starved(const Starved&) = delete;
  Starved& operator=(const Starved&) = delete;

 private:
  cpu_set_t before_{};
  std::atomic<bool> over_{false};
  std::vector<std::thread> rivals_;
};

TEST(BenchHonesty, AGeneratorThatIsStarvedOfCpuMeasuresNothing) {
  const MockAgent agent{open_scenario};
  const Starved starved{8};
  const Ran ran = run_bench(agent.url(), {"--rate", "2000", "--duration", "1s"});
  EXPECT_EQ(ran.code, 98) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("INVALID"));
  EXPECT_THAT(ran.out, AnyOf(HasSubstr("requests left this machine late"), HasSubstr("this machine cannot make this load")));
}

TEST(BenchHonesty, AnAgentThatRefusesIsNotFast) {
  const MockAgent agent{scenario};
  const Ran ran = run_bench(agent.url(), {"--rate", "100", "--duration", "500ms", "--slo", "p50<1s"});
  EXPECT_EQ(ran.code, 98) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("no job finished; 50 of 50 ended with AUTH_REQUIRED"));
}

TEST(BenchHonesty, ARunTooShortForItsQuantilesIsInconclusive) {
  const MockAgent agent{open_scenario};
  const Ran ran = run_bench(
      agent.url(), {"--rate", "200", "--duration", "1s", "--max-send-lag", "1h", "--slo", "p99<10m", "--slo", "p50<10m"});
  EXPECT_EQ(ran.code, 97) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("p99<10m: inconclusive"));
  EXPECT_THAT(ran.out, HasSubstr("p50<10m: met"));
  EXPECT_THAT(ran.out, HasSubstr("INCONCLUSIVE"));
}

}  // namespace
}  // namespace procedura::bench
