#include "engine/accounts.hpp"

#include <procedura/protocol/token.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace procedura::mock::engine {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const TimePoint start{hours{1}};
const std::optional<std::string> no_device;
std::uint64_t draws = 0;  // each login without a device has one of its own
const std::optional<std::string> cli{"cli"};

Accounts accounts(std::size_t max_sessions = 65536) {
  Accounts made{7, max_sessions};
  made.add_user("ada", "engine");
  made.add_user("bob", "");
  return made;
}

TEST(Accounts, VerifiesUserAndPassword) {
  const Accounts known = accounts();
  struct Case {
    std::string user, password;
    bool right;
  };
  for (const auto& [user, password, right] :
       {Case{"ada", "engine", true}, Case{"ada", "Engine", false}, Case{"ada", "", false}, Case{"ada", "engineengine", false},
        Case{"ada", "engin", false}, Case{"ada", std::string("engine\0", 7), false}, Case{"", "", false},
        Case{"eve", "engine", false}, Case{"eve", "a password that no user has", false}, Case{"bob", "", true},
        Case{"bob", std::string(1, '\0'), false}}) {
    EXPECT_EQ(known.verify(user, password), right) << user << ' ' << password;
  }
}

// LOG-2: the token can be a subprotocol.
TEST(Accounts, DrawsTokensThatCanBeSubprotocolsAndDiffer) {
  Accounts sessions = accounts();
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(sessions.login(start, "ada", no_device, seconds{60}, ++draws).session->token);
  EXPECT_EQ(tokens.size(), 1000U);
  for (const auto& token : tokens) EXPECT_TRUE(protocol::is_subprotocol(token));
}

TEST(Accounts, ASeedIsARun) {
  Accounts one = accounts();
  Accounts other = accounts();
  Accounts third{8};
  EXPECT_EQ(one.login(start, "ada", cli, seconds{1}, 1).session->token,
            other.login(start, "ada", cli, seconds{1}, 1).session->token);
  EXPECT_NE(one.find("x"), one.login(start, "ada", cli, seconds{1}, 1).session);
  EXPECT_EQ(one.find(third.login(start, "ada", cli, seconds{1}, 1).session->token), nullptr);
}

// LOG-3
TEST(Accounts, OneTokenPerUserAndDeviceWhileItLives) {
  Accounts sessions = accounts();
  const auto first = sessions.login(start, "ada", cli, seconds{60}, ++draws);
  EXPECT_FALSE(first.attached);
  const std::string token = first.session->token;

  const auto again = sessions.login(start + seconds{59}, "ada", cli, seconds{60}, ++draws);
  EXPECT_TRUE(again.attached);
  EXPECT_EQ(again.session->token, token);
  EXPECT_NE(sessions.login(start, "ada", "other", seconds{60}, ++draws).session->token, token);
  EXPECT_NE(sessions.login(start, "bob", cli, seconds{60}, ++draws).session->token, token);
  EXPECT_NE(sessions.login(start, "ada", no_device, seconds{60}, ++draws).session->token, token);
  EXPECT_FALSE(sessions.login(start, "ada", no_device, seconds{60}, ++draws).attached);

  const auto after_death = sessions.login(start + seconds{59 + 60}, "ada", cli, seconds{60}, ++draws);
  EXPECT_FALSE(after_death.attached);
  EXPECT_NE(after_death.session->token, token);
}

// LOG-4: from the latest login on, longer or shorter than before.
TEST(Accounts, DiesItsTtlAfterTheLatestLogin) {
  Accounts sessions = accounts();
  const std::string token = sessions.login(start, "ada", cli, seconds{100}, ++draws).session->token;
  EXPECT_TRUE(sessions.find(token)->live(start + seconds{99}));
  EXPECT_FALSE(sessions.find(token)->live(start + seconds{100}));
  sessions.login(start + seconds{10}, "ada", cli, seconds{5}, ++draws);
  EXPECT_TRUE(sessions.find(token)->live(start + seconds{14}));
  EXPECT_FALSE(sessions.find(token)->live(start + seconds{15}));
  EXPECT_NE(sessions.find(token), nullptr) << "a dead token is told from one that never was";
}

TEST(Accounts, TokensOfTheScenarioAreJoinedByDevice) {
  Accounts sessions = accounts();
  sessions.add_session({"ci-token", "ada", "ci", std::nullopt});
  sessions.add_session({"not/a=subprotocol", "ada", "old", std::nullopt});
  EXPECT_TRUE(sessions.find("ci-token")->live(start + hours{100000}));
  const auto joined = sessions.login(start, "ada", "ci", seconds{5}, ++draws);
  EXPECT_TRUE(joined.attached);
  EXPECT_EQ(joined.session->token, "ci-token");
  EXPECT_FALSE(sessions.find("ci-token")->live(start + seconds{5})) << "now it has a lifetime (LOG-4)";
  EXPECT_FALSE(sessions.login(start, "ada", "old", seconds{5}, ++draws).attached)
      << "LOG-2: an answer has to be legal as a subprotocol";
}

TEST(Accounts, ForgetsWhatDiesFirstWhenTooManyLogIn) {
  Accounts sessions = accounts(3);
  sessions.add_session({"forever", "ada", "ci", std::nullopt});
  const std::string first = sessions.login(start, "ada", cli, seconds{10}, ++draws).session->token;
  const std::string second = sessions.login(start, "ada", no_device, seconds{20}, ++draws).session->token;
  const std::string third = sessions.login(start, "ada", no_device, seconds{30}, ++draws).session->token;
  EXPECT_EQ(sessions.sessions(), 3U);
  EXPECT_EQ(sessions.find(first), nullptr);
  EXPECT_NE(sessions.find(second), nullptr);
  EXPECT_NE(sessions.find(third), nullptr);
  EXPECT_NE(sessions.find("forever"), nullptr);
  EXPECT_FALSE(sessions.login(start, "ada", cli, seconds{10}, ++draws).attached) << "its device key is forgotten with it";

  Accounts again = accounts(2);
  again.login(start, "ada", cli, seconds{1}, ++draws);
  const std::string now = again.login(start + seconds{2}, "ada", cli, seconds{99}, ++draws).session->token;
  again.login(start + seconds{2}, "ada", no_device, seconds{99}, ++draws);  // the dead one makes room
  EXPECT_EQ(again.login(start + seconds{2}, "ada", cli, seconds{99}, ++draws).session->token, now)
      << "and takes no live key with it";

  Accounts full{9, 1};
  full.add_session({"forever", "ada", "ci", std::nullopt});
  EXPECT_NE(full.login(start, "ada", no_device, seconds{10}, ++draws).session, nullptr)
      << "nothing can go, so it grows by what is asked";
}

}  // namespace
}  // namespace procedura::mock::engine
