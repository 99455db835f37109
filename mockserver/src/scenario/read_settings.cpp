#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/token.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace procedura::mock {
namespace {

constexpr Duration shortest_ttl = std::chrono::seconds{1};  // LOG-4
constexpr Duration longest_ttl = std::chrono::seconds{31'536'000};

/// Where a password or a token may have been put by mistake: what stands there is not shown (AUT-7).
bool check_kind(Reading& in, const Cursor& at, Node::Kind kind, std::string_view what) {
  if (at->kind == kind) return true;
  in.report.error(at, "expected " + std::string{what} + ", found " + describe_kind(*at));
  return false;
}

std::vector<User> read_users(Reading& in, const Cursor& at) {
  std::vector<User> users;
  if (!check_kind(in, at, Node::Kind::object, "an object of passwords by user")) return users;
  for (const NodeMember& member : at->members) {
    const Cursor password = at.member(member);
    if (member.key.empty() || member.key.find(':') != std::string::npos) {
      in.report.error(member.key_place, at.pointer, "expected the name of a user, which cannot be empty or have \":\" in it");
    } else if (password->kind != Node::Kind::string) {
      in.report.error(password, "expected a password as a string, found " + describe_kind(*password));
    } else {
      in.secrets.push_back(password->text);
      users.push_back({member.key, password->text, member.key_place});
    }
  }
  return users;
}

SeededToken read_token(Reading& in, const Cursor& at) {
  SeededToken seeded{.place = at->place};
  if (!check_kind(in, at, Node::Kind::object, "an object, a token")) return seeded;
  const Object object{in.report, at, "an object, a token", {"token", "user", "device", "ttl", "revoked"}};
  if (const auto token = object.require("token")) {
    const Node& node = **token;
    if (node.kind == Node::Kind::string && protocol::is_header_safe(node.text)) {
      seeded.token = node.text;
      in.secrets.push_back(seeded.token);
    } else {
      in.report.error(*token, "expected a token: a string of visible ASCII characters, which a header can carry");
    }
  }
  if (const auto user = object.require("user")) {
    seeded.user = read_string(in.report, *user, "the name of a user").value_or("");
    seeded.place = (*user)->place;
  }
  if (const auto device = object.find("device")) seeded.device = read_string(in.report, *device, "a device key");
  if (const auto ttl = object.find("ttl")) seeded.ttl = read_duration(in.report, *ttl, shortest_ttl, longest_ttl);
  if (const auto revoked = object.find("revoked")) seeded.revoked = read_bool(in.report, *revoked).value_or(false);
  return seeded;
}

std::vector<SeededToken> read_tokens(Reading& in, const Cursor& at) {
  std::vector<SeededToken> tokens;
  if (!check_kind(in, at, Node::Kind::array, "an array of tokens")) return tokens;
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    SeededToken token = read_token(in, at.item(i));
    const auto same = [&](const SeededToken& other) { return !token.token.empty() && other.token == token.token; };
    if (std::any_of(tokens.begin(), tokens.end(), same)) {
      in.report.error(at.item(i), "expected a token of its own, found one that is in the list already");
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

void read_accept(Reading& in, const Cursor& at, Auth& auth) {
  if (!check_array(in.report, at, "an array of \"subprotocol\" and \"bearer\"")) return;
  auth.accept_subprotocol = auth.accept_bearer = false;
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    const auto word = read_word(in.report, at.item(i), {"subprotocol", "bearer"});
    if (word) (*word == 0 ? auth.accept_subprotocol : auth.accept_bearer) = true;
  }
}

void read_echo(Reading& in, const Cursor& at, Echo& echo) {
  if (at->kind != Node::Kind::string || !protocol::is_subprotocol(at->text)) {
    in.report.expected(at, "\"offered\", \"never\" or another subprotocol (letters, digits and !#$%&'*+-.^_`|~)");
    return;
  }
  echo = {Echo::Kind::value, at->text};
  if (at->text == "offered") echo = {Echo::Kind::offered, {}};
  if (at->text == "never") echo = {Echo::Kind::never, {}};
}

void read_refuse(Reading& in, const Cursor& at, Refusal& refuse) {
  static constexpr std::array<std::string_view, 4> words = {"error", "http-401", "close-4401", "stall"};
  if (at->kind == Node::Kind::string) {
    const std::string_view text = at->text;
    if (text == "error") return void(refuse = {Refusal::Kind::error});
    if (text == "close-4401") return void(refuse = {Refusal::Kind::close});
    if (text == "stall") return void(refuse = {Refusal::Kind::stall});
    std::uint16_t status = 0;
    if (text.starts_with("http-") && text.size() == 8) std::from_chars(text.data() + 5, text.data() + 8, status);
    if (status >= 400 && status <= 599) return void(refuse = {Refusal::Kind::http, status});
  }
  in.report.error(at, "expected \"error\", \"http-400\" to \"http-599\", \"close-4401\" or \"stall\", found " + describe(*at) +
                          (at->kind == Node::Kind::string ? did_you_mean(at->text, words) : ""));
}

AuthBreaks read_breaks(Reading& in, const Cursor& at) {
  AuthBreaks breaks;
  if (!check_array(in.report, at, "an array of rules to break, such as \"ttl\"")) return breaks;
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    const auto word = read_word(in.report, at.item(i),
                                {"ttl", "ttl-range", "device", "bearer-first", "unknown-user", "any-token", "query-token",
                                 "login-connection", "one-token"});
    const std::array<bool*, 9> rules = {&breaks.ttl_ignored,  &breaks.ttl_unchecked,         &breaks.device_ignored,
                                        &breaks.bearer_first, &breaks.users_told_apart,      &breaks.any_token,
                                        &breaks.query_token,  &breaks.login_needs_reconnect, &breaks.one_token};
    if (word) *rules[*word] = true;
  }
  return breaks;
}

void read_auth(Reading& in, const Cursor& at, Auth& auth, std::optional<Cursor>& required) {
  if (!check_kind(in, at, Node::Kind::object, "an object")) return;
  const Object object{
      in.report, at, "an object", {"required", "users", "tokens", "accept", "echo", "refuse", "replace", "break"}};
  if (const auto key = object.find("required")) {
    auth.required = read_bool(in.report, *key).value_or(auth.required);
    required = key;
  }
  if (const auto users = object.find("users")) auth.users = read_users(in, *users);
  if (const auto tokens = object.find("tokens")) auth.tokens = read_tokens(in, *tokens);
  if (const auto accept = object.find("accept")) read_accept(in, *accept, auth);
  if (const auto echo = object.find("echo")) read_echo(in, *echo, auth.echo);
  if (const auto refuse = object.find("refuse")) read_refuse(in, *refuse, auth.refuse);
  if (const auto replace = object.find("replace")) {
    auth.replace_closes = read_word(in.report, *replace, {"keep", "close-4001"}).value_or(0) == 1;
  }
  if (const auto breaks = object.find("break")) auth.breaks = read_breaks(in, *breaks);
}

}  // namespace

