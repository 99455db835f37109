// AUT-7: what must not be in a recording is not in it, in whatever form.
#include "record/secrets.hpp"
#include "record_support.hpp"

#include <procedura/protocol/credential.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::mock::record {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto token = "Tok3n.of/the=session";
constexpr auto password = "p\"ss word%";

json steps(std::string_view text) {
  return json::parse(text);
}

/// Logs in and lets the agent say what it likes.
Watched logged_in(RecorderOptions options = {}) {
  Watched watched{std::move(options)};
  watched.open({{"handshake-token"}, true, true, "/p/one?Access-Token=in%20query"});
  watched.ask("login", "login_password", {"login_password", std::string{"me@home:"} + password, "--device=cli", "--replace"});
  watched.agent(
      json{{"id", "login"}, {"status", "finished"}, {"result", {{"session_token", token}, {"user", "me@home"}}}}.dump());
  return watched;
}

TEST(RecordedSecrets, ALoginMatchesAnyCredentialAndHandsOutATokenOfOurOwn) {
  const auto watched = logged_in();
  EXPECT_EQ(watched.stub().at("match"), steps(R"({"cmd": "login_password", "mode": "sync", "args": [{"absent": false}],
                                                  "options": {"device": "cli", "replace": true}})"));
  EXPECT_EQ(watched.reply(), steps(R"([{"finished": {"session_token": "recorded-token-1", "user": "me@home"}}])"));
  EXPECT_EQ(watched.scenario().at("auth"), steps(R"({"required": false, "users": {"recorded-user": "recorded-password"},
                      "tokens": [{"token": "recorded-token-1", "user": "recorded-user"}]})"));
}

TEST(RecordedSecrets, AreNowhereInWhateverForm) {
  struct Case {
    const char* what;
    std::string text;
  };
  const std::string secret = token;
  const std::string credential = std::string{"me@home:"} + password;
  for (const auto& [what, text] : {
           Case{"the token", secret},
           Case{"the token in a text", "a" + secret + "z"},
           Case{"its base64", protocol::encode_base64(secret)},
           Case{"base64 of more", protocol::encode_base64("Bearer " + secret + "!")},
           Case{"percent-encoded", "Tok3n.of%2Fthe%3Dsession"},
           Case{"a token of the handshake", "handshake-token"},
           Case{"a token of the URL", "in query"},
           Case{"the password", password},
           Case{"the credential", credential},
           Case{"the credential in base64", protocol::encode_base64(credential)},
           Case{"the credential as it may be given", "b64:" + protocol::encode_base64(credential)},
           Case{"the password percent-encoded", "p%22ss%20word%25"},
           Case{"the password as JSON in JSON", R"(p\"ss word%)"},
       }) {
    auto watched = logged_in();
    watched.ask("q2", "echo", {text, "--to=" + text, "--as", text});
    watched.agent(json{{"id", "q2"}, {"status", "running"}, {text, 1}, {"list", json::array({json{{"at", text}}})}}.dump());
    watched.agent(json{{"status", "event"}, {"text", text}}.dump());
    watched.agent(json::array({text}).dump());
    watched.agent("no JSON: " + text);
    watched.recorder.agent_binary(watched.now, watched.last, text);
    watched.agent(json{{"id", "q2"}, {"status", "error"}, {"message", text}}.dump());
    watched.ask("q3", "gone");
    watched.recorder.agent_closed(watched.now, watched.last, 1011, text);
    const std::string written = watched.text();
    EXPECT_THAT(written, Not(HasSubstr(text))) << what;
    EXPECT_THAT(written, Not(HasSubstr(json(text).dump()))) << what;
    for (const auto& hidden : {secret, std::string{password}, std::string{"handshake-token"}, json(password).dump()}) {
      EXPECT_THAT(written, Not(HasSubstr(hidden))) << what;
      EXPECT_THAT(written, Not(HasSubstr(protocol::encode_base64(hidden).substr(0, 12)))) << what;
    }
    EXPECT_THAT(written, HasSubstr("<redacted>")) << what;
    EXPECT_THAT(watched.stubs().at(1).at("match").dump(), Not(HasSubstr("<redacted>"))) << what << ": any will do";
  }
}

