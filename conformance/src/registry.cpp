#include "cases/cases.hpp"
#include "client/cases/cases.hpp"

#include <procedura/conformance/registry.hpp>

#include <algorithm>

namespace procedura::conformance {

Level CheckSpec::binding() const {
  return binding_level(level.value_or(of().level), source);
}

const CheckSpec* CaseSpec::find(std::string_view slug) const noexcept {
  const auto found = std::find_if(checks.begin(), checks.end(), [slug](const CheckSpec& check) { return check.slug == slug; });
  return found == checks.end() ? nullptr : &*found;
}

std::string full_id(const CaseSpec& spec, const CheckSpec& check) {
  return std::string{spec.id} + ":" + std::string{check.slug};
}

const Registry& server_cases() {
  static const Registry registry = [] {
    Registry all;
    cases::add_handshake(all);
    cases::add_login(all);
    cases::add_request(all);
    cases::add_sync(all);
    cases::add_async(all);
    cases::add_concurrency(all);
    cases::add_errors(all);
    cases::add_bad_frames(all);
    cases::add_framing(all);
    cases::add_limits(all);
    cases::add_keepalive(all);
    cases::add_frames(all);
    cases::add_security(all);
    cases::add_close(all);
    cases::add_tls(all);
    cases::add_builtins(all);
    return all;
  }();
  return registry;
}

const Registry& client_cases() {
  static const Registry registry = [] {
    Registry all;
    cases::add_client_request(all);
    cases::add_client_frame(all);
    cases::add_client_reply(all);
    cases::add_client_result(all);
    cases::add_client_wait(all);
    cases::add_client_drop(all);
    cases::add_client_exit(all);
    cases::add_client_concurrency(all);
    cases::add_client_handshake(all);
    cases::add_client_token(all);
    cases::add_client_login(all);
    cases::add_client_tls(all);
    cases::add_client_secrets(all);
    return all;
  }();
  return registry;
}

bool matches(std::string_view pattern, std::string_view id) noexcept {
  pattern = pattern.substr(0, pattern.find(':'));
  // The last `*` and `**` seen, to fall back to: linear space, and no recursion for a hostile pattern to deepen.
  struct Fallback {
    std::size_t pattern = std::string_view::npos;
    std::size_t text = 0;
  } star, globstar;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < id.size() || p < pattern.size()) {
    if (pattern.substr(p, 2) == "**") {
      globstar = {p += 2, t};
      star = {};
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = {++p, t};
    } else if (p < pattern.size() && t < id.size() && pattern[p] == id[t]) {
      ++p;
      ++t;
    } else if (star.pattern != std::string_view::npos && star.text < id.size() && id[star.text] != '/') {
      p = star.pattern;
      t = ++star.text;
    } else if (globstar.pattern != std::string_view::npos && globstar.text < id.size()) {
      p = globstar.pattern;
      t = ++globstar.text;
      star = {};
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace procedura::conformance
