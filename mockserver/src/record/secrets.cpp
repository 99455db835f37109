#include "record/secrets.hpp"

#include "record/json_tree.hpp"

#include <procedura/protocol/credential.hpp>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <functional>
#include <optional>

namespace procedura::mock::record {
namespace {

constexpr std::string_view dashes = "--";
constexpr std::string_view session_token = "session_token";

// api_key, api-key and API-Key are the same.
std::string plain(std::string_view name) {
  std::string text = boost::algorithm::to_lower_copy(std::string{name});
  std::replace(text.begin(), text.end(), '-', '_');
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

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

Secrets::Secrets(const std::vector<std::string>& names) {
  for (const std::string_view name : protocol::secret_member_names()) names_.insert(plain(name));
  for (const std::string& name : names) names_.insert(plain(name));
}

bool Secrets::named(std::string_view name) const {
  return names_.count(plain(name)) > 0;
}

void Secrets::learn_session_token(const std::string& token) {
  values_.insert(token);
  stand_ins_.try_emplace(token, stand_ins_.size() + 1);
}

void Secrets::learn(const Node& json) {
  if (json.kind == Node::Kind::string) {
    if (const auto inner = json_within(json.text)) learn(*inner);
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
    if (const auto inner = json_within(arg)) learn(*inner);
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
  return redactor_(is_url(text) ? protocol::redact_url(text) : std::string{text});
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
  const bool suspicious = std::any_of(names_.begin(), names_.end(),
                                      [&](const std::string& name) { return searched.find(name) != std::string::npos; });
  if (suspicious || searched.find("\\u00") != std::string::npos) {
    return "<" + std::to_string(bytes.size()) + " bytes, redacted>";
  }
  return redactor_(bytes);
}

Node Secrets::member(std::string_view name, const Node& value) const {
  if (value.kind == Node::Kind::null) return value;
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
