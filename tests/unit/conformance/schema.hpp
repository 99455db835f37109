#pragma once

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <fstream>
#include <string>

namespace procedura::conformance::testing {

/// What conformance/schema/`name` finds wrong with a document; empty: nothing.
inline std::string by_schema(const std::string& name, const std::string& text) {
  std::ifstream file{std::string{PROCEDURA_CONFORMANCE_DIR} + "/schema/" + name};
  const auto schema_document = nlohmann::json::parse(file);
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema_document}, schema);
  const auto document = nlohmann::json::parse(text);
  valijson::Validator validator;
  valijson::ValidationResults results;
  validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, &results);
  std::string wrong;
  for (const auto& error : results) {
    for (const std::string& step : error.context) {
      wrong += step;
    }
    wrong += ": " + error.description + "\n";
  }
  return wrong;
}

}  // namespace procedura::conformance::testing
