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

}  // namespace

void Accounts::add_user(std::string user, std::string password) {
  passwords_.insert_or_assign(std::move(user), std::move(password));
}

void Accounts::add_session(Session session) {
  // A login has to answer with a token that can be a subprotocol (LOG-2), so it never joins one that cannot.
  if (session.device && protocol::is_subprotocol(session.token)) {
    tokens_by_device_.insert_or_assign({session.user, *session.device}, session.token);
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

Accounts::Login Accounts::login(TimePoint now, std::string_view user, const std::optional<std::string>& device,
                                std::chrono::seconds ttl) {
  if (device) {
    const auto known = tokens_by_device_.find({std::string{user}, *device});
    if (known != tokens_by_device_.end()) {
      Session& session = sessions_.at(known->second);
      if (session.live(now)) {
        session.expires = now + ttl;
        return {&session, true};
      }
    }
  }
  make_room();
  Session session{draw_token(user, device), std::string{user}, device, now + ttl};
  if (device) tokens_by_device_.insert_or_assign({session.user, *device}, session.token);
  std::string token = session.token;
  const auto [at, inserted] = sessions_.insert_or_assign(std::move(token), std::move(session));
  return {&at->second, false};
}

const Session* Accounts::find(std::string_view token) const {
  const auto found = sessions_.find(token);
  return found == sessions_.end() ? nullptr : &found->second;
}

// 128 bits in hexadecimal: legal as a subprotocol (LOG-2).
std::string Accounts::draw_token(std::string_view user, const std::optional<std::string>& device) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::uint64_t state = mix_text(protocol::mix(seed_, given_out_++), user);
  if (device) state = mix_text(state, *device);
  std::string token;
  token.reserve(32);
  for (const std::uint64_t half : std::array{protocol::mix(state, 1), protocol::mix(state, 2)}) {
    for (unsigned shift = 64; shift > 0; shift -= 4) token += digits[(half >> (shift - 4U)) & 0xFU];
  }
  return token;
}

// Whoever logs in forever without a device key must not fill the memory: the session that dies first makes room. Those that the
// scenario gave stay.
void Accounts::make_room() {
  if (sessions_.size() < max_sessions_) return;
  auto first = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (at->second.expires && (first == sessions_.end() || *at->second.expires < *first->second.expires)) first = at;
  }
  if (first == sessions_.end()) return;
  if (first->second.device) {
    const auto by_device = tokens_by_device_.find({first->second.user, *first->second.device});
    if (by_device != tokens_by_device_.end() && by_device->second == first->first) tokens_by_device_.erase(by_device);
  }
  sessions_.erase(first);
}

}  // namespace procedura::mock::engine
