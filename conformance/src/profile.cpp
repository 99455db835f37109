#include <procedura/conformance/profile.hpp>
#include <procedura/protocol/credential.hpp>

#include <algorithm>
#include <array>

namespace procedura::conformance {

bool Profile::has(Need need) const {
  switch (need) {
    case Need::credential:
      return !credentials.empty();
    case Need::second_user:
      return second_user() != nullptr;
    case Need::colon_password:
      return colon_password() != nullptr;
    case Need::revoked_token:
      return !revoked_token.empty();
    case Need::public_module:
      return std::any_of(modules.begin(), modules.end(), [this](const auto& entry) { return is_public(entry.second.cmd); });
    case Need::message_limit:
      return message_bytes != 0;
    default:
      return modules.contains(need);
  }
}

Offering Profile::offering() const {
  Offering offering{{}, declares};
  for (const auto& [need, module] : modules) {
    offering.needs.insert(need);
  }
  for (const Need need : {Need::credential, Need::second_user, Need::colon_password, Need::revoked_token, Need::public_module,
                          Need::message_limit}) {
    if (has(need)) {
      offering.needs.insert(need);
    }
  }
  return offering;
}

bool Profile::is_public(std::string_view cmd) const {
  return std::find(public_modules.begin(), public_modules.end(), cmd) != public_modules.end();
}

const Login* Profile::second_user() const {
  const auto user = [](const Login& login) {
    const auto credential = protocol::parse_credential(login.credential);
    return credential ? credential->user : std::string{};
  };
  const auto other = std::find_if(credentials.begin(), credentials.end(), [&](const Login& login) {
    return !user(login).empty() && user(login) != user(credentials.front());
  });
  return other == credentials.end() ? nullptr : &*other;
}

const Login* Profile::colon_password() const {
  const auto has_colon = [](const Login& login) {
    const auto credential = protocol::parse_credential(login.credential);
    return credential && credential->password.find(':') != std::string::npos;
  };
  const auto found = std::find_if(credentials.begin(), credentials.end(), has_colon);
  return found == credentials.end() ? nullptr : &*found;
}

bool Profile::claims(protocol::ArgsStyle style) const {
  return std::find(args_styles.begin(), args_styles.end(), style) != args_styles.end();
}

std::vector<ProfileProblem> resolve_credentials(Profile& profile,
                                                const std::function<std::optional<std::string>(const std::string&)>& env) {
  std::vector<ProfileProblem> problems;
  for (std::size_t i = 0; i < profile.credentials.size(); ++i) {
    Login& login = profile.credentials[i];
    const std::string pointer = "/credentials/" + std::to_string(i) + "/env";
    auto value = env(login.env);
    if (!value || value->empty()) {
      problems.push_back({pointer, "the environment variable " + login.env + " is not set; it must hold the credential of " +
                                       (login.user.empty() ? "this user" : login.user) + " as email:password"});
    } else if (!protocol::parse_credential(*value)) {
      problems.push_back(
          {pointer, "the environment variable " + login.env + " holds no credential (email:password, or its base64)"});
    } else {
      login.credential = std::move(*value);
    }
  }
  return problems;
}

}  // namespace procedura::conformance
