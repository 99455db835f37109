#include "engine/accounts.hpp"

#include "engine/same_text.hpp"

#include <procedura/protocol/random.hpp>
#include <procedura/protocol/token.hpp>

#include <algorithm>
#include <array>

namespace procedura::mock::engine {
namespace {

std::uint64_t mix_text(std::uint64_t state, std::string_view text) {
  for (const char c : text) state = protocol::mix(state, static_cast<unsigned char>(c));
  return protocol::mix(state, text.size());
}

// 128 bits in hexadecimal: legal as a subprotocol (LOG-2).
std::string token_of(std::uint64_t draw) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  token.reserve(32);
  for (const std::uint64_t half : std::array{protocol::mix(draw, 1), protocol::mix(draw, 2)}) {
    for (unsigned shift = 64; shift > 0; shift -= 4) token += digits[(half >> (shift - 4U)) & 0xFU];
  }
  return token;
}

}  // namespace

void Accounts::adopt(const Auth& auth, TimePoint now) {
  breaks_ = auth.breaks;
  passwords_.clear();
  for (const auto& user : auth.users) add_user(user.name, user.password);
  for (const auto& token : auth.tokens) {
    if (token.revoked) {
      if (const auto found = sessions_.find(token.token); found != sessions_.end()) forget(found);
    } else if (!find_given(token.token)) {
      add_session(
          {token.token, token.user, token.device, token.ttl ? std::optional{now + *token.ttl} : std::optional<TimePoint>{}});
    }
  }
}

void Accounts::add_user(std::string user, std::string password) {
  passwords_.insert_or_assign(std::move(user), std::move(password));
}

void Accounts::add_session(Session session) {
  // A login has to answer with a token that can be a subprotocol (LOG-2), so it never joins one that cannot.
  if (session.device && protocol::is_subprotocol(session.token)) {
    if (auto key = shared_key(session.user, session.device)) shared_[std::move(*key)].token = session.token;
  }
  std::string token = session.token;
  sessions_.insert_or_assign(std::move(token), std::move(session));
}

bool Accounts::verify(std::string_view user, std::string_view password) const {
  static constexpr std::string_view nobody = "a password that no user has";
  const auto found = passwords_.find(user);
  const bool known = found != passwords_.end();
  const bool same = same_text(password, known ? std::string_view{found->second} : nobody);
  return known && same;
}

// Which logins share a session: those of a device (LOG-3). The empty key is no device's.
std::optional<Accounts::Key> Accounts::shared_key(std::string_view user, const std::optional<std::string>& device) const {
  if (breaks_.device_ignored) return Key{user, ""};
  if (device) return Key{user, *device};
  return breaks_.one_token ? std::optional{Key{user, ""}} : std::nullopt;
}

Accounts::Login Accounts::login(TimePoint now, std::string_view user, const std::optional<std::string>& device,
                                std::chrono::seconds ttl, std::uint64_t draw) {
  const auto key = shared_key(user, device);
  if (key) {
    if (const auto known = shared_.find(*key); known != shared_.end()) {
      Session& session = sessions_.at(known->second.token);
      if (session.live(now) || (breaks_.ttl_ignored && broke("ttl"))) {
        if (breaks_.device_ignored && session.device != device) broke("device");
        if (breaks_.one_token && !device) broke("one-token");
        session.expires = now + ttl;
        return {&session, true};
      }
    }
  }
  make_room();
  if (key) {
    Shared& shared = shared_[*key];
    draw = mix_text(mix_text(protocol::mix(seed_, ++shared.generation), key->first), key->second);
    shared.token = token_of(draw);
  }
  Session session{token_of(draw), std::string{user}, device, now + ttl};
  std::string token = session.token;
  const auto [at, inserted] = sessions_.insert_or_assign(std::move(token), std::move(session));
  return {&at->second, false};
}

const Session* Accounts::find(std::string_view token) const {
  if (const Session* given = find_given(token)) return given;
  return breaks_.any_token && !token.empty() && broke("any-token") ? &anybody_ : nullptr;
}

const Session* Accounts::find_given(std::string_view token) const {
  const auto found = sessions_.find(token);
  return found == sessions_.end() ? nullptr : &found->second;
}

// Whoever logs in forever without a device key must not fill the memory: the session that dies first makes room. Those that the
// scenario gave stay.
void Accounts::make_room() {
  if (sessions_.size() < max_sessions_) return;
  auto first = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (at->second.expires && (first == sessions_.end() || *at->second.expires < *first->second.expires)) first = at;
  }
  if (first != sessions_.end()) forget(first);
}

void Accounts::forget(Sessions::iterator at) {
  // Its device key may have gone by another rule: whoever shares this token is looked for.
  std::erase_if(shared_, [&](const auto& shared) { return shared.second.token == at->first; });
  sessions_.erase(at);
}

}  // namespace procedura::mock::engine
