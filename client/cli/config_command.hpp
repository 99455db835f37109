#pragma once

#include "exit_code.hpp"
#include "process.hpp"

#include <optional>
#include <string>
#include <vector>

namespace procedura::cli {

/// The profile that the line, the environment or nobody chose; an empty one if nobody did and there is no `default`.
/// @throws UsageError if the file is broken or has no profile of the name that was asked for
Profile chosen_profile(Process& process, const CommandLine& line);

/// The names of the profiles in the config file; none if there is no such file. @throws UsageError if it is broken
std::vector<std::string> all_profiles(Process& process);

/// One row of `config show`.
struct ShownSetting {
  const Option* option = nullptr;
  std::optional<Setting> setting;  ///< secrets redacted; nothing: it has no value
};

/// Every setting that a variable or a profile can have, whichever command it is for.
std::vector<ShownSetting> all_settings(const CommandLine& line, const Variables& variables, const Profile& profile);
/// `pretty` is a table for people, `json` one object with a member for each, `ndjson` an object for each.
std::string render_settings(const std::vector<ShownSetting>& settings, OutputForm form);

ExitCode config_path(Process& process);
ExitCode config_profiles(Process& process);
ExitCode config_show(Process& process, const CommandLine& line);
ExitCode config_get(Process& process, const CommandLine& line);
/// `config set NAME VALUE` and `config unset NAME`
ExitCode config_set(Process& process, const CommandLine& line);

}  // namespace procedura::cli
