#include "measure/agent_counters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace procedura::bench {
namespace {

using nlohmann::json;

struct Counter {
  const char* name;
  const char* pointer;  ///< to it in the agent's result
  std::int64_t AgentCounters::*member;
};
constexpr std::array counters{Counter{"frames_in", "/frames/in", &AgentCounters::frames_in},
                              Counter{"frames_out", "/frames/out", &AgentCounters::frames_out},
                              Counter{"bytes_in", "/bytes/in", &AgentCounters::bytes_in},
                              Counter{"bytes_out", "/bytes/out", &AgentCounters::bytes_out},
                              Counter{"jobs_finished", "/jobs/finished", &AgentCounters::jobs_finished}};

// Far below what would overflow, and more than any agent counts.
constexpr std::int64_t highest = std::int64_t{1} << 62;

}  // namespace

std::optional<AgentCounters> AgentCounters::parse(std::string_view result) {
  const json read = json::parse(result, nullptr, false);
  if (!read.is_object()) return std::nullopt;
  AgentCounters found;
  for (const Counter& counter : counters) {
    const json::json_pointer at{counter.pointer};
    if (!read.contains(at) || !read.at(at).is_number_unsigned()) return std::nullopt;
    const auto value = read.at(at).get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(highest)) return std::nullopt;
    found.*counter.member = static_cast<std::int64_t>(value);
  }
  return found;
}

std::vector<AgentCount> cross_check(const CounterReading& first, const CounterReading& second, const CounterReading& last) {
  std::vector<AgentCount> counts;
  for (const auto& [name, pointer, member] : counters) {
    if (second.agent.*member - first.agent.*member != second.ours.*member - first.ours.*member) continue;
    counts.push_back({name, last.agent.*member - second.agent.*member, last.ours.*member - second.ours.*member});
  }
  return counts;
}

bool agree(const std::vector<AgentCount>& counts) noexcept {
  return std::all_of(counts.begin(), counts.end(), [](const AgentCount& count) { return count.agent == count.expected; });
}

}  // namespace procedura::bench
