#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

namespace procedura::testing {

/// A JSON Schema (draft-07), read once to check many documents.
class JsonSchema {
 public:
  explicit JsonSchema(const nlohmann::json& schema);
  ~JsonSchema();
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;

  /// What is wrong with `document`, a line each; empty if nothing is.
  std::string problems(const nlohmann::json& document) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What is wrong with `document` by the schema in a file.
std::string schema_problems(const std::string& schema_file, const nlohmann::json& document);

}  // namespace procedura::testing