TEST(RecordedSecrets, ATokenIsTakenOutAlsoWhereItCameBeforeAnybodyKnewIt) {
  Watched watched;
  watched.open();
  watched.ask("q1", "early").agent(R"({"id":"q1","status":"finished","result":"soon: Tok3n.of/the=session"})");
  watched.ask("q2", "login_password", {"me:else"});
  watched.agent(json{{"id", "q2"}, {"status", "finished"}, {"result", {{"session_token", token}}}}.dump());
  EXPECT_EQ(watched.reply(0), steps(R"([{"finished": "soon: <redacted>"}])"));
}

TEST(RecordedSecrets, SecretMembersAreKnownByNameAtAnyDepth) {
  for (const char* name : {"token", "password", "credential", "Authorization", "secret", "api_key", "API-Key"}) {
    Watched watched;
    watched.open();
    watched.ask("q1", "a");
    watched.agent(
        json{{"id", "q1"}, {"status", "finished"}, {"result", {{"deep", json::array({json{{name, "abcdefgh"}}})}}}}.dump());
    EXPECT_EQ(watched.reply().at(0).at("finished").at("deep").at(0).at(name), "<redacted>") << name;
  }
}

TEST(RecordedSecrets, NamesThatOthersUseAreKnownByTheirEnd) {
  const Secrets secrets{{}};
  for (const char* name : {"accessToken", "refresh_token", "ID-TOKEN", "client_secret", "apiKey", "x-api-key", "new_password",
                           "private_key", "passphrase", "Set-Cookie", "credentials", "Proxy-Authorization"}) {
    EXPECT_TRUE(secrets.named(name)) << name;
  }
  for (const char* name : {"", "-", "max_tokens", "tokenizer", "login_password", "key", "id"}) {
    EXPECT_FALSE(secrets.named(name)) << name;
  }
  EXPECT_FALSE((Secrets{{"--", ""}}.named("")));
}

TEST(RecordedSecrets, AFlagIsNone) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a").agent(R"({"id":"q1","status":"finished","result":{"has_password":true,"token":null}})");
  EXPECT_EQ(watched.reply(), steps(R"([{"finished": {"has_password": true, "token": null}}])"));
}

TEST(RecordedSecrets, ThoseSpeltOutInTextsGo) {
  for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
           {"password=x9 y", "password=<redacted> y"},
           {"pass-word: x", "pass-word: <redacted>"},
           {"at {\"password\": \"in here\", \"n\": 1", "at {\"password\": \"<redacted>\", \"n\": 1"},
           {R"(at {\"apiKey\":\"in here\"})", R"(at {\"apiKey\":\"<redacted>\"})"},
           {"Authorization: Bearer abc/def==", "Authorization: Bearer <redacted>"},
           {"sent 'bearer ab12'.", "sent 'bearer <redacted>'."},
           {"the bearer of news", "the bearer of news"},
           {"see http://host/?access_token=a1&n=2", "see http://host/?access_token=<redacted>&n=2"},
           {"token=a1;secret='b c'", "token=<redacted>;secret='<redacted>'"},
           {"jwt eyJhbGciOi.eyJzdWIi.c2ln!", "jwt <redacted>!"},
           {"eyJ is no token: ", "eyJ is no token: "},
           {"token", "token"},
           {"token=", "token="},
           {"password: \"", "password: \""},
           {"token=<redacted>", "token=<redacted>"},
       }) {
    Secrets secrets{{"pass_word"}};
    secrets.seal();
    EXPECT_EQ(secrets.text(text), shown);
    EXPECT_EQ(secrets.text(shown), shown) << "once is enough";
  }
}

