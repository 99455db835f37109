#include "settings.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace procedura::cli {
namespace {

using protocol::printable;

[[noreturn]] void refuse(const Setting& setting, const std::string& expected) {
  throw UsageError(setting.where + ": '" + printable(setting.text) + "' is not " + expected);
}

std::chrono::nanoseconds seconds(const Setting& setting, bool zero_allowed) {
  constexpr double most = 1e9;  // thirty years; keeps nanoseconds far from overflow
  double value = 0;
  const char* end = setting.text.data() + setting.text.size();
  const auto [stop, fault] = std::from_chars(setting.text.data(), end, value, std::chars_format::fixed);
  const bool readable = fault == std::errc{} && stop == end && std::isfinite(value) && value >= 0 && value <= most;
  const auto result = std::chrono::nanoseconds{readable ? std::llround(value * 1e9) : 0};
  if (!readable || (result.count() == 0 && !zero_allowed))
    refuse(setting,
           zero_allowed ? "a number of seconds, such as 0, 30 or 2.5" : "a number of seconds above 0, such as 30 or 2.5");
  return result;
}

std::chrono::seconds ttl_seconds(const Setting& setting) {
  constexpr int most = 31'536'000;  // LOG-4
  int value = 0;
  const char* end = setting.text.data() + setting.text.size();
  const auto [stop, fault] = std::from_chars(setting.text.data(), end, value);
  if (fault != std::errc{} || stop != end || value < 1 || value > most)
    refuse(setting, "a whole number of seconds from 1 to 31536000");
  return std::chrono::seconds{value};
}

template <typename Enum, std::size_t N>
Enum choice(const Setting& setting, const std::array<std::string_view, N>& names) {
  std::string list;
  for (std::size_t i = 0; i < N; ++i) {
    if (setting.text == names[i]) return static_cast<Enum>(i);
    list += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string{names[i]};
  }
  refuse(setting, list);
}

void check_token(const Setting& token) {
  if (!protocol::is_header_safe(token.text))
    throw UsageError(token.where +
                     ": a token has no spaces, control characters or other than ASCII bytes in it: copy it again");
}

class Resolver {
 public:
  Resolver(const CommandLine& line, const Variables& variables, const Profile& profile, Settings& settings)
      : line_{line}, variables_{variables}, profile_{profile}, settings_{settings} {}

  std::optional<Setting> operator()(std::string_view name) const {
    const Option* option = find_option(name, line_.command);
    if (option == nullptr) return std::nullopt;
    auto setting = resolve(*option, line_, variables_, profile_);
    if (!setting) return std::nullopt;
    settings_.origins.emplace_back(option->name, *setting);
    if (option->name == "token") settings_.origins.back().second.text = protocol::redacted;
    return setting;
  }

 private:
  const CommandLine& line_;
  const Variables& variables_;
  const Profile& profile_;
  Settings& settings_;
};

}  // namespace

std::optional<Setting> resolve(const Option& option, const CommandLine& line, const Variables& variables,
                               const Profile& profile) {
  const std::string name{option.name};
  if (const auto given = line.values.find(name); given != line.values.end()) {
    if (given->second.empty() && !option.is_flag())
      throw UsageError("--" + name + " is empty: give it a value, or leave it out");
    return Setting{given->second, Origin::flag, "--" + name};
  }
  if (!option.environment.empty())
    if (auto value = variables(option.environment))
      return Setting{*value, Origin::environment, std::string{option.environment}};
  if (const auto kept = profile.values.find(name); kept != profile.values.end())
    return Setting{kept->second, Origin::profile, name + " in profile '" + profile.name + "' (" + profile.path + ")"};
  if (!option.default_text.empty()) return Setting{std::string{option.default_text}, Origin::fallback, "default"};
  return std::nullopt;
}

Settings resolve_settings(const CommandLine& line, const Variables& variables, const Profile& profile) {
  Settings settings;
  const Resolver get{line, variables, profile, settings};

  settings.url = get("url").value();
  const auto endpoint = Endpoint::parse(settings.url.text);
  if (!endpoint) throw UsageError(settings.url.where + ": " + printable(endpoint.error().message));
  settings.endpoint = *endpoint;
  settings.token_file = get("token-file");
  settings.token = get("token");
  // A flag beats a variable, also across these two: they answer the same question.
  if (settings.token && settings.token_file && settings.token_file->origin < settings.token->origin) settings.token.reset();
  if (settings.token) check_token(*settings.token);

  settings.args_style =
      choice<ArgsStyleChoice>(get("args-style").value(), std::array<std::string_view, 3>{"auto", "module-first", "bare"});
  settings.wait = seconds(get("wait").value(), true);
  settings.connect_timeout = seconds(get("connect-timeout").value(), false);
  settings.output = choice<OutputForm>(get("output").value(), std::array<std::string_view, 3>{"pretty", "json", "ndjson"});
  settings.color = choice<When>(get("color").value(), std::array<std::string_view, 3>{"auto", "always", "never"});
  settings.quiet = line.has("quiet");
  settings.verbose = line.has("verbose");

  if (const auto ack = get("ack-timeout")) settings.ack_timeout = seconds(*ack, false);
  if (const auto silence = get("final-timeout")) settings.silence_timeout = seconds(*silence, false);
  if (const auto silence = get("idle-timeout")) settings.silence_timeout = seconds(*silence, false);
  if (const auto device = get("device")) settings.device = device->text;
  if (const auto ttl = get("ttl")) settings.ttl = ttl_seconds(*ttl);
  settings.attach = line.has("attach");
  settings.show_token = line.has("show-token");
  return settings;
}

}  // namespace procedura::cli
