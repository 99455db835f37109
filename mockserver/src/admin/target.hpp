#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::mock::admin {

/// What an HTTP request asks for. The path is kept as it was sent: where nothing is decoded, no two spellings mean the same.
struct Target {
  std::string path;
  std::map<std::string, std::string, std::less<>> query;  ///< decoded; UTF-8

  const std::string* find(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? nullptr : &found->second;
  }
};

/// Takes the origin form alone (RFC 9112 section 3.2.1); else what is wrong with it.
std::variant<Target, std::string> parse_target(std::string_view text);

/// What is wrong with a query in which only these names may stand; nothing if it is right.
std::optional<std::string> unknown_parameter(const Target& target, std::span<const std::string_view> known);

}  // namespace procedura::mock::admin