TEST(RecordedSecrets, InBase64OfJsonTheyAreFoundToo) {
  Watched watched;
  watched.open();
  const std::string hidden = protocol::encode_base64(R"({"n":1,"client_secret":"only-in-here"})");
  watched.ask("q1", "a", {"b64:" + hidden}).agent(json{{"id", "q1"}, {"status", "running"}, {"x", hidden}}.dump());
  watched.agent(R"({"id":"q1","status":"finished","result":"only-in-here"})");
  EXPECT_EQ(watched.reply(), steps(R"([{"running": {"x": "<redacted>"}}, {"finished": "<redacted>"}])"));
  EXPECT_EQ(watched.stub().at("match").at("args"), steps(R"([{"absent": false}])"));
}

TEST(RecordedSecrets, AreLearnedFromWhatIsNotRecorded) {
  for (const char* message :
       {R"({"id":"q9","cmd":"b","args":[],"mode":"sync","token":"known-9"})",
        R"({"id":"q1","cmd":"a","args":["--password","known-9"],"mode":"sync"})",
        R"({"id":"q1","cmd":"login_password","args":["me:known-9"],"mode":"sync"})", R"({"password":"known-9")"}) {
    for (const bool binary : {false, true}) {
      Watched watched;
      watched.open();
      watched.ask("q1", "a");
      if (binary && std::string_view{message}.find("args") != std::string_view::npos) continue;
      binary ? watched.recorder.client_binary(watched.last, message) : void(watched.client(message));
      watched.agent(R"({"id":"q1","status":"finished","result":"you said known-9"})");
      EXPECT_EQ(watched.reply(), steps(R"([{"finished": "you said <redacted>"}])")) << message;
    }
  }
}

TEST(RecordedSecrets, ConfiguredNamesAreMembersAndOptions) {
  Watched watched{{.redact = {"pin", "home-address"}}};
  watched.open();
  watched.ask("q1", "door", {"--pin=4711", "--home-address", "Elm Street", "--n", "4"});
  watched.agent(R"({"id":"q1","status":"running","PIN":4711,"home_address":{"street":"Elm Street","no":77}})");
  watched.agent(R"({"id":"q1","status":"running","again":[4711,"at Elm Street","4711",47110]})");
  watched.agent(R"({"id":"q1","status":"finished","result":{"pin":null}})");
  EXPECT_EQ(watched.stub().at("match").at("options"),
            steps(R"({"pin": {"absent": false}, "home-address": {"absent": false}, "n": "4"})"));
  EXPECT_EQ(watched.reply(), steps(R"([{"running": {"PIN": "<redacted>", "home_address": "<redacted>"}},
                                       {"running": {"again": ["<redacted>", "at <redacted>", "<redacted>", 47110]}},
                                       {"finished": {"pin": null}}])"));
  EXPECT_THAT(watched.text(), HasSubstr("other secrets, and what --redact named.\n"));
}

TEST(RecordedSecrets, AFlagOfASecretNameHasNoValue) {
  Watched watched{{.redact = {"pin"}}};
  watched.open();
  watched.ask("q1", "door", {"--pin", "--n=4", "plain"});
  EXPECT_EQ(watched.stub().at("match").at("options"), steps(R"({"pin": true, "n": "4"})"));
  EXPECT_EQ(watched.stub().at("match").at("args"), steps(R"(["plain"])"));
}

