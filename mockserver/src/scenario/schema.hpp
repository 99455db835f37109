#pragma once

#include <string_view>

namespace procedura::mock {

/// The JSON Schema (draft-07) of scenario files, for editors: the text of schema/scenario.schema.json. The loader does not use
/// it and knows more; whatever it rejects, the loader does too.
std::string_view scenario_schema() noexcept;

}  // namespace procedura::mock
