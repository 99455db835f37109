#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace procedura::testing {

/// What is wrong with `document` by the schema (draft-07) in a file, a line each; empty if nothing is.
std::string schema_problems(const std::string& schema_file, const nlohmann::json& document);

}  // namespace procedura::testing
