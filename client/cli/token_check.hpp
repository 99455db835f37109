#pragma once

#include "diag_report.hpp"
#include "settings.hpp"

#include <procedura/token_store.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace procedura::cli {

/// Which token goes to the agent, if any, and what is known of it; never the token itself.
struct TokenFinding {
  Check check;
  std::optional<std::string> token = {};
};

/// `saved` is what lies in the token file `path`; it is not looked at when a token is given. A saved token that must not go to
/// this agent (AUT-8) is a failure, and the rest of the report goes on without it.
TokenFinding find_token(const Settings& settings, const Result<std::optional<SavedToken>>& saved, const std::string& path,
                        std::chrono::system_clock::time_point now);

}  // namespace procedura::cli
