#include "record/secrets.hpp"

#include "record/json_tree.hpp"
#include "record/spelt_secrets.hpp"

#include <procedura/protocol/credential.hpp>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace procedura::mock::record {
namespace {

constexpr std::string_view dashes = "--";
constexpr std::string_view login = "loginpassword";  // a module is no password
constexpr std::string_view session_token = "sessiontoken";
// What names end with that others than this protocol's use: refreshToken, client_secret, Set-Cookie.
constexpr std::array<std::string_view, 12> endings{"token",      "password",    "passwd",        "passphrase",
                                                   "secret",     "apikey",      "accesskey",     "privatekey",
                                                   "credential", "credentials", "authorization", "cookie"};

// api_key, API-Key and apiKey are the same.
std::string plain(std::string_view name) {
  std::string text = boost::algorithm::to_lower_copy(std::string{name});
  std::erase_if(text, [](char c) { return c == '-' || c == '_'; });
  return text;
}

void each_leaf(const Node& node, const std::function<void(const std::string&)>& take) {
  if (node.kind == Node::Kind::string || node.kind == Node::Kind::number) take(node.text);
  for (const Node& item : node.items) each_leaf(item, take);
  for (const NodeMember& member : node.members) each_leaf(member.value, take);
}

/// The JSON that a text is: what somebody passes on, perhaps.
std::optional<Node> json_within(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || (text[begin] != '{' && text[begin] != '[')) return std::nullopt;
  return read_json(text);
}

/// The same in base64, of either alphabet.
std::optional<Node> json_in_base64(std::string_view text) {
  constexpr std::size_t shortest = 16;
  constexpr std::string_view prefix = "b64:";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  // So begin a brace and a bracket.
  if (text.size() < shortest || (text.front() != 'e' && text.front() != 'W')) return std::nullopt;
  std::string base64{text.substr(0, text.find_last_not_of('=') + 1)};
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  base64.append((4 - base64.size() % 4) % 4, '=');
  const auto decoded = protocol::decode_base64(base64);
  return decoded ? json_within(*decoded) : std::nullopt;
}

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

Secrets::Secrets(const std::vector<std::string>& names) {
  for (const std::string_view name : protocol::secret_member_names()) names_.insert(plain(name));
  for (const std::string& name : names) {
    if (!plain(name).empty()) names_.insert(plain(name));
  }
}

bool Secrets::named(std::string_view name) const {
  const std::string word = plain(name);
  if (word == login) return false;
  return names_.count(word) > 0 ||
         std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return word.ends_with(ending); });
}

void Secrets::learn_session_token(const std::string& token) {
  values_.insert(token);
  stand_ins_.try_emplace(token, stand_ins_.size() + 1);
}

void Secrets::learn(const Node& json) {
  if (json.kind == Node::Kind::string) {
    if (const auto inner = json_within(json.text)) {
      learn(*inner);
    } else if (const auto decoded = json_in_base64(json.text)) {
      learn(*decoded);
    } else {
      learn_spelt(json.text);
    }
  }
  for (const Node& item : json.items) learn(item);
  for (const NodeMember& member : json.members) {
    if (!named(member.key)) {
      learn(member.value);
    } else if (plain(member.key) == session_token && member.value.kind == Node::Kind::string) {
      learn_session_token(member.value.text);
    } else {
      each_leaf(member.value, [this](const std::string& leaf) { values_.insert(leaf); });
    }
  }
}

void Secrets::learn_spelt(std::string_view text) {
  for (const auto& secret : spelt_secrets(text, [this](std::string_view word) { return named(word); })) {
    if (secret.certain) values_.emplace(text.substr(secret.at, secret.size));
  }
}

void Secrets::learn_target(std::string_view target) {
  const auto parsed = boost::urls::parse_origin_form(target);
  if (!parsed) return learn_spelt(target);
  for (const auto& parameter : parsed->params()) {
    if (named({parameter.key.data(), parameter.key.size()})) values_.emplace(parameter.value.data(), parameter.value.size());
  }
}

