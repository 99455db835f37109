#include "small_agent.hpp"
#include "temporary_folder.hpp"

#include <procedura/remote_agent.hpp>

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallAgent;
using testing::TemporaryFolder;

const std::string granted =
    R"({"id":"$ID","status":"finished","result":{"session_token":"tok-1","expires_in":3600,"user":"a@b"}})";
const std::string refused = R"({"id":"$ID","status":"error","code":"AUTH_FAILED","message":"no"})";
const std::string misread = R"({"id":"$ID","status":"error","code":"BAD_REQUEST","message":"what?"})";
const std::string done = R"({"id":"$ID","status":"finished","result":1})";

struct LoginTest : ::testing::Test {
  LoginTest() { small.on("snap", {done}); }
  Options options() {
    Options made;
    made.url = small.url();
    made.store = store;
    made.log = [this](LogLevel level, std::string_view text) {
      if (level != LogLevel::debug) logged.emplace_back(text);
    };
    return made;
  }
  SavedToken saved() { return store.load().value().value(); }
  void save(const std::string& token, std::optional<std::string> origin = std::nullopt) {
    store.save({token, std::move(origin), std::nullopt}).value();
  }
  /// The agent takes logins whose args begin with the credential, or with the module's name.
  void takes(protocol::ArgsStyle style, const std::string& wrong = refused) {
    const std::string begin =
        style == protocol::ArgsStyle::bare ? R"("args":["a@b:pw")" : R"("args":["login_password","a@b:pw")";
    small.on("login_password", [=](const std::string& frame) {
      return std::vector<std::string>{frame.find(begin) != std::string::npos ? granted : wrong};
    });
  }

  TemporaryFolder folder;
  TokenStore store{folder.path() / "p" / "token"};
  SmallAgent small;
  std::vector<std::string> logged;
};

TEST_F(LoginTest, SendsWhatItIsTold) {
  takes(protocol::ArgsStyle::module_first);
  RemoteAgent agent{options()};
  const LoginResult login = agent.login_password("a@b:pw", {.attach = false, .device = "cli", .ttl = 1h});
  EXPECT_EQ(login.token, "tok-1");
  EXPECT_THAT(small.requests().at(0),
              HasSubstr(R"("args":["login_password","a@b:pw","--replace","--device=cli","--ttl=3600"])"));
  agent.login_password("a@b:pw", {.attach = true});
  EXPECT_THAT(small.requests().at(1), HasSubstr(R"("a@b:pw","--attach"])"));
}

TEST_F(LoginTest, SavesTheTokenAndUsesItForBothHandshakePathsFromThenOn) {
  takes(protocol::ArgsStyle::module_first);
  {
    RemoteAgent agent{options()};
    agent.login_password("a@b:pw");
    agent.run("snap");
    EXPECT_EQ(small.connections(), 1) << "the connection of the login bears the identity: no need for another";
  }
  EXPECT_EQ(saved().token, "tok-1");
  EXPECT_EQ(saved().origin, small.url());
  EXPECT_TRUE(saved().expires);
  RemoteAgent again{options()};
  again.run("snap");
  ASSERT_EQ(small.upgrades().size(), 2U);
  EXPECT_THAT(small.upgrades()[0].offered, IsEmpty());
  EXPECT_EQ(small.upgrades()[0].authorization, "");
  EXPECT_THAT(small.upgrades()[1].offered, ElementsAre("tok-1"));
  EXPECT_EQ(small.upgrades()[1].authorization, "Bearer tok-1");
}

TEST_F(LoginTest, NeverSendsTheSavedTokenWithALogin) {
  takes(protocol::ArgsStyle::module_first);
  save("stale");
  RemoteAgent agent{options()};
  agent.login_password("a@b:pw");
  EXPECT_THAT(small.upgrades().at(0).offered, IsEmpty());
  EXPECT_EQ(saved().token, "tok-1");
}

