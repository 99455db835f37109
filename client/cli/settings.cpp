#include "settings.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

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

template <typename Number>
Number whole_number(const Setting& setting, Number least, Number most, const std::string& what) {
  Number value = 0;
  const char* end = setting.text.data() + setting.text.size();
  const auto [stop, fault] = std::from_chars(setting.text.data(), end, value);
  if (fault != std::errc{} || stop != end || value < least || value > most)
    refuse(setting, what + " from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

/// Which of the option's choices it is, by its place.
std::size_t choice(const Setting& setting, const Option& option) {
  const auto choices = choices_of(option);
  const auto found = std::find(choices.begin(), choices.end(), setting.text);
  if (found == choices.end()) refuse(setting, list_of(choices, " or "));
  return static_cast<std::size_t>(found - choices.begin());
}

bool toggle(const Setting& setting) {
  if (setting.text == "true" || setting.text == "1") return true;
  if (setting.text == "false" || setting.text == "0") return false;
  refuse(setting, "true or false");
}

std::vector<std::string> list(const Setting& setting) {
  std::vector<std::string> items;
  if (setting.text.empty()) return items;  // [] in a profile
  for (std::size_t at = 0; at <= setting.text.size();) {
    const auto end = std::min(setting.text.find(',', at), setting.text.size());
    items.push_back(setting.text.substr(at, end - at));
    if (items.back().empty()) throw UsageError(setting.where + ": an empty item between commas: leave it out");
    at = end + 1;
  }
  return items;
}

void check_token(const Setting& token) {
  if (!protocol::is_header_safe(token.text))
    throw UsageError(token.where +
                     ": a token has no spaces, control characters or other than ASCII bytes in it: copy it again");
}

// What can be no name of a host is refused here; whether the certificate bears it is for TLS to say.
void check_host_name(const Setting& name) {
  constexpr std::string_view beside_letters = "0123456789.-_:*";
  for (const char byte : name.text)
    if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) && beside_letters.find(byte) == std::string_view::npos)
      refuse(name, "the name of a host, such as agent.example");
}

class Resolver {
 public:
  Resolver(const CommandLine& line, const Variables& variables, const Profile& profile, Settings& settings)
      : line_{line}, variables_{variables}, profile_{profile}, settings_{settings} {}

  /// Nothing as well if the command has no use for it.
  std::optional<Setting> operator()(std::string_view name) const {
    const Option* option = find_option(name, line_.command);
    if (option == nullptr || (line_.command && !belongs_to(*option, *line_.command))) return std::nullopt;
    auto setting = resolve(*option, line_, variables_, profile_);
    if (setting && setting->text.empty() && option->takes_value() && option->kind != ValueKind::list)
      throw UsageError(setting->where + " is empty: give it a value, or leave it out");
    if (setting) settings_.origins.emplace_back(option->name, shown(*option, *setting));
    return setting;
  }

  void choose(std::string_view name, auto& into) const {
    if (const auto setting = (*this)(name))
      into = static_cast<std::remove_reference_t<decltype(into)>>(choice(*setting, *find_option(name, line_.command)));
  }
  void switch_to(std::string_view name, bool& into) const {
    if (const auto setting = (*this)(name)) into = toggle(*setting);
  }
  void take(std::string_view name, std::optional<std::string>& into) const {
    if (const auto setting = (*this)(name)) into = setting->text;
  }
  template <class Time>
  void take_seconds(std::string_view name, Time& into) const {
    if (const auto setting = (*this)(name)) into = seconds(*setting, false);
  }
  /// 0 stands for never.
  void take_seconds_or_never(std::string_view name, std::optional<std::chrono::nanoseconds>& into) const {
    if (const auto setting = (*this)(name))
      if (const auto given = seconds(*setting, true); given.count() > 0) into = given;
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
    if (given->second.empty() && option.takes_value())
      throw UsageError("--" + name + " is empty: give it a value, or leave it out");
    return Setting{given->second, Origin::flag, "--" + name};
  }
  if (!option.environment.empty())
    if (auto value = variables(option.environment)) {
      if (option.kind != ValueKind::file && !protocol::is_utf8(*value))
        throw UsageError(std::string{option.environment} + " is not UTF-8: convert it first");
      return Setting{*value, Origin::environment, std::string{option.environment}};
    }
  if (const auto kept = profile.values.find(name); kept != profile.values.end())
    return Setting{kept->second, Origin::profile, name + " in profile '" + profile.name + "' (" + profile.path + ")"};
  if (!option.default_text.empty()) return Setting{std::string{option.default_text}, Origin::fallback, "default"};
  return std::nullopt;
}

