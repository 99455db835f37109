#include "report/merge.hpp"

#include "measure/moment.hpp"
#include "report/json/parts.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace procedura::bench {
namespace {

using Refusal = std::optional<std::string>;
using Shards = std::vector<ShardRun>;

const Shard& shard_of(const ShardRun& each) {
  return each.run.plan.load.shard;
}

std::string name_of(const ShardRun& each) {
  return protocol::printable(each.name);
}

Refusal not_a_shard(const Shards& shards) {
  if (shards.size() == 1) return std::nullopt;
  for (const ShardRun& each : shards) {
    if (shard_of(each).of == 1) return fmt::format("{} is a whole run, and no shard of one", name_of(each));
  }
  return std::nullopt;
}

Refusal incomplete(const Shards& shards) {
  for (const ShardRun& each : shards) {
    if (each.run.complete) continue;
    return fmt::format("{} was written while its process ran, and that came to no end: run all shards again", name_of(each));
  }
  return std::nullopt;
}

// Beside which shard they are, all must have been told the same.
Refusal of_other_plans(const Shards& shards) {
  const auto comparable = [](const ShardRun& each) {
    Plan plan = each.run.plan;
    plan.load.shard.index = 0;
    return nlohmann::json(json::of_plan(plan));
  };
  const auto first = comparable(shards.front());
  for (const ShardRun& each : shards) {
    const auto other = comparable(each);
    if (other == first) continue;
    std::string where = nlohmann::json::diff(first, other)[0]["path"].get<std::string>().substr(1);
    std::replace(where.begin(), where.end(), '/', '.');
    return fmt::format("{} and {} are of different runs: their plans differ in {}", name_of(shards.front()), name_of(each),
                       protocol::printable(where));
  }
  return std::nullopt;
}

Refusal of_other_programs(const Shards& shards) {
  const std::string& version = shards.front().run.surroundings.version;
  for (const ShardRun& each : shards) {
    const std::string& other = each.run.surroundings.version;
    if (other == version) continue;
    return fmt::format("{} was made by procedura-bench {}, and {} by {}", name_of(shards.front()), version, name_of(each),
                       other);
  }
  return std::nullopt;
}

Refusal twice_or_missing(Shards& shards) {
  std::sort(shards.begin(), shards.end(), [](auto& a, auto& b) { return shard_of(a).index < shard_of(b).index; });
  const std::uint64_t of = shard_of(shards.front()).of;
  std::string missing;
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::uint64_t index = shard_of(shards[i]).index;
    if (i > 0 && shard_of(shards[i - 1]).index == index) {
      return fmt::format("{} and {} are both shard {}/{}", name_of(shards[i - 1]), name_of(shards[i]), index, of);
    }
    if (missing.empty() && index > next) missing = fmt::format("{}/{}", next, of);
    next = index + 1;
  }
  if (missing.empty() && next < of) missing = fmt::format("{}/{}", next, of);
  if (missing.empty()) return std::nullopt;
  return fmt::format("{} of {} shards are missing, the first is {}: give the files of all", of - shards.size(), of, missing);
}

// Where the shards do not overlap, the load was not whole. They began when they had connected, and that takes each its time;
// what is told of it is whole seconds.
Nanos longest_apart(const Shards& shards) {
  return std::max<Nanos>(std::chrono::seconds{1}, shards.front().run.plan.load.duration / 10);
}

// Shards of the same plan may be of yesterday's run and of today's.
Refusal not_together(const Shards& shards) {
  if (shards.size() == 1) return std::nullopt;
  const auto by_start = [](const ShardRun& a, const ShardRun& b) {
    return parse_moment(a.run.surroundings.started_at) < parse_moment(b.run.surroundings.started_at);
  };
  const auto [first, last] = std::minmax_element(shards.begin(), shards.end(), by_start);
  const auto from = parse_moment(first->run.surroundings.started_at);
  const auto to = parse_moment(last->run.surroundings.started_at);
  if (from && to && *to - *from <= longest_apart(shards)) return std::nullopt;
  return fmt::format("{} began at {} and {} at {}: they did not run together; --start-at has all begin at one time",
                     name_of(*first), first->run.surroundings.started_at, name_of(*last), last->run.surroundings.started_at);
}

// What the others measured after it was interrupted is not of the load that was asked for. One whose connections were all lost
// ends early too; its run is merged, and invalid.
Refusal interrupted_before_others(const Shards& shards) {
  const auto by_window = [](const ShardRun& a, const ShardRun& b) { return a.run.result.window < b.run.result.window; };
  const ShardRun& longest = *std::max_element(shards.begin(), shards.end(), by_window);
  for (const ShardRun& each : shards) {
    const Nanos window = each.run.result.window;
    if (!each.run.result.interrupted || longest.run.result.window - window <= longest_apart(shards)) continue;
    return fmt::format("{} was interrupted after {}, and {} measured {}: run all shards again", name_of(each),
                       format_duration(window), name_of(longest), format_duration(longest.run.result.window));
  }
  return std::nullopt;
}

void merge_surroundings(Surroundings& all, const Surroundings& other) {
  all.started_at = std::min(all.started_at, other.started_at);
  if (all.machine.find(other.machine) == std::string::npos) all.machine += "; " + other.machine;
  if (all.affinity.find(other.affinity) == std::string::npos) all.affinity += "; " + other.affinity;
}

}  // namespace

std::variant<RunRecord, MergeError> merge_shards(std::vector<ShardRun> shards) {
  if (shards.empty()) return MergeError{"there is nothing to merge: give the files that the shards wrote"};
  for (const auto& check : {not_a_shard, incomplete, of_other_programs, of_other_plans}) {
    if (Refusal refusal = check(shards)) return MergeError{*std::move(refusal)};
  }
  if (Refusal refusal = twice_or_missing(shards)) return MergeError{*std::move(refusal)};
  for (const auto& check : {not_together, interrupted_before_others}) {
    if (Refusal refusal = check(shards)) return MergeError{*std::move(refusal)};
  }

  RunRecord whole = std::move(shards.front().run);
  for (std::size_t i = 1; i < shards.size(); ++i) {
    const RunRecord& part = shards[i].run;
    whole.result.merge(part.result);
    whole.shards += part.shards;
    merge_surroundings(whole.surroundings, part.surroundings);
  }
  whole.plan.load.shard = {};
  return whole;
}

}  // namespace procedura::bench
