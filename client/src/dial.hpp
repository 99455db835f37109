#pragma once

#include <procedura/options.hpp>
#include <procedura/transport.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace procedura::detail {

/// How to connect, and what the user should know about it.
struct Dial {
  TransportOptions transport;
  std::vector<std::pair<LogLevel, std::string>> notes;
};

/// Puts the token into both handshake paths, or the one that can bear it (AUT-1, AUT-4). Pure. Fails with `invalid_token`, and
/// with `invalid_url` for a wrong proxy.
Result<Dial> dial(const Options& options, const Endpoint& endpoint, const std::optional<std::string>& token);

/// What is said at each connection whose server is not verified, or only by its pin.
std::string insecure_warning(const Endpoint& endpoint, bool pinned);

/// A saved token, if it may go to `endpoint` (AUT-8). Pure; `now` in seconds since 1970. Fails with `wrong_origin`.
Result<void> check_saved(const SavedToken& saved, const Endpoint& endpoint, std::int64_t now,
                         std::vector<std::pair<LogLevel, std::string>>& notes);

}  // namespace procedura::detail
