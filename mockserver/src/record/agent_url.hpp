#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::mock::record {

/// Where an agent is, or where the recorder listens.
struct AgentUrl {
  bool secure = false;  ///< wss
  std::string host;     ///< an address without brackets
  std::uint16_t port = 0;
  std::string path;  ///< put before the path of each client; no slash at its end, perhaps empty

  /// `host:port`, as it goes into a URL or a header; without the scheme's own port.
  std::string authority() const;
  /// What to ask the agent for when a client asked for `target`.
  std::string target(std::string_view target) const;
};

/// Reads a ws:// or wss:// URL; port 0 is taken where `any_port` says so. Else what is wrong with it, for people.
std::variant<AgentUrl, std::string> parse_agent_url(std::string_view text, bool any_port = false);

}  // namespace procedura::mock::record
