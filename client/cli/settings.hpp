#pragma once

#include "command_line.hpp"

#include <procedura/options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::cli {

/// Looks a variable up; one that is set but empty counts as not set.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

/// The values of one profile, by option name, as text.
struct Profile {
  std::string name;
  std::string path;  ///< of the file it comes from, for messages
  std::map<std::string, std::string, std::less<>> values;
};

enum class Origin : unsigned char { flag, environment, profile, fallback };

/// A setting, and where it was found: a wrong value is reported with the place to mend it.
struct Setting {
  std::string text;
  Origin origin = Origin::fallback;
  std::string where;  ///< `--url`, `PROCEDURA_URL`, `url in profile 'ci' (/home/me/.config/...)`, or `default`
};

/// The one precedence: flag > environment > profile > default.
std::optional<Setting> resolve(const Option& option, const CommandLine& line, const Variables& variables,
                               const Profile& profile);

/// As people and logs may see it.
Setting shown(const Option& option, Setting setting);

enum class OutputForm : unsigned char { pretty, json, ndjson };
enum class When : unsigned char { automatic, always, never };

/// Every setting, checked and typed. What the command has no use for is neither looked up nor checked, and has its default.
struct Settings {
  using Seconds = std::chrono::nanoseconds;

  Setting url;
  Endpoint endpoint;             ///< what the URL says
  std::optional<Setting> token;  ///< given, not saved
  std::optional<Setting> token_file;
  ArgsStyleChoice args_style = ArgsStyleChoice::automatic;
  Seconds wait{};
  Seconds connect_timeout{};
  OutputForm output = OutputForm::pretty;
  When color = When::automatic;
  bool quiet = false;
  bool verbose = false;

  TlsOptions tls;
  std::optional<Setting> proxy;  ///< nothing: as the environment says
  bool compress = false;
  std::optional<Setting> events;         ///< where the event log is appended
  std::optional<Seconds> ping_interval;  ///< nothing: never
  Seconds pong_timeout{};
  std::optional<Seconds> keepalive;  ///< nothing: never

  std::optional<Seconds> deadline;         ///< of run and stream
  std::optional<Seconds> ack_timeout;      ///< of run and stream
  std::optional<Seconds> silence_timeout;  ///< --final-timeout of run, --idle-timeout of stream
  std::string device;
  std::chrono::seconds ttl{};
  bool attach = false;
  bool show_token = false;
  bool reconnect = false;              ///< of ws listen
  std::optional<std::uint64_t> count;  ///< of ws ping and ws listen; nothing: without end
  Seconds interval{};                  ///< of ws ping
  Seconds timeout{};                   ///< of each answer to ws diag and ws ping

  /// Each setting of this command with its origin, for --verbose; secrets are redacted.
  std::vector<std::pair<std::string_view, Setting>> origins;
};

/// @throws UsageError naming the place of the wrong value and what would be right
Settings resolve_settings(const CommandLine& line, const Variables& variables, const Profile& profile);

}  // namespace procedura::cli
