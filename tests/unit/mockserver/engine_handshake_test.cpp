#include "engine/handshake.hpp"

#include <gtest/gtest.h>

namespace procedura::mock::engine {
namespace {

const TimePoint start{std::chrono::hours{1}};

Accounts accounts() {
  Accounts made{7};
  made.add_session({"good", "ada", "cli", std::nullopt});
  made.add_session({"ba/se=", "ada", std::nullopt, std::nullopt});
  made.add_session({"dead", "ada", std::nullopt, start - std::chrono::seconds{1}});
  return made;
}

struct Door {
  Auth auth;
  OriginRules origins;
  Door() { auth.required = true; }
  DoorDecision operator()(const Upgrade& upgrade) const {
    if (auto refused = refuse_origin(origins, upgrade.origin)) return std::move(*refused);
    return at_the_door(auth, accounts(), start, upgrade);
  }
};

Upgrade offering(std::string subprotocols, std::string authorization = "") {
  return {"/", std::move(subprotocols), std::move(authorization), ""};
}

// AUT-2, AUT-2a, AUT-3, AUT-3a, AUT-4, AUT-5
TEST(Handshake, TakesATokenEitherWayAndEchoesWhatWasOffered) {
  struct Case {
    std::string subprotocols, authorization, token;
    Via via;
    std::optional<std::string> selected;
  };
  for (const auto& one : {
           Case{"", "", "", Via::none, std::nullopt},
           Case{"good", "", "good", Via::subprotocol, "good"},
           Case{"", "Bearer good", "good", Via::bearer, std::nullopt},
           Case{"", "bearer good", "good", Via::bearer, std::nullopt},
           Case{"good", "Bearer good", "good", Via::subprotocol, "good"},
           Case{"bad", "Bearer good", "bad", Via::subprotocol, "bad"},
           Case{"good", "Bearer bad", "good", Via::subprotocol, "good"},
           Case{"", "Bearer ba/se=", "ba/se=", Via::bearer, std::nullopt},
           Case{"ba/se=", "Bearer good", "good", Via::bearer, std::nullopt},
           Case{"chat, good , x", "", "good", Via::subprotocol, "good"},
           Case{"chat,superchat", "", "chat", Via::subprotocol, "chat"},
           Case{" , ,,", "", "", Via::none, std::nullopt},
           Case{"", "Basic Z29vZA==", "", Via::none, std::nullopt},
           Case{"", "good", "", Via::none, std::nullopt},
           Case{"dead", "", "dead", Via::subprotocol, "dead"},
       }) {
    const auto decision = Door{}(offering(one.subprotocols, one.authorization));
    const auto* accepted = std::get_if<door::Accept>(&decision);
    ASSERT_NE(accepted, nullptr) << one.subprotocols << '|' << one.authorization;
    EXPECT_EQ(accepted->token, one.token) << one.subprotocols << '|' << one.authorization;
    EXPECT_EQ(accepted->via, one.via) << one.subprotocols << '|' << one.authorization;
    EXPECT_EQ(accepted->subprotocol, one.selected) << one.subprotocols << '|' << one.authorization;
    EXPECT_EQ(accepted->close_code, 0);
  }
}

TEST(Handshake, TakesOnlyWhatTheScenarioTakes) {
  Door door;
  door.auth.accept_subprotocol = false;
  auto accepted = std::get<door::Accept>(door(offering("good", "Bearer dead")));
  EXPECT_EQ(accepted.via, Via::bearer);
  EXPECT_EQ(accepted.token, "dead");
  EXPECT_EQ(accepted.subprotocol, "good") << "the echo is for clients that cannot do without";

  door.auth.accept_subprotocol = true;
  door.auth.accept_bearer = false;
  accepted = std::get<door::Accept>(door(offering("", "Bearer good")));
  EXPECT_EQ(accepted.via, Via::none);
}

TEST(Handshake, SelectsAsTheScenarioSays) {
  Door door;
  door.auth.echo.kind = Echo::Kind::never;
  EXPECT_EQ(std::get<door::Accept>(door(offering("good"))).subprotocol, std::nullopt);
  door.auth.echo = {Echo::Kind::value, "surprise"};
  EXPECT_EQ(std::get<door::Accept>(door(offering("good"))).subprotocol, "surprise");
  EXPECT_EQ(std::get<door::Accept>(door(offering(""))).subprotocol, "surprise");
}

// AUT-6: unknown and expired tokens meet the same rule; no token (AUT-5) and good ones meet none.
TEST(Handshake, TurnsBadTokensAwayAsTheScenarioSays) {
  for (const char* bad : {"bad", "dead"}) {
    Door door;
    door.auth.refuse = {mock::Refusal::Kind::http, 403};
    EXPECT_EQ(std::get<door::Refuse>(door(offering(bad))).http_status, 403U);
    EXPECT_EQ(std::get<door::Refuse>(door(offering("", std::string{"Bearer "} + bad))).http_status, 403U);
    door.auth.refuse.kind = mock::Refusal::Kind::close;
    EXPECT_EQ(std::get<door::Accept>(door(offering(bad))).close_code, 4401);
    door.auth.refuse.kind = mock::Refusal::Kind::stall;
    EXPECT_TRUE(std::holds_alternative<door::Stall>(door(offering(bad))));

    for (const auto kind : {mock::Refusal::Kind::http, mock::Refusal::Kind::close, mock::Refusal::Kind::stall}) {
      door.auth.refuse.kind = kind;
      for (const auto& fine : {offering(""), offering("good"), offering("", "Bearer good"), offering("", "Basic x")}) {
        const auto decision = door(fine);
        ASSERT_TRUE(std::holds_alternative<door::Accept>(decision)) << fine.subprotocols;
        EXPECT_EQ(std::get<door::Accept>(decision).close_code, 0);
      }
    }
    door.auth.required = false;
    EXPECT_TRUE(std::holds_alternative<door::Accept>(door(offering(bad)))) << "where none is needed, none is judged";
  }
}

// AUT-7: a token in the URL grants nothing.
TEST(Handshake, TakesNoTokenFromTheUrl) {
  const auto accepted = std::get<door::Accept>(Door{}({"/?token=good", "", "", ""}));
  EXPECT_EQ(accepted.via, Via::none);
  EXPECT_EQ(accepted.token, "");
}

// CON-11
TEST(Handshake, LetsPagesOfThisMachineInAndNoOthers) {
  struct Case {
    std::string origin;
    bool in;
  };
  for (const auto& [origin, in] :
       {Case{"", true}, Case{"http://localhost", true}, Case{"http://localhost:3000", true},
        Case{"https://127.0.0.1:8443", true}, Case{"http://127.9.9.9", true}, Case{"http://[::1]", true},
        Case{"http://[::1]:80", true}, Case{"null", false}, Case{"http://evil.example", false},
        Case{"http://localhost.evil.example", false}, Case{"http://127.0.0.1.evil.example", false},
        Case{"http://[::1].evil.example", false}, Case{"localhost", false}, Case{"http://127.evil", false}, Case{"://", false},
        Case{"https://good.example", true}, Case{"https://good.example:1", false}}) {
    Door door;
    door.origins.allowed = {"https://good.example"};
    const auto decision = door({"/", "", "", origin});
    EXPECT_EQ(std::holds_alternative<door::Accept>(decision), in) << origin;
    if (!in) {
      EXPECT_EQ(std::get<door::Refuse>(decision).http_status, 403U);
    }
    door.origins.check = false;
    EXPECT_TRUE(std::holds_alternative<door::Accept>(door({"/", "", "", origin}))) << origin;
  }
}

TEST(Handshake, NamesTheWaysOfAnIdentity) {
  EXPECT_EQ(to_string(Via::none), "");
  EXPECT_EQ(to_string(Via::login), "login");
  EXPECT_EQ(to_string(Via::bearer), "bearer");
  EXPECT_EQ(to_string(Via::subprotocol), "subprotocol");
}

}  // namespace
}  // namespace procedura::mock::engine