std::optional<protocol::Target> read_target(Reading& in, const Cursor& at) {
  const auto word = read_word(in.report, at, {"id", "job_id", "both"});
  if (!word) return std::nullopt;
  return protocol::Target{*word != 1, *word != 0};
}

void read_settings(Reading& in, const Object& scenario, Settings& settings, std::optional<Cursor>& required) {
  if (const auto schema = scenario.find("$schema")) read_string(in.report, *schema, "the address of the schema");
  const auto version = scenario.find("version");
  if (version && ((*version)->kind != Node::Kind::number || (*version)->text != "1")) {
    in.report.expected(*version, "1, the only version of the format so far");
  }
  if (const auto name = scenario.find("name")) {
    settings.name = read_string(in.report, *name, "the name of the scenario").value_or("");
  }
  if (const auto seed = scenario.find("seed")) {
    settings.seed = read_integer(in.report, *seed, 0, std::numeric_limits<std::uint64_t>::max()).value_or(0);
  }
  if (const auto auth = scenario.find("auth")) read_auth(in, *auth, settings.auth, required);
  if (const auto style = scenario.find("args_style")) {
    const auto word = read_word(in.report, *style, {"auto", "module-first", "bare"});
    settings.args_style = static_cast<ArgsRule>(word.value_or(0));
  }
  if (const auto target = scenario.find("target")) settings.target = read_target(in, *target).value_or(settings.target);
  if (const auto unmatched = scenario.find("unmatched")) {
    settings.unmatched = static_cast<Unmatched>(read_word(in.report, *unmatched, {"error", "ignore", "fail"}).value_or(0));
  }
  if (const auto faults = scenario.find("faults")) settings.faults = read_connection_faults(in, *faults);
  if (const auto stall = scenario.find("stall")) settings.stall = read_stall(in, *stall);
  if (const auto limits = scenario.find("limits")) read_limits(in, *limits, settings.limits);
}

}  // namespace procedura::mock
