#include "engine/login.hpp"

#include <procedura/protocol/credential.hpp>

#include <algorithm>
#include <charconv>

namespace procedura::mock::engine {
namespace {

constexpr std::chrono::seconds longest_ttl{31'536'000};
constexpr std::size_t longest_device = 256;

// LOG-4: 1 ... 31,536,000, in digits and nothing else.
std::optional<std::chrono::seconds> parse_ttl(std::string_view text, bool any) {
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  // Whatever it is, the clock must be able to add it.
  if (any) return std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, 100 * longest_ttl.count())};
  if (seconds < 1 || seconds > longest_ttl.count()) return std::nullopt;
  return std::chrono::seconds{seconds};
}

// The value of `--name=value` or of `--name value`; moves `i` to the last argument that was read.
std::optional<std::string_view> option_value(std::string_view name, std::span<const std::string> args, std::size_t& i) {
  const std::string_view arg = args[i];
  if (arg.size() > name.size()) return arg.substr(name.size() + 1);
  if (i + 1 < args.size() && !std::string_view{args[i + 1]}.starts_with("--")) return args[++i];
  return std::nullopt;
}

bool is_option(std::string_view arg, std::string_view name) {
  return arg == name || (arg.starts_with(name) && arg.substr(name.size()).starts_with('='));
}

}  // namespace

std::variant<LoginArgs, std::string> parse_login(std::span<const std::string> args, bool any_ttl) {
  LoginArgs login;
  bool attach = false;
  bool have_credential = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (arg == "--replace") {
      login.replace = true;
    } else if (arg == "--attach") {
      attach = true;
    } else if (is_option(arg, "--device")) {
      const auto key = option_value("--device", args, i);
      if (!key || key->empty()) return "--device needs a key, as in --device=cli";
      if (key->size() > longest_device) return "--device takes a key of at most 256 bytes";
      login.device.emplace(*key);
    } else if (is_option(arg, "--ttl")) {
      const auto text = option_value("--ttl", args, i);
      login.ttl = text ? parse_ttl(*text, any_ttl) : std::nullopt;
      if (!login.ttl && !any_ttl) return "--ttl takes whole seconds from 1 to 31536000";
    } else if (!have_credential && !arg.starts_with("--")) {
      login.credential = arg;
      have_credential = true;
    } else {
      return arg.starts_with("--")
                 ? "login_password knows --replace, --attach, --device=KEY and --ttl=SECONDS, and was given another option"
                 : "login_password takes one credential, and was given more";
    }
  }
  if (!have_credential) return "login_password needs a credential: email:password, or its base64";
  if (attach && login.replace) return "--attach and --replace exclude each other";
  return login;
}

std::variant<LoginSuccess, LoginRefusal> login_password(Accounts& accounts, TimePoint now, std::span<const std::string> args,
                                                        std::chrono::seconds default_ttl, std::uint64_t draw) {
  auto parsed = parse_login(args, accounts.breaks().ttl_unchecked);
  if (auto* problem = std::get_if<std::string>(&parsed)) return LoginRefusal{"BAD_REQUEST", std::move(*problem)};
  const auto& login = std::get<LoginArgs>(parsed);
  if (accounts.breaks().ttl_unchecked && std::holds_alternative<std::string>(parse_login(args, false))) {
    accounts.broke("ttl-range");
  }

  // A malformed credential goes the same way as a wrong one (LOG-6): it is compared, with nobody's password.
  const auto credential = protocol::parse_credential(login.credential);
  const bool right =
      credential ? accounts.verify(credential->user, credential->password) : accounts.verify({}, login.credential);
  if (credential && accounts.breaks().users_told_apart && !accounts.knows(credential->user)) {
    accounts.broke("unknown-user");
    return LoginRefusal{"UNKNOWN_USER", "there is no such user"};
  }
  if (!credential || !right) return LoginRefusal{"AUTH_FAILED", "the user or the password is wrong"};

  const auto ttl = login.ttl.value_or(default_ttl);
  const auto [session, attached] = accounts.login(now, credential->user, login.device, ttl, draw);
  return LoginSuccess{session, ttl, attached, login.replace};
}

}  // namespace procedura::mock::engine