TEST(RecordedSecrets, WhatCannotBeReadGoesWholeIfItMayHoldASecret) {
  for (const char* broken : {R"({"session_token":"abcd)", R"({"Pass-Word": "x", "password" "abcd"})", R"({"to\u006ben":"abcd)",
                             R"({"n":1e999,"token":"abcd"})", R"({"pin":1,"pin":2,"at":"x"})"}) {
    Watched watched{{.redact = {"pin"}}};
    watched.open();
    watched.ask("q1", "a").agent(broken);
    EXPECT_EQ(watched.reply(),
              json::array({{{"raw", "<" + std::to_string(std::string_view{broken}.size()) + " bytes, redacted>"}}}))
        << broken;
  }
}

TEST(RecordedSecrets, JsonAndUrlsWithinTextsAreLookedInto) {
  Watched watched{{.redact = {"pin"}}};
  watched.open();
  watched.ask("q1", "post", {R"({"pin": "first-pin", "n": 4})", "--to=wss://me:second@host/?token=third", R"(["plain"])"});
  watched.agent(json{{"id", "q1"},
                     {"status", "finished"},
                     {"result",
                      {{"body", R"( {"deep": "{\"pin\":\"fourth-pin\",\"n\":1.50}"} )"},
                       {"harmless", R"({ "n": 1.50 })"},
                       {"url", "https://me:fifth@host/?x=1"},
                       {"again", "first-pin, fourth-pin"}}}}
                    .dump());
  EXPECT_EQ(watched.stub().at("match").at("args"), steps(R"([{"absent": false}, "[\"plain\"]"])"));
  EXPECT_EQ(watched.stub().at("match").at("options"), steps(R"({"to": {"absent": false}})"));
  EXPECT_EQ(watched.reply().at(0).at("finished"), json({{"body", R"({"deep":"{\"pin\":\"<redacted>\",\"n\":1.50}"})"},
                                                        {"harmless", R"({ "n": 1.50 })"},
                                                        {"url", "https://<redacted>@host/?x=1"},
                                                        {"again", "<redacted>, <redacted>"}}));
}

TEST(RecordedSecrets, OnesTooShortToBeLookedForGoWhereTheyStand) {
  Watched watched{{.redact = {"pin"}}};
  watched.open();
  watched.ask("q1", "post", {R"({"pin": "12"})"});
  watched.agent(
      json{{"id", "q1"}, {"status", "finished"}, {"result", {{"pin", 12}, {"body", R"({"pin":"12"})"}, {"n", "12"}}}}.dump());
  EXPECT_EQ(watched.stub().at("match").at("args"), steps(R"([{"absent": false}])"));
  EXPECT_EQ(watched.reply().at(0).at("finished"),
            json({{"pin", "<redacted>"}, {"body", R"({"pin":"<redacted>"})"}, {"n", "12"}}));
}

TEST(RecordedSecrets, SessionTokensAreToldApart) {
  Watched watched;
  watched.open();
  for (const char* session : {"first-token", "second-token", "first-token"}) {
    watched.ask("q", "login_password", {"me:pass"});
    watched.agent(json{{"id", "q"}, {"status", "finished"}, {"result", {{"session_token", session}}}}.dump());
  }
  EXPECT_EQ(watched.stub().at("sequence"), steps(R"([[{"finished": {"session_token": "recorded-token-1"}}],
                                                     [{"finished": {"session_token": "recorded-token-2"}}],
                                                     [{"finished": {"session_token": "recorded-token-1"}}]])"));
}

TEST(RecordedSecrets, ACredentialBehindAnOptionIsOne) {
  Watched watched;
  watched.open();
  watched.ask("q1", "login_password", {"--replace", "me:pass-word"});
  EXPECT_EQ(watched.stub().at("match").at("options"), steps(R"({"replace": {"absent": false}})"));
  EXPECT_THAT(watched.text(), Not(HasSubstr("pass-word")));
}

TEST(RecordedSecrets, APasswordThatIsAWordOfTheProtocolHidesNoLogin) {
  Watched watched;
  watched.open();
  watched.ask("q1", "login_password", {"me:password"}).agent(R"({"id":"q1","status":"finished","result":"my password"})");
  EXPECT_EQ(watched.stub().at("match").at("cmd"), "login_password");
  EXPECT_EQ(watched.reply(), steps(R"([{"finished": "my <redacted>"}])"));
}

TEST(RecordedSecrets, ACommandWithASecretInItIsLeftOut) {
  auto watched = logged_in();
  watched.ask("q2", std::string{"run-"} + token);
  EXPECT_EQ(watched.stubs().size(), 1U);
  EXPECT_THAT(watched.text(), HasSubstr("1 request with a secret in their command"));
}

TEST(RecordedSecrets, TheUpstreamsUrlIsNoPlaceForThemEither) {
  const Watched watched{{.upstream = "ws://me:pass@host/x?token=abcd\nnext"}};
  EXPECT_THAT(watched.text(), HasSubstr("from ws://<redacted>@host/x?token=<redacted>: "));
  EXPECT_THAT(watched.text(), Not(HasSubstr("abcd")));
}

}  // namespace
}  // namespace procedura::mock::record
