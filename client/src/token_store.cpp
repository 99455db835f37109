#include "private_file.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/token.hpp>
#include <procedura/token_store.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <system_error>
#include <utility>

namespace procedura {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t token_limit = std::size_t{16} * 1024;  // what a header line can bear
constexpr std::size_t side_limit = std::size_t{1024} * 1024;

constexpr std::size_t remembered_tokens = 16;

constexpr std::string_view origin_key = "origin";
constexpr std::string_view expires_key = "expires";
constexpr std::string_view tokens_key = "tokens";
constexpr std::string_view styles_key = "args_styles";

Failure bad_token(const std::filesystem::path& path, std::string_view what) {
  return Failure::of(errc::token_store, path.string() + " " + std::string{what} + ": log in anew, or remove the file");
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto begin = text.find_first_not_of(white);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

// What is known of the token and of the origins. Only a memory: unreadable or broken, it is as good as empty.
ordered_json read_side(const std::filesystem::path& path) {
  const auto file = detail::read_private_file(path, side_limit);
  if (!file || !*file) return ordered_json::object();
  constexpr std::size_t max_depth = 8;
  if (protocol::check_json((*file)->content, max_depth).fault != protocol::JsonFault::none) return ordered_json::object();
  auto json = ordered_json::parse((*file)->content, nullptr, false);  // it may hold a number that is beyond all doubles
  return json.is_object() ? json : ordered_json::object();
}

// By what a side file tells of which token it speaks: another program may have put its own in the same place, and the origin of
// the one must not be taken for the other's. FNV-1a: it need not hold against an attacker, who would have to write into the
// user's own folder, and it lies in a file that is as private as the token's.
std::string print_of(std::string_view token) {
  std::uint64_t print = 0xcbf29ce484222325;
  for (const char byte : token) print = (print ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return std::to_string(print);
}

// What the side file knows of this token; null if nothing.
ordered_json known_of(const ordered_json& side, std::string_view token) {
  const auto tokens = side.find(tokens_key);
  if (tokens == side.end() || !tokens->is_object()) return {};
  const auto known = tokens->find(print_of(token));
  return known != tokens->end() && known->is_object() ? *known : ordered_json{};
}

}  // namespace

Result<void> may_send(const std::optional<std::string>& recorded, const Endpoint& to) {
  if (!recorded) return {};  // as the published SDK would
  const auto from = Endpoint::parse(*recorded);
  const bool same_host = from && (from->host == to.host || (from->is_loopback() && to.is_loopback()));
  if (same_host && (to.secure || !from->secure)) return {};
  std::string message = "the saved token is for " + *recorded;
  if (same_host) {
    message += " and must not go to " + to.origin() + ", which is not encrypted: use wss://, or log in there";
  } else {
    message += " and not for " + to.origin() + ": log in there, or pass a token for it";
  }
  return Failure::of(errc::wrong_origin, std::move(message));
}

TokenStore::TokenStore(std::filesystem::path token_file) : token_file_{std::move(token_file)} {}

Result<TokenStore> TokenStore::locate(const Environment& environment) {
  if (environment.token_file) return TokenStore{*environment.token_file};
  if (environment.home) return TokenStore{std::filesystem::path{*environment.home} / ".procedura" / "token"};
  return Failure::of(errc::token_store, "there is no place for the token file: set HOME or PROCEDURA_TOKEN_FILE");
}

std::filesystem::path TokenStore::side_path() const {
  auto path = token_file_;
  path += ".meta.json";
  return path;
}

Result<std::optional<SavedToken>> TokenStore::load() const {
  // Two files are not read in one moment. A token that the side file does not know may have been replaced, along with what was
  // known of it, since it was read: then it is the new one that counts.
  constexpr int tries = 20;
  auto saved = load_once();
  for (int i = 1; i < tries && saved && *saved && !(*saved)->origin; ++i) {
    auto again = load_once();
    const bool same = again && *again && (*again)->token == (*saved)->token;
    saved = std::move(again);
    if (same) break;
  }
  return saved;
}

Result<std::optional<SavedToken>> TokenStore::load_once() const {
  auto file = detail::read_private_file(token_file_, token_limit);
  if (!file) return file.error();
  if (!*file) return std::optional<SavedToken>{};
  SavedToken saved;
  saved.token = trimmed((*file)->content);
  if (saved.token.empty()) return bad_token(token_file_, "is empty");
  if (!protocol::is_header_safe(saved.token)) {
    return bad_token(token_file_, "holds no token: it has characters that no header can carry");
  }
  if ((*file)->others_can_read) {
    saved.warnings.push_back("other users can read the token in " + token_file_.string() + ": chmod 600 it");
  }
  const auto known = known_of(read_side(side_path()), saved.token);
  if (const auto origin = known.find(origin_key); origin != known.end() && origin->is_string()) {
    saved.origin = origin->get<std::string>();
  }
  if (const auto expires = known.find(expires_key); expires != known.end() && expires->is_number_integer()) {
    saved.expires = expires->get<std::int64_t>();
  }
  return std::optional{std::move(saved)};
}

Result<void> TokenStore::save(const SavedToken& token) const {
  if (!protocol::is_header_safe(token.token))
    return Failure::of(errc::invalid_token, "this token cannot be saved: no header could carry it");
  const auto lock = detail::FileLock::on(token_file_);
  if (!lock) return lock.error();
  auto side = read_side(side_path());
  auto known = ordered_json::object();
  if (token.origin) known[std::string{origin_key}] = *token.origin;
  if (token.expires) known[std::string{expires_key}] = *token.expires;
  // The side file goes first, and still knows the token that is there until its file is replaced: neither is ever without its
  // origin, so that neither can be sent to the other's. It knows a few more for those who read the token a moment ago.
  auto& tokens = side[std::string{tokens_key}];
  if (!tokens.is_object()) tokens = ordered_json::object();
  tokens.erase(print_of(token.token));
  while (tokens.size() >= remembered_tokens) tokens.erase(tokens.begin());
  tokens[print_of(token.token)] = std::move(known);
  if (auto stored = detail::write_private_file(side_path(), side.dump(2) + "\n"); !stored) return stored;
  return detail::write_private_file(token_file_, token.token + "\n");
}

Result<bool> TokenStore::remove() const {
  // Where there is nothing, nothing is made: the lock would need a folder.
  std::error_code unknown;
  const auto is_missing = [&](const std::filesystem::path& path) {
    return std::filesystem::symlink_status(path, unknown).type() == std::filesystem::file_type::not_found;
  };
  if (is_missing(token_file_) && is_missing(side_path())) return false;
  const auto lock = detail::FileLock::on(token_file_);
  if (!lock) return lock.error();
  auto removed = detail::remove_private_file(token_file_);
  if (!removed) return removed;
  auto side = read_side(side_path());
  if (side.erase(std::string{tokens_key}) > 0) {
    if (auto stored = detail::write_private_file(side_path(), side.dump(2) + "\n"); !stored) return stored.error();
  }
  return removed;
}

std::optional<protocol::ArgsStyle> TokenStore::args_style(const std::string& origin) const {
  const auto side = read_side(side_path());
  const auto styles = side.find(styles_key);
  if (styles == side.end() || !styles->is_object()) return std::nullopt;
  const auto style = styles->find(origin);
  if (style == styles->end() || !style->is_string()) return std::nullopt;
  return protocol::args_style_from(style->get<std::string>());
}

Result<void> TokenStore::remember_args_style(const std::string& origin, protocol::ArgsStyle style) const {
  if (args_style(origin) == style) return {};
  const auto lock = detail::FileLock::on(token_file_);
  if (!lock) return lock.error();
  auto side = read_side(side_path());
  auto& styles = side[std::string{styles_key}];
  if (!styles.is_object()) styles = ordered_json::object();
  styles[origin] = std::string{to_string(style)};
  return detail::write_private_file(side_path(), side.dump(2) + "\n");
}

}  // namespace procedura
