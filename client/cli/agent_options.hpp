#pragma once

#include "settings.hpp"

#include <procedura/options.hpp>

#include <optional>

namespace procedura::cli {

/// What the SDK is told of the settings. `log` gets what it says.
Options agent_options(const Settings& settings, std::optional<TokenStore> store, Log log, const Variables& variables);

}  // namespace procedura::cli
