#pragma once

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

/// Who may log in, and who has. Tokens are drawn from the seed, so that a run can be repeated: a mock is no safe.
class Accounts {
 public:
  explicit Accounts(std::uint64_t seed, std::size_t max_sessions = 65536) : seed_{seed}, max_sessions_{max_sessions} {}

  void add_user(std::string user, std::string password);
  /// A token that is good from the start.
  void add_session(Session session);

  /// Compares in a time that tells neither whether the user exists nor where the passwords part (LOG-6).
  bool verify(std::string_view user, std::string_view password) const;

  struct Login {
    const Session* session;  ///< valid until the next call of `login` or `add_session`
    bool attached;           ///< a live session was joined
  };
  /// Joins the live session of `user` and `device` or starts one, and lets it live `ttl` from now (LOG-3, LOG-4, LOG-5).
  Login login(TimePoint now, std::string_view user, const std::optional<std::string>& device, std::chrono::seconds ttl);

  /// The session of a token, dead or alive; none if it was never given out (or forgotten long after its death).
  const Session* find(std::string_view token) const;
  std::size_t sessions() const noexcept { return sessions_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  std::string draw_token(std::string_view user, const std::optional<std::string>& device);
  void make_room();

  std::uint64_t seed_;
  std::size_t max_sessions_;
  std::uint64_t given_out_ = 0;
  std::map<std::string, std::string, std::less<>> passwords_;
  std::unordered_map<std::string, Session, Hash, std::equal_to<>> sessions_;
  std::map<std::pair<std::string, std::string>, std::string> tokens_by_device_;
};

}  // namespace procedura::mock::engine
