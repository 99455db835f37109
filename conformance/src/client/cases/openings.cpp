#include "openings.hpp"

#include <procedura/conformance/case.hpp>

#include <algorithm>
#include <fstream>

namespace procedura::conformance::cases {

User fresh_user(ClientCase& c) {
  User user;
  user.password = c.fresh_word("password");
  return user;
}

std::string agent_with(const User& user, const std::string& token, const std::string& result) {
  ordered_json auth = {{"required", true}, {"users", one(user.name.c_str(), user.password)}};
  if (!token.empty()) {
    auth["tokens"] = ordered_json::array({{{"token", token}, {"user", user.name}}});
  }
  return ordered_json{
      {"version", 1}, {"auth", std::move(auth)}, {"stubs", ordered_json::array({stub("m", {finished(one("word", result))})})}}
      .dump();
}

const tap::Head* upgrade_of(const ClientRun& run) {
  return run.connections.empty() || !run.connections.front().client.head ? nullptr : &*run.connections.front().client.head;
}

Finding no_upgrade(const ClientRun& run) {
  return Finding::untestable("no upgrade came; " + story(run.child));
}

bool bears(const tap::Head& head, std::string_view token) {
  return head.start.find(token) != std::string::npos ||
         std::any_of(head.headers.begin(), head.headers.end(),
                     [token](const auto& header) { return header.second.find(token) != std::string::npos; });
}

bool bears(const ClientRun& run, std::string_view token) {
  return std::any_of(run.connections.begin(), run.connections.end(), [token](const Conversation& connection) {
    return connection.client.head && bears(*connection.client.head, token);
  });
}

Finding as_subprotocol(const ClientRun& run, std::string_view token) {
  const tap::Head* head = upgrade_of(run);
  if (head == nullptr) {
    return no_upgrade(run);
  }
  const auto offered = head->all("Sec-WebSocket-Protocol");
  if (offered.empty()) {
    return Finding::broken("an upgrade without Sec-WebSocket-Protocol");
  }
  return offered.size() == 1 && offered.front() == token
             ? Finding::kept()
             : Finding::broken("Sec-WebSocket-Protocol: " + std::string{offered.front()} +
                               (offered.size() > 1 ? ", and once more" : ""));
}

Finding as_bearer(const ClientRun& run, std::string_view token) {
  const tap::Head* head = upgrade_of(run);
  if (head == nullptr) {
    return no_upgrade(run);
  }
  const auto sent = head->all("Authorization");
  if (sent.empty()) {
    return Finding::broken("an upgrade without Authorization");
  }
  return sent.size() == 1 && sent.front() == "Bearer " + std::string{token}
             ? Finding::kept()
             : Finding::broken("Authorization: " + std::string{sent.front()} + (sent.size() > 1 ? ", and once more" : ""));
}

Finding without_token(const ClientRun& run, std::string_view token) {
  return bears(run, token) ? Finding::broken("the upgrade bears the token") : Finding::kept();
}

Finding asks_nothing(const ClientRun& run) {
  for (const Conversation& connection : run.connections) {
    if (!connection.client.messages.empty()) {
      return Finding::broken("a message was sent all the same; " + story(run.child));
    }
  }
  return Finding::kept();
}

std::optional<std::string> issued(const ClientRun& login) {
  for (const Conversation& connection : login.connections) {
    for (const Message& message : connection.agent.messages) {
      const auto frame = nlohmann::json::parse(message.bytes, nullptr, false);  // the mock's own: nothing hostile
      const auto pointer = "/result/session_token"_json_pointer;
      if (frame.is_object() && frame.contains(pointer) && frame[pointer].is_string()) {
        return frame[pointer].get<std::string>();
      }
    }
  }
  return std::nullopt;
}

std::string log_in(ClientCase& c, Stage& stage, const User& user, Call how) {
  how.command = Need::login_command;
  how.credential = user.credential();
  how.device = "suite";
  const ClientRun& login = c.run(stage, std::move(how));
  const auto token = issued(login);
  if (!token) {
    throw CannotGoOn{"the login was given no token; " + story(login.child)};
  }
  return *token;
}

SecureSide::SecureSide(ClientCase& c, const Stage& stage) : SecureSide{c, stage, make_authority("the suite's authority")} {}

SecureSide::SecureSide(ClientCase& c, const Stage& stage, const Certificate& authority)
    : authority_file_{(c.home() / "authority.pem").string()}, listener_{issue(authority), stage.port()} {
  std::ofstream{authority_file_} << authority.certificate;
}

Call SecureSide::over() const {
  return {.options = {{Need::ca_option, authority_file_}}, .url = listener_.url()};
}

tap::Sabotage answer_upgrades(std::function<void(tap::Head&, tap::Hand&)> change, unsigned from) {
  return {.response = [change = std::move(change), from](tap::Head& head, tap::Hand& hand) {
    if (head.status() == 101 && hand.connection() >= from) {
      change(head, hand);
    }
  }};
}

tap::Sabotage refuse_upgrades(std::string status, std::vector<std::pair<std::string, std::string>> headers, std::string body,
                              unsigned from) {
  return answer_upgrades(
      [=](tap::Head&, tap::Hand& hand) {
        tap::Head answer{"HTTP/1.1 " + status, headers};
        answer.add("Content-Type", "text/plain");
        answer.add("Content-Length", std::to_string(body.size()));
        answer.add("Connection", "close");
        hand.drop();
        hand.send_bytes(tap::Side::client, render(answer) + body);
        hand.hang_up();
        hand.fired("the upgrade was answered with " + status);
      },
      from);
}

Finding if_fired(const Stage& stage, const ClientRun& run, Finding finding) {
  return stage.fired().empty() ? no_upgrade(run) : std::move(finding);
}

}  // namespace procedura::conformance::cases
