// What the engine shows of itself.
#include "engine/engine.hpp"

#include <algorithm>

namespace procedura::mock::engine {

std::vector<std::pair<std::string, Verdict>> Engine::verdicts() const {
  const bool used =
      std::any_of(partitions_.begin(), partitions_.end(), [](const auto& each) { return !each.second->unused(); });
  std::vector<std::pair<std::string, Verdict>> verdicts;
  for (const auto& [name, partition] : partitions_) {
    if (used ? partition->unused() : name != "default") continue;
    verdicts.emplace_back(common_.secrets(name), verdict_of(*partition));
  }
  return verdicts;
}

Verdict Engine::verdict() const {
  Verdict all;
  for (auto& [name, verdict] : verdicts()) add(all, std::move(verdict));
  return all;
}

Verdict Engine::verdict_of(const Partition& partition) const {
  Verdict verdict = partition.judge().verdict(partition.name());
  verdict.strict = common_.options.strict;
  verdict.deadline_passed = deadline_passed_;
  verdict.lateness = common_.journal.lateness().summary();
  verdict.journal_recorded = common_.journal.recorded();
  verdict.journal_dropped = common_.journal.dropped();
  return verdict;
}

std::optional<Verdict> Engine::verdict(std::string_view partition) const {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return std::nullopt;
  return verdict_of(*found->second);
}

std::vector<ConnectionLook> Engine::connections() const {
  std::vector<ConnectionLook> looks;
  for (const auto& [name, partition] : partitions_) {
    for (const auto& [ordinal, connection] : partition->connections()) {
      const Session* session = connection->via == Via::none ? nullptr : partition->accounts().find(connection->token);
      looks.push_back({connection->id, name, ordinal, connection->since, session ? std::optional{session->user} : std::nullopt,
                       session ? session->device : std::nullopt, connection->via, connection->session.live_count()});
    }
  }
  return looks;
}

std::vector<JobLook> Engine::jobs() const {
  std::vector<JobLook> looks;
  for (const auto& [name, partition] : partitions_) {
    const auto first = looks.size();
    for (const auto& [ordinal, instance] : partition->instances()) {
      looks.push_back({name, instance.connection ? instance.connection->id : 0, ordinal, std::string{instance.name},
                       instance.request.cmd, instance.request.id, instance.job_id, instance.request.mode, instance.frames,
                       instance.since, instance.due});
    }
    std::sort(looks.begin() + static_cast<std::ptrdiff_t>(first), looks.end(),
              [](const JobLook& a, const JobLook& b) { return a.instance < b.instance; });
  }
  return looks;
}

std::vector<std::string> Engine::partitions() const {
  std::vector<std::string> names;
  for (const auto& [name, partition] : partitions_) names.push_back(name);
  return names;
}

Metrics Engine::metrics() const {
  Metrics all;
  for (const auto& [name, partition] : partitions_) add(all, partition->metrics());
  return all;
}

std::size_t Engine::instances() const noexcept {
  std::size_t live = 0;
  for (const auto& [name, partition] : partitions_) live += partition->instances().size();
  return live;
}

}  // namespace procedura::mock::engine
