#pragma once

#include <procedura/connection_event.hpp>
#include <procedura/event.hpp>
#include <procedura/event_log.hpp>
#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/limits.hpp>
#include <procedura/proxy.hpp>
#include <procedura/tls.hpp>
#include <procedura/token_store.hpp>
#include <procedura/url.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace procedura {

using protocol::Deadlines;
using protocol::Duration;

/// How much a line of the log matters.
enum class LogLevel { debug, info, warning };
std::string_view to_string(LogLevel level) noexcept;  ///< "debug", "info", "warning"

/// Called with one line for people, without secrets, fit for a terminal. On the agent's own strand: return soon. What
/// it throws leaves through the agent's executor, and harms no request.
using Log = std::function<void(LogLevel, std::string_view)>;

/// REQ-4. `automatic`: what the last login to this origin found to work, else module-first.
enum class ArgsStyleChoice { automatic, module_first, bare };
std::optional<ArgsStyleChoice> args_style_choice_from(std::string_view name) noexcept;  ///< "auto", "module-first", "bare"

/// What may wait for the consumer of a stream.
struct StreamBounds {
  std::size_t frames = 1024;                                     ///< per stream
  std::size_t bytes = std::size_t{8} * 1024 * 1024;              ///< per stream, of frame text
  std::size_t connection_bytes = std::size_t{64} * 1024 * 1024;  ///< of all streams of one connection
  Duration longest_pause = std::chrono::seconds{30};             ///< how long reading may pause for a lone full stream
};

/// How an agent is reached and treated. A plain value; the agent takes a copy.
struct Options {
  std::string url{default_url};  ///< `ws://HOST:PORT` or `wss://HOST:PORT`, and a path if need be
  /// Sent to whatever `url` names. Takes precedence over the store.
  std::optional<std::string> token = {};
  /// Where a saved token is looked for (under AUT-8) and a login saves its own. Nothing: tokens live in memory only.
  std::optional<TokenStore> store = {};
  ArgsStyleChoice args_style = ArgsStyleChoice::automatic;            ///< how arguments go on the wire (REQ-4)
  protocol::Limits limits = {};                                       ///< of what is taken (CON-3, CON-9)
  Duration connect_timeout = std::chrono::seconds{5};                 ///< DNS to upgrade: `connect_timeout`
  std::optional<Duration> ping_interval = std::chrono::seconds{120};  ///< CON-6; nothing or 0: no pings
  Duration pong_timeout = std::chrono::seconds{300};                  ///< a ping unanswered for so long: `connection_lost`
  Duration close_timeout = std::chrono::seconds{1};                   ///< how long a close handshake is waited for
  /// The built-in `__keepalive` is called once no frame came for so long; if then neither its answer nor any other frame comes
  /// within `pong_timeout`: `connection_lost`. For what answers pings in front of a dead module runner: a proxy, or the agent
  /// itself. Nothing or 0: never. An agent that does not know it (`UNKNOWN_MODULE`) is asked once per connection.
  std::optional<Duration> keepalive_interval = {};
  std::optional<ReconnectOptions> reconnect = {};       ///< nothing: only the next request connects anew
  TlsOptions tls = {};                                  ///< for `wss://`
  ProxyRules proxy = {};                                ///< `for_user` takes those of the environment
  bool compress = false;                                ///< CON-8
  Deadlines run_deadlines = Deadlines::for_sync();      ///< of `run` and login
  Deadlines stream_deadlines = Deadlines::for_async();  ///< of `stream`
  StreamBounds stream_bounds = {};                      ///< what may wait for a consumer
  /// Bytes of requests that may wait to be sent on one connection, opening or open; when so many wait, for an agent that does
  /// not read, a further request ends with `send_queue_full`. One request may pass it.
  std::size_t send_bound = std::size_t{64} * 1024 * 1024;
  Log log = {};                         ///< nothing: nowhere
  RequestObserver on_request_end = {};  ///< nothing: nobody; see `EventLog::observer`

  /// For `url`, with the token store that the environment of the process names, as the published SDK has it; no store if it
  /// names none.
  static Options for_user(std::string_view url = default_url, const Environment& environment = Environment::of_process());
};

/// Of one run or stream.
struct CallOptions {
  std::optional<Deadlines> deadlines = {};  ///< nothing: those of `Options`
  /// Called with each frame of a run before its last (`ack`, `running`); on the agent's own strand: return soon. What it throws
  /// leaves through the agent's executor, and harms no request.
  std::function<void(const Event&)> on_update = {};
};

/// LOG-1.
struct LoginOptions {
  bool attach = false;                           ///< `--attach`; else `--replace`
  std::optional<std::string> device = {};        ///< `--device=`: the same device gets the same token while it lives
  std::optional<std::chrono::seconds> ttl = {};  ///< `--ttl=`
  std::optional<Deadlines> deadlines = {};       ///< of each attempt; nothing: `Options::run_deadlines`
};

/// What a login came to. The token has been adopted, and saved if there is a store.
struct LoginResult {
  RunResult result;           ///< whole, with the token in it: do not print (AUT-7)
  std::string token;          ///< that was issued: a secret
  protocol::ArgsStyle style;  ///< with which it worked
  /// Why the token could not be saved; nothing when it was, or when there is no store.
  std::optional<Failure> not_saved = {};
};

}  // namespace procedura
