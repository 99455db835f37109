#include "json_schema.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <fstream>

namespace procedura::testing {

struct JsonSchema::Impl {
  valijson::Schema schema;
};

JsonSchema::JsonSchema(const nlohmann::json& schema) : impl_{std::make_unique<Impl>()} {
  valijson::SchemaParser{}.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema}, impl_->schema);
}

JsonSchema::~JsonSchema() = default;

std::string JsonSchema::problems(const nlohmann::json& document) const {
  valijson::ValidationResults results;
  valijson::Validator{}.validate(impl_->schema, valijson::adapters::NlohmannJsonAdapter{document}, &results);
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const auto& step : error.context) text += step;
    text += ": " + error.description + "\n";
  }
  return text;
}

std::string schema_problems(const std::string& schema_file, const nlohmann::json& document) {
  std::ifstream file{schema_file};
  return JsonSchema{nlohmann::json::parse(file)}.problems(document);
}

}  // namespace procedura::testing
