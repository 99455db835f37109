#include <procedura/conformance/profile.hpp>
#include <procedura/protocol/credential.hpp>

#include <algorithm>
#include <array>

namespace procedura::conformance {

bool Profile::has(Need need) const {
  return need == Need::credential      ? !credentials.empty()
         : need == Need::message_limit ? message_bytes != 0
                                       : modules.contains(need);
}

Offering Profile::offering() const {
  Offering offering{{}, declares};
  for (const auto& [need, module] : modules) {
    offering.needs.insert(need);
  }
  for (const Need need : {Need::credential, Need::message_limit}) {
    if (has(need)) {
      offering.needs.insert(need);
    }
  }
  return offering;
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
