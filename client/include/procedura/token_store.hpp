#pragma once

#include <procedura/error.hpp>
#include <procedura/protocol/request.hpp>
#include <procedura/url.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace procedura {

/// What the place of the token file is made from. Passed in, never read deep inside.
struct Environment {
  std::optional<std::string> token_file;  ///< PROCEDURA_TOKEN_FILE
  std::optional<std::string> home;        ///< HOME

  /// Of this process.
  static Environment of_process();
};

/// A token and what is known about it.
struct SavedToken {
  std::string token;                       ///< a secret
  std::optional<std::string> origin;       ///< where it came from (AUT-8); nothing for a file of the published SDK
  std::optional<std::int64_t> expires;     ///< seconds since 1970, if the agent said so
  std::vector<std::string> warnings = {};  ///< of `load`, for people: others can read the file, ...
};

/// AUT-8: fails with `wrong_origin` if a token from `recorded` must not go to `to`: another host, or from `wss` to `ws`. All
/// names of the loopback are one host; another port is no other host.
Result<void> may_send(const std::optional<std::string>& recorded, const Endpoint& to);

/// The token file `~/.procedura/token` or PROCEDURA_TOKEN_FILE, and beside it `<name>.meta.json`, our own: the token's origin
/// and expiry, and the args style of each origin (REQ-4). Folder 0700, files 0600, replaced atomically. Files are read when
/// asked for, and nothing is cached: another process may have logged in. Failures are `token_store` and name the file and what
/// to do. Any number of threads and processes may use the same files at once: of two that save a token the last wins, a token
/// is never seen with another one's origin, and no args style is lost.
class TokenStore {
 public:
  /// Touches nothing yet.
  explicit TokenStore(std::filesystem::path token_file);
  /// Fails if neither variable says where.
  static Result<TokenStore> locate(const Environment& environment);

  /// Nothing if there is no file.
  Result<std::optional<SavedToken>> load() const;
  /// Takes the place of what was saved before.
  Result<void> save(const SavedToken& token) const;
  /// Removes the token and what is known of it, not the args styles. True if there was one.
  Result<bool> remove() const;

  /// What the last login to `origin` found to work. A broken side file counts as empty: it is only a memory.
  std::optional<protocol::ArgsStyle> args_style(const std::string& origin) const;
  /// For the next login to `origin`, and for what follows it.
  Result<void> remember_args_style(const std::string& origin, protocol::ArgsStyle style) const;

  /// The token file.
  const std::filesystem::path& path() const noexcept { return token_file_; }
  /// `<token file>.meta.json`.
  std::filesystem::path side_path() const;

 private:
  Result<std::optional<SavedToken>> load_once() const;
  std::filesystem::path token_file_;
};

}  // namespace procedura
