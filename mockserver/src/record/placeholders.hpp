#pragma once

#include "record/secrets.hpp"
#include "scenario/document.hpp"

#include <string>
#include <string_view>

namespace procedura::mock::record {

/// Turns what was recorded for one exchange into what a scenario says: secrets go, the ids of the exchange become `${id}` and
/// `${job}`, and a literal `${` is escaped.
///
/// An id is found where it is a whole string, and within strings where it stands as a word of its own. One of fewer than 4
/// bytes is found only as the whole value of `id`, `job_id` or `ref`: elsewhere "1" is a text like any other.
class Placeholders {
 public:
  /// An empty job is none. All must outlive it.
  Placeholders(const Secrets& secrets, std::string_view id, std::string_view job) : secrets_{secrets}, id_{id}, job_{job} {}

  Node json(Node value) const {
    fill(value, {});
    return value;
  }
  /// A text in which members cannot be told apart.
  std::string unreadable(std::string_view text) const { return filled(secrets_.unreadable(text)); }
  /// Whether one of the ids occurs in the text.
  bool occurs_in(std::string_view text) const { return filled(text) != escaped(text); }

  /// `text` as a scenario says it where it has no placeholders.
  static std::string escaped(std::string_view text);

 private:
  void fill(Node& value, std::string_view name) const;
  std::string string(std::string_view text, std::string_view name) const;
  std::string filled(std::string_view text) const;

  const Secrets& secrets_;
  std::string_view id_;
  std::string_view job_;
};

}  // namespace procedura::mock::record
