#pragma once

#include "scenario/document.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/request.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::record {

/// What must not be written: the values of secret members and options, credentials and tokens. First it learns them from all
/// that was recorded, since a token may show up before anybody knows that it is one; then it takes them out.
class Secrets {
 public:
  /// `names` of members and options, beside those of AUT-7 and what ends like one of them. Case does not matter, nor how words
  /// are joined: api_key, API-Key and apiKey are the same.
  explicit Secrets(const std::vector<std::string>& names);

  /// Whether the values of members and options of this name are secret.
  bool named(std::string_view name) const;

  // Learning. Values of fewer than 4 bytes are taken out where they stand, but are not looked for elsewhere.
  void learn(std::string_view value) { values_.emplace(value); }
  void learn(const Node& json);
  void learn(const protocol::Request& request);
  /// A text that is no JSON, though it was perhaps meant to be.
  void learn_spelt(std::string_view text);
  /// The query of an upgrade's target.
  void learn_target(std::string_view target);
  /// All that the other has learned.
  void learn(const Secrets& other);

  /// To be called once, between learning and redacting.
  void seal();

  // Redacting.
  /// A string value. One that is a URL or JSON itself, also in base64, is looked into; in any other what `spelt_secrets` finds
  /// is taken out.
  std::string text(std::string_view text) const;
  /// A text or bytes in which no members can be told apart. All of it goes if a secret name occurs in it.
  std::string unreadable(std::string_view bytes) const;
  /// The value of the member `name`, where that is secret: a session token gets a legal one that stands for it.
  Node member(std::string_view name, const Node& value) const;
  /// Whether this number is one of the values.
  bool number(std::string_view text) const;
  /// Each of `args` with what is secret in it replaced by `protocol::redacted`.
  std::vector<std::string> args(const protocol::Request& request) const;

  /// How many tokens stand for recorded session tokens: `stand_in(1)` and so on, in the order in which those were learned.
  std::size_t stand_ins() const noexcept { return stand_ins_.size(); }
  static std::string stand_in(std::size_t number) { return "recorded-token-" + std::to_string(number); }

 private:
  void learn_session_token(const std::string& token);
  template <typename Take>
  void each_secret_arg(const protocol::Request& request, Take take) const;

  std::string without_spelt(std::string text) const;
  /// Takes the values of secret members out. Whether there were any.
  bool strip(Node& json) const;

  std::set<std::string> names_;
  std::set<std::string> values_;
  std::set<std::string> credentials_;
  std::map<std::string, std::size_t> stand_ins_;  // their numbers, by session token
  protocol::Redactor redactor_;
};

}  // namespace procedura::mock::record
