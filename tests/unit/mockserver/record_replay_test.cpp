// What was recorded, replayed by the engine: the same frames in the same order for each request, whatever its id is then.
#include "engine_driver.hpp"
#include "record_support.hpp"

#include <gtest/gtest.h>

#include <random>

namespace procedura::mock::record {
namespace {

using engine::Driver;

struct Asked {
  std::string cmd;
  std::vector<std::string> args;
  std::string mode;
  std::vector<std::string> frames;  ///< of the agent, with ID and JOB in place of the ids
};

std::string with_ids(std::string text, const std::string& id, const std::string& job) {
  for (std::size_t at = 0; (at = text.find("ID", at)) != std::string::npos; at += id.size()) text.replace(at, 2, id);
  for (std::size_t at = 0; (at = text.find("JOB", at)) != std::string::npos; at += job.size()) text.replace(at, 3, job);
  return text;
}

/// The frames of a request as they were replayed, with its ids taken out again.
std::vector<json> replayed(Driver& driver, engine::ConnectionId connection, const std::string& id, const Asked& asked) {
  driver.send(connection, engine::request_text(id, asked.cmd, asked.args, asked.mode));
  driver.advance(std::chrono::hours{1});
  std::vector<json> frames = driver.frames(connection);
  std::string job;
  for (const json& frame : frames) {
    if (frame.contains("job_id") && frame["job_id"].is_string()) job = frame["job_id"];
  }
  for (json& frame : frames) {
    std::string text = frame.dump();
    for (const auto& [own, name] : {std::pair{id, std::string{"ID"}}, std::pair{job, std::string{"JOB"}}}) {
      for (std::size_t at = 0; !own.empty() && (at = text.find(own, at)) != std::string::npos;)
        text.replace(at, own.size(), name);
    }
    frame = json::parse(text);
  }
  return frames;
}

void expect_replayed(const std::vector<Asked>& session, const std::string& scenario) {
  Driver driver{scenario};
  const auto connection = driver.connect("whatever-token", engine::Via::subprotocol);
  std::size_t number = 0;
  for (const Asked& asked : session) {
    std::vector<json> expected;
    for (const auto& frame : asked.frames) expected.push_back(json::parse(frame));
    EXPECT_EQ(replayed(driver, connection, "replayed-" + std::to_string(++number) + "-id", asked), expected) << scenario;
  }
}

// One after the other or all at once, each frame a while after the one before it.
std::string recorded(const std::vector<Asked>& session, std::mt19937& random, bool at_once) {
  Watched watched;
  watched.open();
  std::vector<std::size_t> next(session.size());
  const auto id = [](std::size_t number) { return "recorded-" + std::to_string(number); };
  const auto ask = [&](std::size_t number) {
    watched.ask(id(number), session[number].cmd, session[number].args, session[number].mode);
  };
  const auto frame = [&](std::size_t number) {
    watched.after(milliseconds{random() % 20});
    watched.agent(with_ids(session[number].frames[next[number]++], id(number), "its-job-" + std::to_string(number)));
  };
  if (!at_once) {
    for (std::size_t number = 0; number < session.size(); ++number) {
      ask(number);
      while (next[number] < session[number].frames.size()) frame(number);
    }
    return watched.text();
  }
  std::vector<std::size_t> open(session.size());
  for (std::size_t number = 0; number < session.size(); ++number) ask(open[number] = number);
  while (!open.empty()) {
    const std::size_t chosen = random() % open.size();
    const std::size_t number = open[chosen];
    if (next[number] == session[number].frames.size()) {
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(chosen));
    } else {
      frame(number);
    }
  }
  return watched.text();
}

// Whatever an agent may say, in whatever order.
std::vector<std::string> any_frames(std::mt19937& random, bool async) {
  const std::vector<std::string> targets{R"("id":"ID")", R"("id":"ID","job_id":"JOB")", R"("job_id":"JOB")"};
  // The job is made known by the first frame, or never spoken of.
  const std::size_t known = random() % 2;
  const std::string job = known == 0 ? "nobody" : "JOB";
  const std::vector<std::string> updates{
      R"("status":"running")", R"("status":"running","progress":0.25,"deep":{"of":[")" + job + R"(","the ID itself"]})",
      R"("status":"running","text":"${id} $${ $ {} \"")", R"("status":"queued","position":1)", R"("status":"ack","v":2)"};
  const std::vector<std::string> ends{R"("status":"finished","result":{"n":[1.50,null,true],"id":"ID"})",
                                      R"("status":"finished","result":"ID")",
                                      R"("status":"finished")",
                                      R"("status":"finished","result":1,"v":2)",
                                      R"("status":"error","message":"no ID","code":"CODE","left":[")" + job + R"("])",
                                      R"("status":"error","message":7)"};
  std::vector<std::string> frames;
  const auto target = [&] { return targets[frames.empty() ? known : known == 0 ? 0 : random() % targets.size()]; };
  const auto add = [&](const std::string& rest) { frames.push_back("{" + target() + "," + rest + "}"); };
  if (random() % 4 != 0) add(async ? R"("status":"started")" : R"("status":"ack")");
  for (std::size_t left = random() % 4; left > 0; --left) add(updates[random() % updates.size()]);
  add(ends[random() % ends.size()]);
  if (random() % 4 == 0) add(updates[random() % updates.size()]);
  return frames;
}

TEST(Replay, GivesEachRequestTheFramesThatItHad) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    std::vector<Asked> session;
    for (int number = 0; number < 5; ++number) {
      const bool async = random() % 2 == 0;
      session.push_back(
          {"module" + std::to_string(number), {"x", "--n", "4"}, async ? "async" : "sync", any_frames(random, async)});
    }
    for (const bool at_once : {false, true}) expect_replayed(session, recorded(session, random, at_once));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace procedura::mock::record
