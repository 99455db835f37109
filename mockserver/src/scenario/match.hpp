#pragma once

#include "scenario/request.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace re2 {
class RE2;
}

namespace procedura::mock {

/// What one field must be like. All that is given must hold. A field that is missing meets `absent` and nothing else.
struct Condition {
  /// `n` in JSON is met by every text that is a JSON number of that value; a string by that very text; `true` by a flag.
  struct Number {
    double value = 0;
    std::string text;  ///< as in the file
  };
  struct Flag {};
  using Literal = std::variant<std::string, Number, Flag>;

  std::optional<Literal> equal;
  std::shared_ptr<const re2::RE2> matches;  ///< found anywhere in the text, unless anchored; a text over 64 KiB never matches
  std::optional<std::string> contains;
  std::vector<Literal> one_of;     ///< empty: not asked for
  std::optional<double> at_least;  ///< the text must be a JSON number
  std::optional<double> at_most;
  std::optional<bool> absent;  ///< true: must be missing; false: must be there
  std::string shown;           ///< as in the file, for messages
};

/// What a list of arguments must be like: the whole list, or single places in it.
struct ListCondition {
  bool whole = false;                         ///< the list has as many elements as there are conditions
  std::map<std::size_t, Condition> elements;  ///< by index, from 0
};

/// The commands that a condition names one by one (`equal`, `oneOf` of texts); nothing: it cannot be told without a request.
std::optional<std::vector<std::string>> named_texts(const Condition& condition);

/// Which requests are meant. What is not given is not looked at.
struct Match {
  std::optional<Condition> cmd;
  std::optional<protocol::Mode> mode;
  std::optional<ListCondition> args;
  std::optional<ListCondition> raw_args;
  std::map<std::string, Condition> options;
  std::optional<Condition> user;
  std::optional<Condition> device;
  std::optional<Condition> connection;  ///< the ordinal as text
};

/// Whether a field with this text is as wanted.
bool matches(const Condition& condition, const std::string& text);

bool matches(const Match& match, const ReceivedRequest& request);

/// One field of a request against one condition, for a nearest miss.
struct FieldReport {
  std::string field;     ///< `options.n`
  std::string expected;  ///< the condition as in the file
  std::string found;  ///< the value as JSON, shortened; `missing`. From the request: to be redacted by who knows its secrets.
  bool met = false;
};

/// All fields that `match` looks at, in the order cmd, mode, args, raw_args, options, user, device, connection.
std::vector<FieldReport> explain(const Match& match, const ReceivedRequest& request);

}  // namespace procedura::mock
