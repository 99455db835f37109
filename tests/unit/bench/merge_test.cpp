#include "report/merge.hpp"

#include "full_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace procedura::bench {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::full_record;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<ShardRun> shards(std::uint64_t of) {
  std::vector<ShardRun> all;
  for (std::uint64_t i = 0; i < of; ++i) all.push_back({"shard-" + std::to_string(i) + ".json", full_record({i, of})});
  return all;
}

std::string written(const RunRecord& run) {
  return json_report(run, judge(run.plan, run.result));
}

RunRecord merged(std::vector<ShardRun> parts) {
  auto outcome = merge_shards(std::move(parts));
  if (const auto* error = std::get_if<MergeError>(&outcome)) throw std::runtime_error{error->message};
  return std::get<RunRecord>(std::move(outcome));
}

std::string refusal(std::vector<ShardRun> parts) {
  const auto outcome = merge_shards(std::move(parts));
  const auto* error = std::get_if<MergeError>(&outcome);
  return error == nullptr ? "" : error->message;
}

// The samples of one process, dealt out to N, written to files, read and merged: to the byte what that one process writes.
TEST(Merge, OfReplayedSamplesIsByteForByteTheWhole) {
  const json whole = json::parse(written(full_record()));
  for (const std::uint64_t of : {2U, 3U, 7U}) {
    std::vector<ShardRun> parts = shards(of);
    for (ShardRun& part : parts) part.run = std::get<RunRecord>(read_report(written(part.run)));
    const json all = json::parse(written(merged(std::move(parts))));
    for (const char* part : {"jobs", "errors", "latency_ns", "series", "timelines", "plan"}) {
      EXPECT_EQ(all[part].dump(), whole[part].dump()) << part << " of " << of;
    }
    for (const char* times : {"resolve_ns", "connect_ns", "tls_ns", "upgrade_ns"}) {
      EXPECT_EQ(all["connections"][times]["count"], 8);
    }
    EXPECT_EQ(all["shards"], of);
    EXPECT_EQ(all["plan"]["shard"], (json{{"index", 0}, {"of", 1}}));
  }
}

TEST(Merge, DoesNotMindTheOrder) {
  std::vector<ShardRun> parts = shards(7);
  const std::string in_order = written(merged(parts));
  std::reverse(parts.begin(), parts.end());
  EXPECT_EQ(written(merged(parts)), in_order);
  std::rotate(parts.begin(), parts.begin() + 3, parts.end());
  EXPECT_EQ(written(merged(parts)), in_order);
}

TEST(Merge, OfOneRunIsThatRun) {
  EXPECT_EQ(written(merged({{"run.json", full_record()}})), written(full_record()));
}

TEST(Merge, SaysOnWhichMachinesItRan) {
  std::vector<ShardRun> parts = shards(3);
  parts[1].run.surroundings.machine = "another machine";
  parts[2].run.surroundings.started_at = "2026-01-02T03:04:04Z";
  const RunRecord whole = merged(parts);
  EXPECT_EQ(whole.surroundings.machine, "a machine, Linux 6.1; another machine");
  EXPECT_EQ(whole.surroundings.affinity, "0-3");
  EXPECT_EQ(whole.surroundings.started_at, "2026-01-02T03:04:04Z");
}

