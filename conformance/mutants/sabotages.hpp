#pragma once

#include <procedura/conformance/mutants.hpp>
#include <procedura/conformance/tap/sabotage.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Words for the catalogue of broken agents. The mock's modules are called `worldstate_snapshot` (quick), `slow`,
/// `place_ooi_sprites` (streaming), `failing`, `echo` and `whoami` (protected); `login_password` and the `__` built-ins are
/// there too. An empty `cmd` stands for every one.
///
/// Each of these writes the journal line itself, when it has really altered something.
namespace procedura::conformance::mutants {

using Json = nlohmann::ordered_json;
using protocol::Mode;
using protocol::Status;
using tap::both;
using tap::Frame;
using tap::Hand;
using tap::Head;
using tap::MaskKey;
using tap::Opcode;
using tap::Sabotage;
using tap::Side;

/// A scenario with one stub, from the text of its members but for `name`.
std::string stub(std::string_view name, std::string_view members);
/// The text of an error frame.
std::string error(std::string_view id, std::string_view code, std::string_view message);
/// A scenario that breaks rules of authentication (mockserver/docs/scenario.md), by names as in `"any-token","ttl"`.
std::string auth_break(std::string_view rules);

/// A request of the suite, on its way to the agent. Only whole messages that are requests.
struct Asked {
  std::string text;
  protocol::Request request;
  Hand& hand;

  void replace(std::string_view from, std::string_view to);  ///< everywhere in the text
  void edit(const std::function<void(Json&)>& change);
  void drop();
  /// The agent does not get it; this is the answer.
  void answer(const std::vector<std::string>& frames);
};

/// A reply of the agent, on its way to the suite. Only whole messages that are replies.
struct Reply {
  std::string text;
  std::string id;   ///< of the request that it answers; empty: of none
  std::string cmd;  ///< of that request
  std::vector<std::string> args{};
  Mode mode = Mode::sync;
  Status status = Status::unknown;
  std::size_t nth = 0;  ///< of the replies to this request, from 1
  Hand& hand;

  void replace(std::string_view from, std::string_view to);  ///< everywhere in the text
  void edit(const std::function<void(Json&)>& change);
  void drop();
  void repeat();                            ///< it comes twice
  void follow(const std::string& text);     ///< this comes behind it
  void precede(const std::string& text);    ///< this comes before it
  void late(std::chrono::milliseconds by);  ///< it comes so much later, behind what comes meanwhile
};

Sabotage on_request(std::string_view cmd, std::function<void(Asked&)> change);
Sabotage on_reply(std::string_view cmd, std::function<void(Reply&)> change);

// The commonest.
Sabotage replace_in_replies(std::string_view cmd, std::string_view from, std::string_view to);
Sabotage replace_in_requests(std::string_view cmd, std::string_view from, std::string_view to);
Sabotage drop_replies(std::string_view cmd, Status status);
Sabotage repeat_replies(std::string_view cmd, Status status);

/// Every frame of this kind from the suite, or from the agent. `fired` is for the caller to say.
Sabotage on_frame_from_suite(Opcode opcode, std::function<void(Frame&, Hand&)> change);
Sabotage on_frame_from_agent(Opcode opcode, std::function<void(Frame&, Hand&)> change);
/// Drops them.
Sabotage deaf_to(Opcode opcode);
Sabotage mute_of(Opcode opcode);

/// While a job of `slow` is live on a connection, frames of the agent that are `held` wait for its end.
Sabotage hold_while_busy(std::function<bool(const Frame&)> held);

/// Upgrades that `which` is true of get this instead: "401 Unauthorized".
Sabotage refuse_upgrades(std::string_view status, std::function<bool(const Head&)> which);
/// The request or the response of each upgrade. What changes the head has fired.
Sabotage on_upgrade(std::function<void(Head&, Hand&)> change);
Sabotage on_upgraded(std::function<void(Head&, Hand&)> change);

// The catalogue, by area: each in a file of its own.
using Catalogue = std::vector<BrokenAgent>;
void add_handshake(Catalogue& all);
void add_login(Catalogue& all);
void add_request(Catalogue& all);
void add_sync(Catalogue& all);
void add_async(Catalogue& all);
void add_concurrency(Catalogue& all);
void add_errors(Catalogue& all);
void add_keepalive(Catalogue& all);
void add_limits(Catalogue& all);
void add_frames(Catalogue& all);
void add_security(Catalogue& all);
void add_close(Catalogue& all);
void add_builtins(Catalogue& all);
void add_framing(Catalogue& all);

}  // namespace procedura::conformance::mutants
