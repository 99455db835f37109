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

ExitCode ws_diag(Process& process, const Settings& settings);
ExitCode ws_ping(Process& process, const Settings& settings);
ExitCode ws_listen(Process& process, const Settings& settings);

/// A token file that was named on the command line is taken at its word, whatever origin is recorded beside it (AUT-8).
Result<void> adopt_named_file(Options& options, const Settings& settings);

}  // namespace procedura::cli