namespace {

// How the agent is reached, beside its URL.
void resolve_connection(Settings& settings, const Resolver& get, const CommandLine& line, const Variables& variables) {
  get.take("ca", settings.tls.ca);
  get.take("cert", settings.tls.certificate);
  if (const auto key = get("key")) {
    if (!settings.tls.certificate) throw UsageError(key->where + ": a key without its certificate: give --cert too");
    settings.tls.key = key->text;
  }
  if (settings.tls.certificate) settings.tls.key_password = variables("PROCEDURA_KEY_PASSWORD");
  if (const auto pins = get("pin")) {
    for (const std::string& text : list(*pins)) {
      auto pin = Pin::parse(text);
      if (!pin) throw UsageError(pins->where + ": " + pin.error().message);
      settings.tls.pins.push_back(*std::move(pin));
    }
  }
  if (const auto name = get("server-name")) {
    check_host_name(*name);
    settings.tls.server_name = name->text;
  }
  get.choose("tls-min", settings.tls.minimum);
  settings.tls.insecure = line.has("insecure");
  settings.proxy = get("proxy");
  get.switch_to("compress", settings.compress);
  settings.events = get("events");
  get.take_seconds_or_never("ping-interval", settings.ping_interval);
  get.take_seconds("pong-timeout", settings.pong_timeout);
  get.take_seconds_or_never("keepalive", settings.keepalive);
}

}  // namespace

Setting shown(const Option& option, Setting setting) {
  setting.text = option.secret ? std::string{protocol::redacted} : protocol::redact_url(setting.text);
  return setting;
}

Settings resolve_settings(const CommandLine& line, const Variables& variables, const Profile& profile) {
  Settings settings;
  const Resolver get{line, variables, profile, settings};

  if (const auto url = get("url")) {
    settings.url = *url;
    const auto endpoint = Endpoint::parse(url->text);
    if (!endpoint) throw UsageError(url->where + ": " + printable(endpoint.error().message));
    settings.endpoint = *endpoint;
  }
  settings.token_file = get("token-file");
  settings.token = get("token");
  // A flag beats a variable, also across these two: they answer the same question.
  if (settings.token && settings.token_file && settings.token_file->origin < settings.token->origin) settings.token.reset();
  if (settings.token) check_token(*settings.token);

  get.choose("args-style", settings.args_style);
  if (const auto wait = get("wait")) settings.wait = seconds(*wait, true);
  get.take_seconds("connect-timeout", settings.connect_timeout);
  get.choose("output", settings.output);
  get.choose("color", settings.color);
  settings.quiet = line.has("quiet");
  settings.verbose = line.has("verbose");

  resolve_connection(settings, get, line, variables);

  get.take_seconds("deadline", settings.deadline);
  get.take_seconds("ack-timeout", settings.ack_timeout);
  get.take_seconds("final-timeout", settings.silence_timeout);
  get.take_seconds("idle-timeout", settings.silence_timeout);
  if (const auto device = get("device")) settings.device = device->text;
  if (const auto ttl = get("ttl"))  // LOG-4
    settings.ttl = std::chrono::seconds{whole_number(*ttl, 1, 31'536'000, "a whole number of seconds")};
  settings.attach = line.has("attach");
  settings.show_token = line.has("show-token");
  get.switch_to("reconnect", settings.reconnect);
  if (const auto count = get("count")) settings.count = whole_number<std::uint64_t>(*count, 1, 1'000'000'000, "a whole number");
  get.take_seconds("interval", settings.interval);
  get.take_seconds("timeout", settings.timeout);
  return settings;
}

}  // namespace procedura::cli