// Tells `take` of each argument: the part that is secret, and whether it is a credential.
template <typename Take>
void Secrets::each_secret_arg(const protocol::Request& request, Take take) const {
  const bool login = request.cmd == "login_password";
  bool value_follows = false;
  for (std::size_t i = 0; i < request.args.size(); ++i) {
    const std::string_view arg = request.args[i];
    const bool option = arg.starts_with(dashes);
    if (!option) {
      if (value_follows || login) take(i, std::size_t{0}, login);
      value_follows = false;
      continue;
    }
    const std::size_t equals = std::min(arg.find('='), arg.size());
    const bool secret = named(arg.substr(dashes.size(), equals - dashes.size()));
    if (secret && equals < arg.size()) take(i, equals + 1, false);
    value_follows = secret && equals == arg.size();
  }
}

void Secrets::learn(const protocol::Request& request) {
  for (const std::string& arg : request.args) {
    learn(text_node(arg));
  }
  each_secret_arg(request, [&](std::size_t i, std::size_t from, bool credential) {
    (credential ? credentials_ : values_).insert(request.args[i].substr(from));
  });
}

void Secrets::learn(const Secrets& other) {
  values_.insert(other.values_.begin(), other.values_.end());
  credentials_.insert(other.credentials_.begin(), other.credentials_.end());
  for (const auto& [token, stand_in] : other.stand_ins_) learn_session_token(token);
}

void Secrets::seal() {
  for (const std::string& value : values_) redactor_.add(value);
  for (const std::string& credential : credentials_) redactor_.add_credential(credential);
}

std::string Secrets::text(std::string_view text) const {
  auto inner = json_within(text);
  if (inner && strip(*inner)) {
    std::string stripped;
    append_json(stripped, *inner);
    return redactor_(stripped);
  }
  if (inner) return redactor_(text);
  if (auto decoded = json_in_base64(text); decoded && strip(*decoded)) return std::string{protocol::redacted};
  return redactor_(without_spelt(is_url(text) ? protocol::redact_url(text) : std::string{text}));
}

std::string Secrets::without_spelt(std::string text) const {
  const auto found = spelt_secrets(text, [this](std::string_view word) { return named(word); });
  for (auto secret = found.rbegin(); secret != found.rend(); ++secret)
    text.replace(secret->at, secret->size, protocol::redacted);
  return text;
}

// Recursion is bounded: each level of JSON within JSON needs more bytes than all those in it.
bool Secrets::strip(Node& json) const {
  bool stripped = false;
  if (json.kind == Node::Kind::string) {
    std::string shown = text(json.text);
    stripped = shown != json.text;
    json.text = std::move(shown);
  }
  for (Node& item : json.items) stripped = strip(item) || stripped;
  for (NodeMember& each : json.members) {
    const bool secret = named(each.key);
    if (secret) each.value = member(each.key, each.value);
    stripped = (!secret && strip(each.value)) || secret || stripped;
  }
  return stripped;
}

std::string Secrets::unreadable(std::string_view bytes) const {
  const std::string searched = plain(bytes);
  // A name may be spelt with escapes.
  const auto occurs = [&](std::string_view name) { return searched.find(name) != std::string::npos; };
  const bool suspicious =
      std::any_of(names_.begin(), names_.end(), occurs) || std::any_of(endings.begin(), endings.end(), occurs);
  if (suspicious || searched.find("\\u00") != std::string::npos) {
    return "<" + std::to_string(bytes.size()) + " bytes, redacted>";
  }
  return redactor_(bytes);
}

Node Secrets::member(std::string_view name, const Node& value) const {
  if (value.kind == Node::Kind::null || value.kind == Node::Kind::boolean) return value;  // "has_password": true
  const auto known = value.kind == Node::Kind::string ? stand_ins_.find(value.text) : stand_ins_.end();
  const bool token = plain(name) == session_token && known != stand_ins_.end();
  return text_node(token ? stand_in(known->second) : std::string{protocol::redacted});
}

bool Secrets::number(std::string_view text) const {
  constexpr std::size_t shortest = 4;
  return text.size() >= shortest && values_.count(std::string{text}) > 0;
}

std::vector<std::string> Secrets::args(const protocol::Request& request) const {
  std::vector<std::string> shown = request.args;
  each_secret_arg(
      request, [&](std::size_t i, std::size_t from, bool) { shown[i].replace(from, std::string::npos, protocol::redacted); });
  for (std::string& arg : shown) arg = text(arg);
  return shown;
}

}  // namespace procedura::mock::record
