#pragma once

#include "net/server.hpp"
#include "record/agent_url.hpp"
#include "record/recorder.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace procedura::mock::net {

struct RecordProxyOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8765;  ///< 0: any free one
  record::AgentUrl upstream;
  std::string ca_file = {};                                 ///< PEM; empty: what the system trusts
  std::size_t max_message = std::size_t{64} * 1024 * 1024;  ///< bytes; a longer one ends its connection with 1009
  std::chrono::milliseconds open_limit{10'000};             ///< for a client's upgrade request, and then for the agent's answer
  std::chrono::milliseconds close_limit{3'000};             ///< for the answer to a Close
};

/// Stands between clients and an agent, passes on what each says, and tells a recorder of it. One connection to the agent for
/// each client, made before the client is let in, so that the client gets the agent's own answer. One message is under way in
/// each direction: a slow reader slows its writer down. Pings are answered here. One thread, the one that calls `run`.
class RecordProxy {
 public:
  using Log = std::function<void(std::string_view)>;  ///< takes lines for people, redacted

  /// `recorder` must outlive it, and be used by nobody else while it runs.
  RecordProxy(record::Recorder& recorder, RecordProxyOptions options, Log log);
  ~RecordProxy();
  RecordProxy(const RecordProxy&) = delete;
  RecordProxy& operator=(const RecordProxy&) = delete;

  /// Reads the CA file, if there is one. Empty: all is well; else what is wrong, for people.
  std::string prepare_tls();
  /// Binds. Connections wait in the backlog until `run`.
  boost::system::result<Listening> listen();
  /// Serves until SIGINT or SIGTERM, or `stop`; then closes every connection with 1001. A second signal does not wait for that.
  void run();
  /// From any thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::mock::net
