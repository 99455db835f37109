// AUT-7: nothing that the admin side says holds a secret, and nobody can find one out by asking.
#include "admin_driver.hpp"

#include <procedura/protocol/credential.hpp>

#include <gmock/gmock.h>

namespace procedura::mock::admin {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view password = "canary-password-1";
constexpr std::string_view token = "canary-token-22";
constexpr std::string_view admin_token = "canary-admin-333";

constexpr std::string_view world = R"({
  "version": 1, "name": "name of canary-password-1",
  "auth": {"users": {"mira": "canary-password-1"}, "tokens": [{"token": "canary-token-22", "user": "mira"}]},
  "unmatched": "fail",
  "stubs": [{"name": "stub canary-token-22", "match": {"cmd": "q", "raw_args": {"0": "canary-password-1"}},
             "reply": [{"running": {"echo": "${raw_args[0]}"}}, {"delay": "1h"}, {"finished": 1}]},
            {"name": "e", "match": {"cmd": "e"}, "reply": [{"error": {"code": "E canary-token-22", "message": "canary-password-1"}}]}],
  "expect": [{"name": "never canary-password-1", "request": {"cmd": "q", "options": {"canary-token-22": "canary-password-1"}}}]})";

TEST(AdminSecrets, NoAnswerHoldsAny) {
  AdminOptions options;
  options.token = admin_token;
  Admin admin{world, options};
  const auto a = admin.driver.connect(token, engine::Via::bearer);
  const std::string credential = "mira:" + std::string{password};
  admin.driver.send(a, request_text("1", "login_password", {credential, "--device=canary-token-22"}));
  const std::string session = admin.driver.frames(a).back().at("result").at("session_token");
  admin.driver.send(a, request_text("canary-password-1", "q", {std::string{password}}));
  admin.driver.send(a, request_text("2", "e"));
  admin.driver.send(a, request_text("3", "unknown canary-password-1", {std::string{token}}));
  admin.driver.send(a, request_text("4", "q", {protocol::encode_base64(credential)}));
  admin.driver.send(a, "canary-password-1 is no JSON");

  const auto ask = [&](std::string_view method, std::string_view path, std::string_view body = {}) {
    auto request = Admin::request(method, path);
    request.authorization = "Bearer " + std::string{admin_token};
    request.content_type = "application/json";
    request.body = body;
    const auto response = admin.answer(request);
    std::string all = Admin::drained(response);
    for (const auto& [name, value] : response.headers) all += name + ": " + value + "\n";
    EXPECT_FALSE(all.empty());
    for (const std::string& secret : {std::string{password}, std::string{token}, std::string{admin_token}, session,
                                      protocol::encode_base64(credential), protocol::encode_base64(password)}) {
      EXPECT_THAT(all, Not(HasSubstr(secret))) << method << " " << path;
    }
    return response.status;
  };

  for (const char* path : {"health",
                           "ready",
                           "state",
                           "state?partition=default",
                           "connections",
                           "jobs",
                           "journal",
                           "journal?format=json",
                           "journal?follow=1",
                           "metrics",
                           "verdict",
                           "verdict?partition=default",
                           "scenario",
                           "ui",
                           "",
                           "canary-password-1",
                           "journal?canary-token-22=1",
                           "state?partition=canary-token-22",
                           "journal?direction=canary-password-1",
                           "connections/canary-password-1"}) {
    ask("GET", path);
  }
  EXPECT_EQ(ask("POST", "verify"), 409U);
  ask("POST", "emit", R"({"connection": 1, "frame": {"n": "canary-password-1"}})");
  ask("POST", "emit", R"({"connection": "canary-password-1", "frame": {}})");
  ask("POST", "emit", R"({"canary-token-22": 1})");
  ask("PUT", "scenario", R"({"version": 1, "canary-password-1": 2, "unmatched": "canary-token-22"})");
  ask("POST", "reset", R"({"canary-password-1": 1})");
  ask("DELETE", "connections/canary-token-22");
  ask("DELETE", "connections/1?code=canary-password-1");
  ask("POST", "reset");
}

TEST(AdminSecrets, NoneCanBeGuessedAtByFiltering) {
  Admin admin{world};
  const auto a = admin.driver.connect();
  admin.driver.send(a, request_text("1", "login_password", {"mira:canary-password-1"}));
  admin.driver.send(a, request_text("2", "q", {std::string{password}}));
  for (const char* guess : {"canary-password-1", "canary-passw", "canary"}) {
    EXPECT_EQ(Admin::drained(admin.get("journal?contains=" + std::string{guess})), "") << guess;
  }
  EXPECT_NE(Admin::drained(admin.get("journal?contains=redacted")), "");
}

TEST(AdminSecrets, ThoseOfAnAdoptedScenarioAreSecretsToo) {
  Admin admin{R"({"version": 1, "stubs": [{"name": "q", "match": {"cmd": "q"}, "reply": [{"finished": "${raw_args[0]}"}]}]})"};
  const auto a = admin.driver.connect();
  EXPECT_EQ(admin.send("PUT", "scenario", world).status, 200U);
  admin.driver.send(a, request_text("1", "other", {std::string{password}}));
  EXPECT_THAT(Admin::drained(admin.get("journal")), Not(HasSubstr(std::string{password})));
}

}  // namespace
}  // namespace procedura::mock::admin
