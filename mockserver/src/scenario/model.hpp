#pragma once

#include "scenario/delay.hpp"
#include "scenario/fault.hpp"
#include "scenario/match.hpp"
#include "scenario/problem.hpp"
#include "scenario/template.hpp"

#include <procedura/protocol/reply.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// A scenario as it was loaded: checked, merged, its templates, patterns and durations compiled. Plain values; nothing in here
/// changes afterwards, so that many connections may share one. New kinds of steps and expectations are new alternatives of
/// their variants; what every step has (place, target, condition) stands in `Step`.
namespace procedura::mock {

// ------------------------------------------------------------------------------------------------------------------ replies

struct Step;
using Steps = std::vector<Step>;

namespace step {
struct Accept {};  ///< ack for a sync, started for an async request
struct Ack {};
struct Started {};
struct Running {
  Template members;  ///< renders as `"progress":0.5,"n":1`: members without braces, perhaps none
};
struct Finished {
  Template result;
};
struct Error {
  std::optional<Template> code;  ///< to be rendered as text
  Template message;              ///< to be rendered as text
  Template members;              ///< further members, as in `Running`
};
struct Send {
  Template frame;  ///< the whole frame; nothing is added
};
struct Wait {
  Delay delay;
};
struct Repeat {
  Template count;
  std::string as;  ///< name of the loop variable; templates have it resolved already
  Steps steps;     ///< no terminal frame among them
};
/// Exactly this as one message, whether it is JSON or not.
struct Raw {
  std::variant<Template, std::string> payload;  ///< a text message, to be rendered as text; or the bytes of a binary one
};
/// A whole frame, to every open connection of the partition, in the order of their ordinals.
struct Broadcast {
  Template frame;
};
/// Gives variables values; each is rendered with those before it set already.
struct Set {
  enum class Scope : std::uint8_t { instance, connection, partition } scope = Scope::instance;
  std::vector<std::pair<std::string, Template>> values;
};
/// Holds the instance until a request that matches comes to the partition, from now on. The request is not consumed.
struct Await {
  Match request;
  Duration limit = std::chrono::seconds{30};  ///< then `SCENARIO_ERROR`; not scaled
};
/// Closes the connection; a code that an endpoint may send.
struct Close {
  std::uint16_t code = 1000;
  std::string reason;
};
struct Fault {
  mock::Fault fault;  ///< none of the upgrade's
};
}  // namespace step

/// When a step is played, or a fault of the scenario fires. All that is given must hold.
struct When {
  std::optional<Condition> instance;           ///< ordinal of the instance among those of its stub in the partition, from 1
  std::optional<Condition> connection;         ///< ordinal of the connection in the partition, from 1
  std::map<std::string, Condition> variables;  ///< as `${var.x}` would have them, as plain text
};

struct Step {
  using Action =
      std::variant<step::Accept, step::Ack, step::Started, step::Running, step::Finished, step::Error, step::Send, step::Wait,
                   step::Repeat, step::Raw, step::Broadcast, step::Set, step::Await, step::Close, step::Fault>;
  Action action = {};
  std::optional<When> when = {};                ///< else it is passed over
  std::optional<protocol::Target> target = {};  ///< as this step says; see `target_of`
  std::uint32_t ordinal = 0;  ///< number of the step in its stub, nested ones counted, from 0: its part in a draw
  Place place = {};
};

struct Stub {
  std::string name = {};
  std::int32_t priority = 0;  ///< the highest that matches is taken, then the first
  Match match = {};
  /// One, or those of a `sequence`: for the first instance in the partition, the second ...; the last one stays. Each begins
  /// with an `Accept` where the file leaves that to us (no accept, ack or started in it, no `accept: false`).
  std::vector<Steps> replies = {};
  bool detached = false;  ///< instances go on when their connection has ended
  std::optional<protocol::Target> target = {};
  Place place = {};

