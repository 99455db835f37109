#pragma once

#include <procedura/conformance/profile.hpp>
#include <procedura/protocol/request.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// Walks the document of a profile with its place in hand, and goes on after each problem.
class ProfileJson {
 public:
  using json = nlohmann::json;
  using Keys = std::initializer_list<std::string_view>;

  std::vector<ProfileProblem> problems;

  /// The whole text. What is no JSON, or nested deeply, is a problem.
  json document(std::string_view text);
  void complain(const std::string& at, std::string message) { problems.push_back({at, std::move(message)}); }

  /// False for what is no object; keys that are not `known` are problems.
  bool object(const json& value, const std::string& at, Keys known);
  /// The array at `parent[key]`; an empty one if it is not there or no array.
  const json& array(const json& parent, const char* key, const std::string& at);
  std::string string(const json& parent, const char* key, const std::string& at, bool required);
  std::vector<std::string> strings(const json& parent, const char* key, const std::string& at);
  std::int64_t integer(const json& parent, const char* key, const std::string& at, std::int64_t least, std::int64_t most,
                       std::int64_t otherwise);

  // What the profiles of agents and clients both have.
  std::set<std::string, std::less<>> declares(const json& root);
  std::vector<protocol::ArgsStyle> args_styles(const json& root);

  static std::string kind_of(const json& value);  ///< "a number"
  static std::string listed(Keys words);
};

}  // namespace procedura::conformance
