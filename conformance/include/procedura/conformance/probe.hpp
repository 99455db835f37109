#pragma once

#include <procedura/conformance/wire.hpp>
#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Asks an agent what it has, and drafts its profile.
///
/// Nothing is called but what is documented as harmless: `worldstate_snapshot --terse`, `place_ooi_sprites --dry-run`, the
/// three built-ins that begin with `__`, and, with a credential, `login_password --attach` on a device of its own. Never
/// `init_character`, and never a module that the documentation does not name.
namespace procedura::conformance {

/// What an agent answered. Nothing in it is secret; names of members are the documented ones.
struct Probed {
  bool opened = false;                               ///< a connection without a token
  std::string why_not;                               ///< untrusted
  std::optional<bool> echoes;                        ///< the token as subprotocol; nothing: no token was to be had
  std::vector<protocol::ArgsStyle> login_styles;     ///< in which a login succeeded
  std::vector<protocol::ArgsStyle> snapshot_styles;  ///< in which worldstate_snapshot finished
  std::vector<std::string> snapshot_members;         ///< the documented ones that its result has
  bool snapshot_is_object = false;
  bool snapshot_is_protected = false;      ///< refused without a session, and answered with one
  std::optional<std::uint32_t> updates;    ///< of place_ooi_sprites --dry-run, where it finished
  std::vector<std::string_view> builtins;  ///< clauses of those whose answer has its documented shape
  bool keepalive_finishes = false;
};

/// What a draft is made of besides.
struct ProbeSetting {
  std::string agent;           ///< what the profile is to call it
  std::string credential_env;  ///< empty: none
  std::string credential;      ///< what that variable holds
  std::uint64_t seed = 0;
};

/// Asks. Blocking; takes a few seconds with an agent that does not answer. Throws nothing that the agent could cause.
Probed probe(Dialer& dialer, const ProbeSetting& setting);

struct Draft {
  std::string profile;             ///< JSON that `server` takes; empty: too little was found out for one
  std::vector<std::string> notes;  ///< what was found, and what was left out because it was not; for people, untrusted
};

/// Decides what to write. Pure.
Draft draft_of(const Probed& probed, const ProbeSetting& setting);

}  // namespace procedura::conformance
