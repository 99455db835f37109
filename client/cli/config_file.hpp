#pragma once

#include "settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The config file as text: `{"profiles": {"NAME": {"url": "ws://...", "ack_timeout": 5}}}`. Whatever is wrong in it is a
/// UsageError that names the file, the line and the column.
namespace procedura::cli {

/// `$XDG_CONFIG_HOME/procedura/config.json`, else `~/.config/procedura/config.json`; nothing if neither variable is set.
std::optional<std::string> config_path(const Variables& variables);

/// Nothing if the file has no such profile.
std::optional<Profile> read_profile(std::string_view text, std::string_view path, std::string_view name);

std::vector<std::string> profile_names(std::string_view text, std::string_view path);

/// One setting of one profile, as it is to be.
struct ProfileEdit {
  std::string profile;
  const Option* option = nullptr;
  std::optional<std::string> value;  ///< text as on the command line; nothing: it is to go
};

/// The file's text after the edit; no `text`: there is no file yet. The order of members, numbers, and members that nobody
/// here knows stay as they are; the layout becomes two spaces per level.
std::string edit_profile(const std::optional<std::string>& text, std::string_view path, const ProfileEdit& edit);

}  // namespace procedura::cli