TEST_F(LoginTest, CallsInFlightEndOnTheOldConnection) {
  takes(protocol::ArgsStyle::module_first);
  small.on("job", {R"({"id":"$ID","status":"started","job_id":"j"})", done});
  RemoteAgent agent{options()};
  EventStream stream = agent.stream("job");
  agent.login_password("a@b:pw");
  int events = 0;
  while (stream.next()) ++events;
  EXPECT_EQ(events, 2);
  agent.run("snap");
  EXPECT_EQ(small.connections(), 2);
}

TEST_F(LoginTest, FindsOutThatAnAgentWantsBareArgsAndRemembers) {
  takes(protocol::ArgsStyle::bare);
  {
    RemoteAgent agent{options()};
    EXPECT_EQ(agent.login_password("a@b:pw").style, protocol::ArgsStyle::bare);
    EXPECT_EQ(small.requests().size(), 2U);
    agent.run("snap", {"--terse"});
    EXPECT_THAT(small.requests().back(), HasSubstr(R"("args":["--terse"])"));
  }
  RemoteAgent again{options()};
  again.run("snap", {"--terse"});
  EXPECT_THAT(small.requests().back(), HasSubstr(R"("args":["--terse"])"));
  again.login_password("a@b:pw");
  EXPECT_EQ(small.requests().size(), 5U) << "no second attempt: the style is known";
}

TEST_F(LoginTest, OfTwoRefusalsTheTellingOneIsShown) {
  small.on("login_password", [](const std::string& frame) {
    return std::vector<std::string>{frame.find(R"(["login_password")") != std::string::npos ? misread : refused};
  });
  RemoteAgent agent{options()};
  try {
    agent.login_password("a@b:wrong");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure().agent_code, "AUTH_FAILED");
  }
  EXPECT_EQ(small.requests().size(), 2U);
  EXPECT_FALSE(store.load().value());
}

TEST_F(LoginTest, AnAgentThatRepeatsThePasswordDoesNotGetItShown) {
  small.on("login_password",
           {R"({"id":"$ID","status":"error","code":"AUTH_FAILED","message":"hunter22 is wrong","was":"a@b:hunter22"})"});
  RemoteAgent agent{options()};
  try {
    agent.login_password("a@b:hunter22");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure().message, "<redacted> is wrong");
    EXPECT_EQ(error.failure().frame.find("hunter22"), std::string::npos);
  }
}

TEST_F(LoginTest, AServerThatRepeatsTheTokenDoesNotGetItShown) {
  testing::ScriptedPeer peer{[](testing::ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 15\r\n\r\nno hunter22 here");
    link.wait_for_hang_up();
  }};
  Options turned_away = options();
  turned_away.url = peer.url();
  turned_away.token = "hunter22";
  RemoteAgent agent{turned_away};
  try {
    agent.run("snap");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure().http_status, 401U);
    EXPECT_EQ(error.failure().message.find("hunter22"), std::string::npos) << error.failure().message;
    EXPECT_EQ(error.failure().frame.find("hunter22"), std::string::npos);
  }
}

// With escapes, and as what a hostile agent may hope to be printed whole.
TEST_F(LoginTest, AnAgentThatRepeatsATokenDoesNotGetItShown) {
  const std::string repeated =
      R"({"id":"$ID","status":"error","code":"AUTH_EXPIRED","message":"old: \u0031\u0032345678, tok-1","n":12345678})";
  small.on("login_password", {granted});
  small.on("repeat", {repeated});
  save("12345678");
  RemoteAgent agent{options()};
  for (const bool logged_in : {false, true}) {
    if (logged_in) agent.login_password("a@b:pw");
    const std::string secret = logged_in ? "tok-1" : "12345678";
    try {
      agent.run("repeat");
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.failure().message.find(secret), std::string::npos) << error.failure().message;
      EXPECT_EQ(error.failure().frame.find(secret + ","), std::string::npos) << error.failure().frame;
      EXPECT_THAT(error.failure().frame, HasSubstr("<redacted>"));
    }
  }
}

