#pragma once

#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/wire.hpp>
#include <procedura/protocol/agent_session.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace procedura::conformance::testing {

using std::chrono::milliseconds;

/// A frame that an agent means to send.
struct Planned {
  Duration after{};  ///< since the request came
  std::string text;
};

/// An agent in memory that keeps every clause, with a clock that only waiting moves. Each member is one freedom of the protocol
/// or one way to break it.
struct FakeAgent {
  // Freedoms
  protocol::Target target{true, true};
  bool started_has_id = true;
  bool ack_has_job_id = false;
  bool echoes_token = true;
  bool refuses_unknown_token = false;  ///< by HTTP 401; else by AUTH_REQUIRED

  // Broken rules
  bool answers_upgrade = true;
  bool closes_when_asked = false;  ///< hangs up at the first request
  std::string selects;             ///< a subprotocol that nobody offered
  bool takes_subprotocol = true;
  bool takes_bearer = true;
  bool pongs = true;
  bool answers_close = true;
  bool knows_base64 = true;
  bool knows_attach = true;
  bool knows_ttl = true;
  bool keeps_the_name = false;  ///< the module gets its own name as its first argument
  bool knows_only_its_members = false;
  bool joins_fragments = true;
  bool refuses = true;              ///< says so when a message is no good request
  bool targets_duplicates = false;  ///< DUPLICATE_ID to the request that is live
  bool forgets_devices = false;     ///< a new token each time
  bool ignores_devices = false;     ///< the same token for all devices
  bool takes_any_password = false;
  bool protects = true;
  bool one_at_a_time = false;
  bool tells_everybody = false;  ///< frames go to all connections
  bool floods = false;
  std::size_t max_message = std::size_t{8} * 1024 * 1024;                      ///< a bigger one closes with 1009 (CON-3)
  std::string leaks;                                                           ///< put into every error message
  std::function<void(std::vector<Planned>&, const protocol::Request&)> twist;  ///< of the frames for each request

  // State
  TimePoint now{};
  std::uint64_t tokens_made = 0;
  std::uint64_t jobs_made = 0;
  std::uint64_t logins_without_device = 0;
  TimePoint busy_until{};
  std::map<std::string, std::string> tokens;  ///< by device
  std::vector<class FakeWire*> wires;

  bool knows(const std::string& token) const;
};

/// A dialer to that agent.
std::unique_ptr<Dialer> dial_to(FakeAgent& agent);

/// The profile that goes with it: every module, a credential, all clauses declared.
Profile fake_profile();

}  // namespace procedura::conformance::testing
