#include "report/json/parts.hpp"

namespace procedura::bench::json {

Json of_connections(const RunResult& result) {
  const ConnectionTimes& times = result.connection_times;
  return {{"opened", times.connect.count()},           {"lost", result.connections_lost},
          {"first_loss", result.first_loss},           {"tls_version", result.tls_version},
          {"tls_cipher", result.tls_cipher},           {"resolve_ns", of_histogram(times.resolve)},
          {"connect_ns", of_histogram(times.connect)}, {"tls_ns", of_histogram(times.tls)},
          {"upgrade_ns", of_histogram(times.upgrade)}};
}

void read_connections(const Node& node, RunResult& result) {
  result.connections_lost = node["lost"].count();
  result.first_loss = node["first_loss"].printable_text();
  result.tls_version = node["tls_version"].printable_text();
  result.tls_cipher = node["tls_cipher"].printable_text();
  result.connection_times = {read_histogram(node["resolve_ns"]), read_histogram(node["connect_ns"]),
                             read_histogram(node["tls_ns"]), read_histogram(node["upgrade_ns"])};
}

Json of_traffic(const Traffic& traffic) {
  return {{"frames_out", traffic.frames_out},
          {"frames_in", traffic.frames_in},
          {"bytes_out", traffic.bytes_out},
          {"bytes_in", traffic.bytes_in}};
}

Traffic read_traffic(const Node& node) {
  return {node["frames_out"].count(), node["frames_in"].count(), node["bytes_out"].count(), node["bytes_in"].count()};
}

Json of_health(const Health& health) {
  return {{"wall_ns", health.wall.count()},
          {"cpu_ns", health.cpu.count()},
          {"spun_ns", health.spun.count()},
          {"busy", health.busy()},
          {"steal", health.steal ? Json(*health.steal) : Json(nullptr)},
          {"preempted", health.preempted}};
}

Health read_health(const Node& node) {
  Health health;
  health.wall = node["wall_ns"].time();
  health.cpu = node["cpu_ns"].time();
  health.spun = node["spun_ns"].time();
  if (node.has("steal")) health.steal = node["steal"].number(0, 1);
  health.preempted = node["preempted"].count();
  return health;
}

Json of_floor(const std::optional<Floor>& floor) {
  if (!floor) return nullptr;
  return {{"duration_ns", floor->duration.count()}, {"response_ns", of_histogram(floor->response)}};
}

std::optional<Floor> read_floor(const Node& node) {
  if (node.is_null()) return std::nullopt;
  return Floor{read_histogram(node["response_ns"]), node["duration_ns"].time()};
}

Json of_agent_counts(const std::vector<AgentCount>& counts) {
  Json json = Json::array();
  for (const AgentCount& count : counts) {
    json.push_back({{"name", count.name}, {"agent", count.agent}, {"expected", count.expected}});
  }
  return json;
}

std::vector<AgentCount> read_agent_counts(const Node& node) {
  std::vector<AgentCount> counts;
  for (const Node& count : node.items(100)) {
    counts.push_back({count["name"].printable_text(), count["agent"].difference(), count["expected"].difference()});
  }
  return counts;
}

}  // namespace procedura::bench::json