TEST(Merge, RefusesWhatIsNotTheWholeOfOneRun) {
  EXPECT_EQ(refusal({}), "there is nothing to merge: give the files that the shards wrote");
  const auto with = [](const std::function<void(std::vector<ShardRun>&)>& change) {
    std::vector<ShardRun> parts = shards(3);
    change(parts);
    return refusal(std::move(parts));
  };
  EXPECT_EQ(with([](auto&) {}), "");
  EXPECT_EQ(with([](auto& parts) { parts.erase(parts.begin() + 1); }),
            "1 of 3 shards are missing, the first is 1/3: give the files of all");
  EXPECT_EQ(with([](auto& parts) { parts.pop_back(); }), "1 of 3 shards are missing, the first is 2/3: give the files of all");
  EXPECT_EQ(with([](auto& parts) { parts.erase(parts.begin(), parts.begin() + 2); }),
            "2 of 3 shards are missing, the first is 0/3: give the files of all");
  EXPECT_EQ(with([](auto& parts) { parts[2] = parts[0]; }), "shard-0.json and shard-0.json are both shard 0/3");
  EXPECT_EQ(with([](auto& parts) { parts.push_back(parts[1]); }), "shard-1.json and shard-1.json are both shard 1/3");
  EXPECT_EQ(with([](auto& parts) { parts[1].run.complete = false; }),
            "shard-1.json was written while its process ran, and that came to no end: run all shards again");
  EXPECT_EQ(with([](auto& parts) { parts[1] = {"run.json", full_record()}; }), "run.json is a whole run, and no shard of one");
  EXPECT_EQ(with([](auto& parts) { parts[1].run.plan.load.seed = 4; }),
            "shard-0.json and shard-1.json are of different runs: their plans differ in seed");
  EXPECT_EQ(with([](auto& parts) {
              parts[2].run.plan.load.load = OpenLoop{301, Arrival::poisson, 50};
            }),
            "shard-0.json and shard-2.json are of different runs: their plans differ in load.rate");
  EXPECT_EQ(with([](auto& parts) { parts[2].run.plan.load.shard.of = 4; }),
            "shard-0.json and shard-2.json are of different runs: their plans differ in shard.of");
  EXPECT_EQ(with([](auto& parts) { parts[2].run.surroundings.version = "0.2.0"; }),
            "shard-0.json was made by procedura-bench 0.1.0, and shard-2.json by 0.2.0");
}

// Where they did not overlap, the load was not the one that was asked for.
TEST(Merge, RefusesShardsThatDidNotRunTogether) {
  const auto with = [](Nanos duration, const char* other_start) {
    std::vector<ShardRun> parts = shards(3);
    for (ShardRun& part : parts) part.run.plan.load.duration = duration;
    parts[1].run.surroundings.started_at = other_start;
    return refusal(std::move(parts));
  };
  EXPECT_EQ(with(seconds{30}, "2026-01-02T03:04:08Z"), "");
  EXPECT_EQ(with(seconds{30}, "2026-01-02T03:04:02Z"), "");
  EXPECT_EQ(with(seconds{30}, "2026-01-02T03:04:09Z"),
            "shard-0.json began at 2026-01-02T03:04:05Z and shard-1.json at 2026-01-02T03:04:09Z: they did not run together; "
            "--start-at has all begin at one time");
  EXPECT_THAT(with(seconds{30}, "2026-01-02T03:04:01Z"), StartsWith("shard-1.json began at 2026-01-02T03:04:01Z and shard-"));
  EXPECT_THAT(with(seconds{30}, "yesterday"), HasSubstr("did not run together"));
  // What is told of their starts is whole seconds: a millisecond may be one.
  EXPECT_EQ(with(milliseconds{300}, "2026-01-02T03:04:06Z"), "");
  EXPECT_THAT(with(milliseconds{300}, "2026-01-02T03:04:07Z"), HasSubstr("did not run together"));
}

TEST(Merge, RefusesAShardThatWasInterruptedBeforeTheOthers) {
  const auto with = [](bool interrupted, Nanos window) {
    std::vector<ShardRun> parts = shards(3);
    for (ShardRun& part : parts) part.run.result.interrupted = false;
    parts[1].run.result.interrupted = interrupted;
    parts[1].run.result.window = window;
    return refusal(std::move(parts));
  };
  EXPECT_EQ(with(true, seconds{10}), "");
  EXPECT_EQ(with(true, seconds{9}), "");
  EXPECT_EQ(with(true, milliseconds{8'999}),
            "shard-1.json was interrupted after 9.00 s, and shard-0.json measured 10.0 s: run all shards again");
  EXPECT_EQ(with(false, seconds{2}), "") << "it lost its connections, and the verdict says so";
}

}  // namespace
}  // namespace procedura::bench
