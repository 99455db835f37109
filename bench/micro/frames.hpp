#pragma once

#include <cstddef>
#include <string>

namespace procedura::bench {

/// The text of a world state of about `bytes` bytes: nested objects, short strings, integers and fractions, as agents send it.
inline std::string world_state(std::size_t bytes) {
  std::string json = R"({"meta":{"version":3,"name":"demo-world"},"entities":{)";
  for (std::size_t i = 0; json.size() + 80 < bytes || i == 0; ++i) {
    if (i != 0) json += ',';
    const std::string n = std::to_string(i);
    json += "\"e" + n + "\":{\"kind\":\"sprite\",\"at\":[" + n + ",-7,0.25],\"tags\":[\"tall\",\"caf\u00e9\"],\"alive\":true}";
  }
  return json + "}}";
}

/// A finished frame that carries it.
inline std::string finished_frame(std::size_t bytes) {
  return R"({"id":"0a1b2c3d","status":"finished","result":)" + world_state(bytes) + "}";
}

}  // namespace procedura::bench
