#pragma once

#include "exit_code.hpp"
#include "process.hpp"

#include <procedura/token_store.hpp>

#include <string>

namespace procedura::cli {

/// Where tokens are kept, by the settings or else in the home folder.
Result<TokenStore> token_store(const Settings& settings, const Variables& variables);

ExitCode login(Process& process, const Settings& settings, const std::string& credential);
ExitCode run_module(Process& process, const Settings& settings, const CommandLine& line);
ExitCode stream_module(Process& process, const Settings& settings, const CommandLine& line);

}  // namespace procedura::cli
