#include "options.hpp"

#include <array>

namespace procedura::cli {
namespace {

constexpr std::array<std::string_view, 5> names{"login", "logout", "run", "stream", "help"};

constexpr std::array options{
    Option{"url", "URL", "", "PROCEDURA_URL", "ws://127.0.0.1:8765", "the agent's endpoint, ws://HOST:PORT"},
    Option{"token", "TOKEN", "", "PROCEDURA_TOKEN", "", "use this session token and no saved one", 0, false},
    Option{"token-file", "FILE", "", "PROCEDURA_TOKEN_FILE", "", "where the token is saved (~/.procedura/token)"},
    Option{"profile", "NAME", "", "PROCEDURA_PROFILE", "default", "the profile to read in config.json", 0, false},
    Option{"args-style", "STYLE", "", "PROCEDURA_ARGS_STYLE", "auto",
           "how arguments go on the wire: auto, module-first or bare"},
    Option{"wait", "SECS", "", "PROCEDURA_WAIT", "0", "keep trying to connect for this long"},
    Option{"connect-timeout", "SECS", "", "PROCEDURA_CONNECT_TIMEOUT", "5", "give up one try to connect after this long"},
    Option{"output", "FORM", "", "PROCEDURA_OUTPUT", "pretty", "pretty, json (compact) or ndjson (one line per event)"},
    Option{"color", "WHEN", "", "PROCEDURA_COLOR", "auto", "auto, always or never"},
    Option{"quiet", "", "", "", "", "only errors on stderr", 'q', false},
    Option{"verbose", "", "", "", "", "say on stderr where each setting comes from and what happens", 'v', false},
    Option{"help", "", "", "", "", "show help", 'h', false},
    Option{"version", "", "", "", "", "show the version", 0, false},
    Option{"attach", "", "login", "", "", "join the live session of this user and device, disturb nobody", 0, false},
    Option{"device", "KEY", "login", "PROCEDURA_DEVICE", "cli", "the same key gets the same token while it lives"},
    Option{"ttl", "SECS", "login", "PROCEDURA_TTL", "3600", "how long the token lives, 1 to 31536000"},
    Option{"show-token", "", "login", "", "", "do not redact the token in the printed result", 0, false},
    Option{"ack-timeout", "SECS", "run stream", "PROCEDURA_ACK_TIMEOUT", "10", "wait this long for the first frame"},
    Option{"final-timeout", "SECS", "run", "PROCEDURA_FINAL_TIMEOUT", "600", "wait this long after each frame for the next"},
    Option{"idle-timeout", "SECS", "stream", "PROCEDURA_IDLE_TIMEOUT", "3600", "wait this long after each event for the next"},
};

bool has_word(std::string_view words, std::string_view word) noexcept {
  while (!words.empty()) {
    const auto end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    words = end == std::string_view::npos ? std::string_view{} : words.substr(end + 1);
  }
  return false;
}

}  // namespace

std::string_view to_string(Command command) noexcept {
  return names[static_cast<std::size_t>(command)];
}

std::optional<Command> command_from(std::string_view word) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == word) return static_cast<Command>(i);
  return std::nullopt;
}

std::span<const std::string_view> command_names() noexcept {
  return names;
}

std::span<const Option> all_options() noexcept {
  return options;
}

bool belongs_to(const Option& option, std::optional<Command> command) noexcept {
  return option.commands.empty() || (command && has_word(option.commands, to_string(*command)));
}

const Option* find_option(std::string_view name, std::optional<Command> command) noexcept {
  for (const Option& option : options)
    if (option.name == name && belongs_to(option, command)) return &option;
  return nullptr;
}

}  // namespace procedura::cli
