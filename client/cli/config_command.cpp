#include "config_command.hpp"

#include "config_file.hpp"
#include "suggest.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <array>

namespace procedura::cli {
namespace {

using protocol::printable;

bool is_setting(const Option& option) {
  return option.kind != ValueKind::flag && (option.in_profile || !option.environment.empty());
}

/// The setting of that name, in either spelling: ack-timeout or ack_timeout.
const Option& setting_named(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  std::vector<std::string_view> known;
  for (const Option& option : all_options()) {
    if (is_setting(option) && option.name == name) return option;
    if (is_setting(option)) known.push_back(option.name);
    if (option.name == name)
      throw UsageError("--" + name + " belongs on a command line and is no setting (see: procedura config show)");
  }
  throw UsageError("there is no setting '" + printable(name) + "'" + did_you_mean(name, known) +
                   " (see: procedura config show)");
}

std::string path_of(const Variables& variables) {
  if (auto path = config_path(variables)) return *path;
  throw UsageError("no place for settings: set HOME or XDG_CONFIG_HOME");
}

Setting profile_name(Process& process, const CommandLine& line) {
  return resolve(*find_option("profile", std::nullopt), line, process.variables, {}).value();
}

std::string from(const Setting& setting) {
  return setting.origin == Origin::profile ? setting.where.substr(setting.where.find("profile '"),
                                                                  setting.where.rfind(" (") - setting.where.find("profile '"))
                                           : setting.where;
}

std::string table(const std::vector<ShownSetting>& settings) {
  std::vector<std::array<std::string, 3>> rows{{"SETTING", "VALUE", "FROM"}};
  for (const auto& [option, setting] : settings)
    rows.push_back({std::string{option->name}, setting ? printable(setting->text) : "-",
                    setting ? printable(from(*setting)) : std::string{}});
  std::array<std::size_t, 2> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line = row[0] + std::string(widths[0] - row[0].size() + 2, ' ') + row[1];
    if (!row[2].empty()) line += std::string(widths[1] - row[1].size() + 2, ' ') + row[2];
    text += line + "\n";
  }
  return text;
}

void append_member(std::string& object, std::string_view key, const std::optional<std::string>& value) {
  if (object.back() != '{') object += ',';
  protocol::append_string(object, key);
  object += ':';
  if (value)
    protocol::append_string(object, *value);
  else
    object += "null";
}

std::string object_of(const ShownSetting& shown, bool with_name) {
  constexpr std::array<std::string_view, 4> origins{"flag", "environment", "profile", "default"};
  std::string object = "{";
  if (with_name) append_member(object, "name", std::string{shown.option->name});
  append_member(object, "value", shown.setting ? std::optional{shown.setting->text} : std::nullopt);
  append_member(
      object, "origin",
      shown.setting ? std::optional{std::string{origins[static_cast<std::size_t>(shown.setting->origin)]}} : std::nullopt);
  append_member(object, "from", shown.setting ? std::optional{from(*shown.setting)} : std::nullopt);
  return object + "}";
}

// What a wrong PROCEDURA_OUTPUT means is told after the table.
OutputForm form_of(const CommandLine& line, const Variables& variables, const Profile& profile) {
  const Setting output = resolve(*find_option("output", std::nullopt), line, variables, profile).value();
  return output.text == "json" ? OutputForm::json : output.text == "ndjson" ? OutputForm::ndjson : OutputForm::pretty;
}

ExitCode print(Process& process, const std::string& text) {
  if (process.out.write(text)) return ExitCode::ok;
  process.err.write("procedura: cannot write to stdout: " + process.out.trouble() + "\n");
  return ExitCode::failed;
}

/// As each command that it means something to would look at it. @throws UsageError
void check_as_the_commands_do(CommandLine line, const Variables& variables, const Profile& profile) {
  for (const CommandInfo& row : all_commands()) {
    line.command = row.command;
    resolve_settings(line, variables, profile);
  }
}

void refuse_secret(const Option& option, const std::string& value) {
  const std::string name{option.name};
  if (option.secret)
    throw UsageError("a " + name + " does not belong in a config file: `procedura login` saves one, and token-file says where");
  if (!option.in_profile)
    throw UsageError(name + " cannot be set in a profile: use --" + name + " or " + std::string{option.environment});
  if ((option.name == "url" || option.name == "proxy") && protocol::redact_url(value) != value)
    throw UsageError("there is a secret in this " + name + ", and none belongs in a config file: " +
                     (option.name == "proxy" ? "set PROCEDURA_PROXY" : "run `procedura login`"));
}

}  // namespace

