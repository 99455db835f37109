// Random agents and random clients: whatever the schedule, every exchange ends once, with its own result or a named error, and
// no frame reaches an exchange that it is not for. A failure prints its seed; the schedule is a function of it.
#include "session_driver.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/random.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace procedura::protocol {
namespace {

using namespace std::chrono_literals;

/// A request as the agent sees it.
struct Job {
  ExchangeKey key;
  std::string id;
  std::string job;
  Mode mode;
  int updates_left;
  bool begun = false;
  bool ended = false;
  bool fails = false;
};

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed)
      : draw_{mix(seed)}, driver_{{.limits = {}, .first_id = static_cast<std::uint32_t>(draw_)}} {
    nameless_start_ = chance(3);
    target_ = pick(3);
  }

  void run() {
    driver_.opened();
    for (int step = 0; step < 400; ++step) take_step(step < 250);
    for (Job& job : jobs_) end(job);
    if (chance(4)) driver_.closed();
    driver_.pass(2h);
    check();
  }

 private:
  std::uint64_t pick(std::uint64_t choices) { return (draw_ = mix(draw_)) % choices; }
  bool chance(std::uint64_t one_in) { return pick(one_in) == 0; }

  void take_step(bool more_requests) {
    switch (pick(8)) {
      case 0:
      case 1:
        if (more_requests) request();
        break;
      case 2:
      case 3:
      case 4:
        progress();
        break;
      case 5:
        noise();
        break;
      case 6:
        if (chance(3) && !jobs_.empty()) driver_.cancel(jobs_[pick(jobs_.size())].key);
        break;
      default:
        driver_.pass(Duration{pick(400) * 1'000'000});
    }
  }

  void request() {
    const Mode mode = chance(2) ? Mode::sync : Mode::async;
    Deadlines deadlines;
    if (chance(4)) deadlines.ack = 50ms;
    if (chance(4)) deadlines.silence = 80ms;
    if (chance(6)) deadlines.total = 300ms;
    const ExchangeKey key = driver_.submit(mode, "m", deadlines);
    if (chance(2)) driver_.written();
    const std::string job = "job-" + std::to_string(jobs_.size());
    jobs_.push_back({key, driver_.ids[key], job, mode, static_cast<int>(pick(4))});
    jobs_.back().fails = chance(5);
  }

  /// Some job goes on by one frame. Where `started` bears no id, async jobs begin in the order of their requests.
  void progress() {
    if (jobs_.empty()) return;
    Job& job = jobs_[pick(jobs_.size())];
    if (job.ended) return;
    if (!job.begun) {
      begin(job);
    } else if (job.updates_left-- > 0) {
      driver_.text(addressed(job, "running", R"("of":")" + job.id + '"'));
    } else {
      end(job);
    }
  }

  void begin(Job& job) {
    if (job.mode == Mode::sync) {
      job.begun = true;
      if (!chance(4))
        driver_.text(frame(job.id, job.job, "ack"));
      else
        job.job.clear();
      return;
    }
    if (!nameless_start_) {
      job.begun = true;
      driver_.text(frame(job.id, job.job, "started"));
      return;
    }
    for (Job& earlier : jobs_) {
      if (earlier.mode != Mode::async || earlier.begun || earlier.ended) continue;
      earlier.begun = true;
      driver_.text(frame("", earlier.job, "started"));
      if (&earlier == &job) return;
    }
  }

  void end(Job& job) {
    if (job.ended) return;
    if (!job.begun) begin(job);
    job.ended = true;
    driver_.text(job.fails ? addressed(job, "error", R"("message":")" + job.id + '"')
                           : addressed(job, "finished", R"("result":")" + job.id + '"'));
  }

  std::string addressed(const Job& job, const char* status, const std::string& rest) {
    const bool by_id = job.job.empty() || target_ != 1;
    const bool by_job = !job.job.empty() && target_ != 0;
    return frame(by_id ? job.id : "", by_job ? job.job : "", status, rest);
  }

  /// What no correct agent says, and what must harm nobody: none of it names a live request.
  void noise() {
    switch (pick(6)) {
      case 0:
        driver_.text("{\"id\":");
        break;
      case 1:
        driver_.binary();
        break;
      case 2:
        driver_.text(frame("someone", "else", "finished", R"("result":1)"));
        break;
      case 3:
        driver_.text(frame("", "", "news"));
        break;
      case 4:
        driver_.text(std::string(2000, '['));
        break;
      default:
        for (const Job& job : jobs_) {
          if (job.ended) return driver_.text(frame(job.id, job.job, "running", R"("of":"late")"));
        }
    }
  }

  void check() {
    EXPECT_EQ(driver_.session.live(), 0U);
    for (const Job& job : jobs_) {
      const auto& record = driver_.of(job.key);
      ASSERT_TRUE(record.outcome) << job.id;
      for (const Reply& reply : record.delivered) {
        EXPECT_EQ(reply.id.value_or(job.id), job.id);
        EXPECT_EQ(reply.job_id.value_or(job.job), job.job);
        if (reply.status == Status::running) {
          EXPECT_NE(reply.text.find("\"of\":\"" + job.id + '"'), std::string::npos) << reply.text;
        }
      }
      const Outcome& outcome = *record.outcome;
      if (outcome.code == errc::ok) {
        EXPECT_FALSE(job.fails);
        EXPECT_EQ(outcome.reply.result(), '"' + job.id + '"');
      } else if (outcome.code == errc::agent_error) {
        EXPECT_TRUE(job.fails);
        EXPECT_EQ(outcome.reply.message(), job.id);
      } else {
        EXPECT_FALSE(code_name(outcome.code).empty());
        EXPECT_EQ(outcome.reply.code(), code_name(outcome.code));
      }
    }
  }

  std::uint64_t draw_;
  SessionDriver driver_;
  bool nameless_start_ = false;
  std::uint64_t target_ = 0;
  std::deque<Job> jobs_;
};

TEST(ClientSessionRandom, NoScheduleCrashesHangsOrCrossDelivers) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun{seed}.run();
    if (testing::Test::HasFailure()) return;
  }
}

/// Bytes that are nearly frames: only the sanitizers and the driver's own checks judge here.
TEST(ClientSessionRandom, NoBytesCrash) {
  const std::string seed_frame = R"({"id":"00000000","job_id":"j","status":"finished","result":{"a":[1,2.5e3,"\u00e9"]}})";
  std::uint64_t draw = 3;
  for (int round = 0; round < 20'000; ++round) {
    SessionDriver driver;
    driver.opened();
    driver.submit((draw = mix(draw)) % 2 == 0 ? Mode::sync : Mode::async);
    std::string text = seed_frame;
    for (int change = 0; change < 4; ++change) {
      const std::size_t at = (draw = mix(draw)) % text.size();
      text[at] = static_cast<char>((draw = mix(draw)) & 0xFFU);
    }
    driver.text(text.substr(0, (draw = mix(draw)) % (text.size() + 1)));
    driver.text(text);
    driver.closed();
    ASSERT_EQ(driver.session.live(), 0U);
  }
}

}  // namespace
}  // namespace procedura::protocol