  /// The steps for the `instance`th run in the partition, from 1.
  const Steps& reply_of(std::uint64_t instance) const noexcept {
    return replies[instance <= replies.size() ? instance - 1 : replies.size() - 1];
  }
};

// ----------------------------------------------------------------------------------------------------------------- settings

struct User {
  std::string name = {};
  std::string password;
  Place place = {};
};

struct SeededToken {
  std::string token = {};
  std::string user = {};
  std::optional<std::string> device = {};
  std::optional<Duration> ttl = {};  ///< from the start of the mock; nothing: it does not expire
  bool revoked = false;              ///< it was good once: kept secret, and good for nothing (AUT-6)
  Place place = {};                  ///< of its user
};

/// What happens to an upgrade with a token that is unknown or expired (AUT-6).
struct Refusal {
  enum class Kind : std::uint8_t {
    error,  ///< accepted; protected commands get AUTH_REQUIRED or AUTH_EXPIRED
    http,   ///< answered with `http_status`
    close,  ///< accepted and closed with 4401
    stall,  ///< never answered
  } kind = Kind::error;
  std::uint16_t http_status = 401;  ///< 400..599
};

/// Which subprotocol an accepted upgrade selects.
struct Echo {
  enum class Kind : std::uint8_t { offered, never, value } kind = Kind::offered;
  std::string value;  ///< may break AUT-3a on purpose; always legal in a header
};

struct Auth {
  bool required = false;  ///< protected modules need a session (AUT-9)
  std::vector<User> users;
  std::vector<SeededToken> tokens;
  bool accept_subprotocol = true;  ///< a token in `Sec-WebSocket-Protocol` counts
  bool accept_bearer = true;       ///< a token in `Authorization` counts
  Echo echo;
  Refusal refuse;
  bool replace_closes = false;  ///< LOG-5: `--replace` closes the session's other connections with 4001
  AuthBreaks breaks;
};

/// A fault of connections from their beginning on: one that needs no instance.
struct ConnectionFault {
  Fault fault;
  When when;  ///< `connection` alone; for the upgrade's faults the ordinal of the attempt
  Place place = {};
};

/// What the scenario asks for instead of the defaults (see `ServerOptions` and `EngineOptions`).
struct LimitSettings {
  std::optional<std::uint64_t> pause_at;       ///< bytes of output waiting
  std::optional<std::uint64_t> give_up_at;     ///< bytes of output waiting
  std::optional<std::uint64_t> message;        ///< bytes of a message that comes in
  std::optional<std::uint64_t> connections;    ///< open at once
  std::optional<std::uint64_t> live_requests;  ///< of one connection
  std::optional<std::uint64_t> live_bytes;     ///< of the requests of one connection that have not ended
  std::optional<Duration> upgrade;             ///< for the whole upgrade request to come
  std::optional<Duration> close;               ///< for the answer to a Close
};

enum class ArgsRule : std::uint8_t {
  automatic,     ///< one leading argument equal to `cmd` is dropped (REQ-4)
  module_first,  ///< the first argument must be the module's name
  bare,          ///< arguments are taken as they are
};

enum class Unmatched : std::uint8_t {
  error,   ///< NO_STUB_MATCH or UNKNOWN_MODULE
  ignore,  ///< no answer at all
  fail,    ///< as `error`, and the run fails
};

struct Settings {
  std::string name = {};
  std::uint64_t seed = 0;
  Auth auth;
  ArgsRule args_style = ArgsRule::automatic;
  protocol::Target target{true, true};
  Unmatched unmatched = Unmatched::error;
  std::vector<ConnectionFault> faults;
  std::optional<Stall> stall;
  LimitSettings limits;
};

// ------------------------------------------------------------------------------------------------------------- expectations

namespace expectation {
/// So many requests that match.
struct Count {
  Match request;
  std::uint64_t at_least = 1;
  std::optional<std::uint64_t> at_most = {};  ///< nothing: no bound
  std::optional<Duration> within = {};  ///< the last one that `at_least` asks for came so soon after the partition's first
                                        ///< connection; not scaled
};
/// Requests that match these came in this order, with anything between them.
struct Order {
  std::vector<Match> requests;
  std::optional<Duration> within = {};  ///< from the first to the last; not scaled
};
/// No request has the id of an earlier one, live or not, of its connection.
struct UniqueIds {};
/// Every connection that closed did so with this code.
struct Close {
  std::uint16_t code = 1000;
};
}  // namespace expectation

struct Expectation {
  using Rule = std::variant<expectation::Count, expectation::Order, expectation::Close, expectation::UniqueIds>;
  std::string name = {};
  Rule rule = {};
  Place place = {};
};

// ----------------------------------------------------------------------------------------------------------------- scenario

struct Scenario {
  Settings settings;
  std::vector<Stub> stubs;  ///< in the order of matching, but for their priorities
  std::vector<Expectation> expectations;
  std::vector<std::string> files;    ///< as named to the loader
  std::vector<std::string> secrets;  ///< passwords, tokens and values from the environment: to be redacted wherever shown

  /// `file:line:col`
  std::string where(Place place) const;
};

/// Which ids a frame of a step bears: what the step says, else the stub, else the settings. But ack and started always bear the
/// `id`, and started the `job_id`, unless the step itself says otherwise: without them nobody could tell what is meant later.
/// Only for steps that send a frame of ours (not `Send`, `Wait`, `Repeat`). `Accept` is taken as what `mode` makes of it.
protocol::Target target_of(const Step& step, const Stub& stub, const Settings& settings, protocol::Mode mode);

}  // namespace procedura::mock
