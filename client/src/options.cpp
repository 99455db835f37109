#include <procedura/options.hpp>

#include <cstdlib>

namespace procedura {

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      break;
  }
  return "warning";
}

std::optional<ArgsStyleChoice> args_style_choice_from(std::string_view name) noexcept {
  if (name == "auto") return ArgsStyleChoice::automatic;
  if (name == "module-first") return ArgsStyleChoice::module_first;
  if (name == "bare") return ArgsStyleChoice::bare;
  return std::nullopt;
}

Options Options::for_user(std::string_view url, const Environment& environment) {
  Options options;
  options.url = url;
  options.proxy = ProxyRules::of_process();
  if (auto store = TokenStore::locate(environment)) options.store = *std::move(store);
  return options;
}

Environment Environment::of_process() {
  Environment environment;
  if (const char* file = std::getenv("PROCEDURA_TOKEN_FILE"); file != nullptr && *file != '\0') environment.token_file = file;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') environment.home = home;
  return environment;
}

}  // namespace procedura