Profile chosen_profile(Process& process, const CommandLine& line) {
  const Setting name = profile_name(process, line);
  const auto path = config_path(process.variables);
  if (!path) {
    if (name.origin == Origin::fallback) return {};
    throw UsageError(name.where + ": no place for profiles: set HOME or XDG_CONFIG_HOME");
  }
  const auto text = process.files.read(*path);
  if (auto found = text ? read_profile(*text, *path, name.text) : std::nullopt) return *found;
  if (name.origin == Origin::fallback) return {};
  throw UsageError(name.where + ": there is no profile '" + printable(name.text) + "' in " + printable(*path) +
                   "; see: procedura help profiles");
}

std::vector<ShownSetting> all_settings(const CommandLine& line, const Variables& variables, const Profile& profile) {
  std::vector<ShownSetting> settings;
  for (const Option& option : all_options()) {
    if (!is_setting(option)) continue;
    auto setting = resolve(option, line, variables, profile);
    settings.push_back({&option, setting ? std::optional{shown(option, *setting)} : std::nullopt});
  }
  return settings;
}

std::string render_settings(const std::vector<ShownSetting>& settings, OutputForm form) {
  if (form == OutputForm::pretty) return table(settings);
  std::string text;
  for (const ShownSetting& setting : settings) {
    if (form == OutputForm::ndjson) {
      text += object_of(setting, true) + "\n";
      continue;
    }
    text += text.empty() ? "{" : ",";
    protocol::append_string(text, setting.option->name);
    text += ":" + object_of(setting, false);
  }
  return form == OutputForm::ndjson ? text : text + "}\n";
}

std::vector<std::string> all_profiles(Process& process) {
  const auto path = config_path(process.variables);
  const auto text = path ? process.files.read(*path) : std::nullopt;
  return text ? profile_names(*text, *path) : std::vector<std::string>{};
}

ExitCode config_profiles(Process& process) {
  std::string text;
  for (const std::string& name : all_profiles(process)) text += printable(name) + "\n";
  return print(process, text);
}

ExitCode config_path(Process& process) {
  return print(process, path_of(process.variables) + "\n");
}

ExitCode config_show(Process& process, const CommandLine& line) {
  const Profile profile = chosen_profile(process, line);
  const ExitCode printed = print(
      process, render_settings(all_settings(line, process.variables, profile), form_of(line, process.variables, profile)));
  if (printed == ExitCode::ok) check_as_the_commands_do(line, process.variables, profile);
  return printed;
}

ExitCode config_get(Process& process, const CommandLine& line) {
  const Option& option = setting_named(line.operands.at(0));
  const Profile profile = chosen_profile(process, line);
  const OutputForm form = form_of(line, process.variables, profile);
  ShownSetting found{&option, resolve(option, line, process.variables, profile)};
  if (found.setting) found.setting = shown(option, *found.setting);
  if (form != OutputForm::pretty) return print(process, object_of(found, true) + "\n");
  if (found.setting) return print(process, found.setting->text + "\n");
  process.err.write("procedura: " + std::string{option.name} + " is not set, and has no default\n");
  return ExitCode::failed;
}

ExitCode config_set(Process& process, const CommandLine& line) {
  const Option& option = setting_named(line.operands.at(0));
  const std::string path = path_of(process.variables);
  ProfileEdit edit{profile_name(process, line).text, &option, std::nullopt};
  if (line.operands.size() > 1) {
    edit.value = line.operands[1];
    refuse_secret(option, *edit.value);
    if (edit.value->empty())
      throw UsageError(std::string{option.name} + ": an empty value; to take it out: procedura config unset " +
                       std::string{option.name});
  }
  const auto written = process.files.edit(path, [&](const std::optional<std::string>& text) {
    std::string edited = edit_profile(text, path, edit);
    if (edit.value) {
      // Its own value, and the other half of what goes in pairs; not what else may be wrong there.
      Profile profile{edit.profile, path, {{std::string{option.name}, *edit.value}}};
      if (option.name == "key" && text)
        if (const auto before = read_profile(*text, path, edit.profile); before && before->values.count("cert") > 0)
          profile.values["cert"] = before->values.at("cert");
      check_as_the_commands_do(
          {}, [](std::string_view) { return std::nullopt; }, profile);
    }
    return edited;
  });
  if (!written) {
    process.err.write("procedura: " + printable(written.error().message) + "\n");
    return ExitCode::failed;
  }
  if (!line.has("quiet"))
    process.err.write("procedura: " + std::string{option.name} +
                      (edit.value ? " = " + printable(*edit.value) : " is not set any more") + " in profile '" +
                      printable(edit.profile) + "' (" + printable(path) + ")\n");
  return ExitCode::ok;
}

}  // namespace procedura::cli