TEST_F(LoginTest, AClosingAgentThatRepeatsThePasswordDoesNotGetItLogged) {
  testing::ScriptedPeer peer{[](testing::ScriptedPeer::Link& link) {
    link.upgrade();
    link.receive();
    link.close(4000, "hunter22 is wrong");
    link.wait_for_hang_up();
  }};
  Options noisy = options();
  noisy.url = peer.url();
  std::string all;
  noisy.log = [&](LogLevel, std::string_view text) { all += text; };
  {
    RemoteAgent agent{noisy};
    EXPECT_THROW(agent.login_password("a@b:hunter22"), Error);
  }
  EXPECT_THAT(all, HasSubstr("<redacted> is wrong"));
  EXPECT_EQ(all.find("hunter22"), std::string::npos) << all;
}

TEST_F(LoginTest, AStyleThatWasAskedForIsTheOnlyOneTried) {
  takes(protocol::ArgsStyle::bare);
  Options strict = options();
  strict.args_style = ArgsStyleChoice::module_first;
  RemoteAgent agent{strict};
  EXPECT_THROW(agent.login_password("a@b:pw"), Error);
  EXPECT_EQ(small.requests().size(), 1U);
}

TEST_F(LoginTest, AResultWithoutATokenIsNoLogin) {
  small.on("login_password", {done});
  RemoteAgent agent{options()};
  try {
    agent.login_password("a@b:pw");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errc::protocol_error);
    EXPECT_THAT(error.what(), HasSubstr("session_token"));
  }
}

TEST_F(LoginTest, ALoginThatCannotBeSavedIsStillALogin) {
  takes(protocol::ArgsStyle::module_first);
  std::ofstream{folder.path() / "p"} << "a file where the folder should be";
  RemoteAgent agent{options()};
  EXPECT_THROW(agent.run("snap"), Error) << "what should hold the token cannot be read";
  const LoginResult login = agent.login_password("a@b:pw");
  ASSERT_TRUE(login.not_saved);
  EXPECT_EQ(login.not_saved->code, errc::token_store);
  agent.run("snap");
}

TEST_F(LoginTest, ASavedTokenDoesNotGoToAnotherHost) {
  save("secret", "ws://elsewhere.example:8765");
  RemoteAgent agent{options()};
  try {
    agent.run("snap");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errc::wrong_origin);
    EXPECT_THAT(error.what(), HasSubstr("elsewhere.example"));
  }
  EXPECT_EQ(small.connections(), 0);
}

TEST_F(LoginTest, AnExplicitTokenGoesWhereItIsTold) {
  save("secret", "ws://elsewhere.example:8765");
  Options explicit_token = options();
  explicit_token.token = "mine";
  RemoteAgent agent{explicit_token};
  agent.run("snap");
  EXPECT_THAT(small.upgrades().at(0).offered, ElementsAre("mine"));
}

TEST_F(LoginTest, ATokenThatNoSubprotocolCanBeGoesAsBearerAlone) {
  save("dG9r/ZW4=");
  RemoteAgent agent{options()};
  agent.run("snap");
  EXPECT_THAT(small.upgrades().at(0).offered, IsEmpty());
  EXPECT_EQ(small.upgrades().at(0).authorization, "Bearer dG9r/ZW4=");
  EXPECT_THAT(logged, ElementsAre(HasSubstr("Authorization alone")));
}

TEST_F(LoginTest, ATokenThatNoHeaderCanCarryIsRefusedBeforeAnyConnection) {
  Options bad = options();
  bad.token = "a\r\nX-Evil: 1";
  RemoteAgent agent{bad};
  try {
    agent.run("snap");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errc::invalid_token);
    EXPECT_EQ(std::string{error.what()}.find("X-Evil"), std::string::npos) << "a token is never shown";
  }
  EXPECT_EQ(small.connections(), 0);
}

}  // namespace
}  // namespace procedura
