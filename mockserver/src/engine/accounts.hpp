#pragma once

#include "scenario/model.hpp"

#include <procedura/protocol/deadlines.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace procedura::mock::engine {

using protocol::TimePoint;

/// A logged-in user on a device, reached by its token for as long as it lives (LOG-3, LOG-4).
struct Session {
  std::string token;
  std::string user;
  std::optional<std::string> device;  ///< nothing: the login named none, and nobody else joins this session
  std::optional<TimePoint> expires;   ///< nothing: a token of the scenario that lives as long as the mock

  bool live(TimePoint now) const noexcept { return !expires || now < *expires; }
};

/// Who may log in, and who has. Tokens are drawn from the seed, so that a run can be repeated: a mock is no safe. Rules that
/// `auth.break` names are broken here, each where it would be kept.
class Accounts {
 public:
  explicit Accounts(std::uint64_t seed, std::size_t max_sessions = 65536) : seed_{seed}, max_sessions_{max_sessions} {}

  /// These users and rules from now on. Sessions stay; tokens that are not known yet are good from `now` on, revoked ones no
  /// more.
  void adopt(const Auth& auth, TimePoint now);

  void add_user(std::string user, std::string password);
  /// A token that is good from the start.
  void add_session(Session session);

  /// Compares in a time that tells neither whether the user exists nor where the passwords part (LOG-6).
  bool verify(std::string_view user, std::string_view password) const;
  bool knows(std::string_view user) const { return passwords_.find(user) != passwords_.end(); }

  struct Login {
    const Session* session;  ///< valid until the next call of `login`, `adopt` or `add_session`
    bool attached;           ///< a live session was joined
  };
  /// Joins the live session of `user` and `device` or starts one, and lets it live `ttl` from now (LOG-3, LOG-4, LOG-5). A new
  /// token is made from `draw`, unless others may join its session: then from the user and the device, so that it does not
  /// matter who comes first.
  Login login(TimePoint now, std::string_view user, const std::optional<std::string>& device, std::chrono::seconds ttl,
              std::uint64_t draw);

  /// The session of a token, dead or alive; none if it was never given out (or forgotten long after its death).
  const Session* find(std::string_view token) const;
  bool live(const Session& session, TimePoint now) const {
    return session.live(now) || (breaks_.ttl_ignored && broke("ttl")) || (breaks_.any_token && broke("any-token"));
  }
  std::size_t sessions() const noexcept { return sessions_.size(); }
  const AuthBreaks& breaks() const noexcept { return breaks_; }

  /// Remembers that a rule of `auth.break` was broken indeed, by a literal; true.
  bool broke(const char* rule) const {
    if (broken_.empty() || broken_.back() != std::string_view{rule}) broken_.push_back(rule);
    return true;
  }
  bool any_broken() const noexcept { return !broken_.empty(); }
  /// Those since the last call, for the journal.
  std::vector<const char*> take_broken() { return std::exchange(broken_, {}); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using Key = std::pair<std::string, std::string>;  // user, device
  struct Shared {
    std::string token;
    std::uint64_t generation = 0;  // how often there was a new one
  };

  using Sessions = std::unordered_map<std::string, Session, Hash, std::equal_to<>>;
  const Session* find_given(std::string_view token) const;
  std::optional<Key> shared_key(std::string_view user, const std::optional<std::string>& device) const;
  void make_room();
  void forget(Sessions::iterator at);

  std::uint64_t seed_;
  std::size_t max_sessions_;
  AuthBreaks breaks_;
  std::map<std::string, std::string, std::less<>> passwords_;
  Sessions sessions_;
  std::map<Key, Shared> shared_;             // sessions that a second login joins
  mutable std::vector<const char*> broken_;  // to look somebody up can be what breaks a rule
  Session anybody_{{}, "anybody", std::nullopt, std::nullopt};
};

}  // namespace procedura::mock::engine
