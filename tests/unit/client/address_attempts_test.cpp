// RFC 8305, as a machine: which address is tried when. Time is an input.

#include "address_attempts.hpp"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Time = AddressAttempts::Time;
constexpr Time t0{};

// --- the order --------------------------------------------------------------------------------------------------------------

TcpEndpoints endpoints(const std::vector<std::string>& addresses) {
  TcpEndpoints all;
  for (const auto& address : addresses) all.emplace_back(boost::asio::ip::make_address(address), std::uint16_t{80});
  return all;
}

std::vector<std::string> ordered(const std::vector<std::string>& addresses, std::size_t most = 16) {
  std::vector<std::string> all;
  for (const auto& endpoint : in_order_of_attempts(endpoints(addresses), most)) all.push_back(endpoint.address().to_string());
  return all;
}

TEST(AddressOrder, FamiliesTakeTurnsBeginningWithTheFirst) {
  EXPECT_THAT(ordered({}), IsEmpty());
  EXPECT_THAT(ordered({"10.0.0.1"}), ElementsAre("10.0.0.1"));
  EXPECT_THAT(ordered({"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"}), ElementsAre("::1", "10.0.0.1", "::2", "10.0.0.2", "::3"));
  EXPECT_THAT(ordered({"10.0.0.2", "10.0.0.1", "::2", "::1"}), ElementsAre("10.0.0.2", "::2", "10.0.0.1", "::1"));
  EXPECT_THAT(ordered({"10.0.0.1", "::1", "::2", "::3"}), ElementsAre("10.0.0.1", "::1", "::2", "::3"));
}

TEST(AddressOrder, EachIsTriedOnce) {
  EXPECT_THAT(ordered({"::1", "10.0.0.1", "::1", "10.0.0.1", "10.0.0.2"}), ElementsAre("::1", "10.0.0.1", "10.0.0.2"));
}

TEST(AddressOrder, IsCutShortWithBothFamiliesInIt) {
  EXPECT_THAT(ordered({"::1", "::2", "::3", "::4", "10.0.0.1"}, 3), ElementsAre("::1", "10.0.0.1", "::2"));
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back("10.0.0." + std::to_string(i));
  EXPECT_EQ(ordered(many).size(), 16U);
}

// --- the attempts -----------------------------------------------------------------------------------------------------------

TEST(AddressAttemptsTest, TheFirstAddressIsAllThereIs) {
  AddressAttempts attempts{1, 250ms};
  EXPECT_EQ(attempts.start(t0), 0U);
  EXPECT_FALSE(attempts.next()) << "a timer for nothing";
  attempts.succeeded(0);
  EXPECT_EQ(attempts.winner(), 0U);
  EXPECT_FALSE(attempts.exhausted());
}

TEST(AddressAttemptsTest, ABlackHoleCostsOneDelay) {
  AddressAttempts attempts{3, 250ms};
  attempts.start(t0);
  EXPECT_EQ(attempts.next(), t0 + 250ms);
  EXPECT_EQ(attempts.timer(t0 + 249ms), std::nullopt);
  EXPECT_EQ(attempts.timer(t0 + 250ms), 1U);
  EXPECT_EQ(attempts.next(), t0 + 500ms);
  attempts.succeeded(1);
  EXPECT_EQ(attempts.winner(), 1U);
  EXPECT_FALSE(attempts.next());
  EXPECT_EQ(attempts.timer(t0 + 500ms), std::nullopt);
}

TEST(AddressAttemptsTest, ARefusalCostsNothing) {
  AddressAttempts attempts{3, 250ms};
  attempts.start(t0);
  EXPECT_EQ(attempts.failed(0, t0 + 1ms), 1U);
  EXPECT_EQ(attempts.next(), t0 + 251ms) << "the delay is that of the last one begun";
  EXPECT_EQ(attempts.failed(1, t0 + 2ms), 2U);
  EXPECT_FALSE(attempts.next());
  EXPECT_FALSE(attempts.exhausted());
  EXPECT_EQ(attempts.failed(2, t0 + 3ms), std::nullopt);
  EXPECT_TRUE(attempts.exhausted());
}

TEST(AddressAttemptsTest, TheFirstOneMayStillWinLate) {
  AddressAttempts attempts{3, 250ms};
  attempts.start(t0);
  attempts.timer(t0 + 250ms);
  attempts.succeeded(0);
  EXPECT_EQ(attempts.winner(), 0U);
  attempts.succeeded(1);  // in the same breath
  EXPECT_EQ(attempts.winner(), 0U);
  EXPECT_EQ(attempts.failed(2, t0 + 1s), std::nullopt);
}

TEST(AddressAttemptsTest, NoAddressesAreExhaustedAtOnce) {
  AddressAttempts attempts{0, 250ms};
  EXPECT_EQ(attempts.start(t0), std::nullopt);
  EXPECT_TRUE(attempts.exhausted());
}

// What an address does once it is tried.
struct Fate {
  enum class Kind { refuses, answers, silent } kind;
  std::chrono::milliseconds after;
};

// Plays a whole world of fates against the machine, as the adapter does.
struct Play {
  std::map<std::size_t, Time> begun;
  std::optional<std::size_t> winner;
  std::optional<Time> won_at;
  bool exhausted = false;

  explicit Play(const std::vector<Fate>& fates) {
    AddressAttempts attempts{fates.size(), 250ms};
    std::multimap<Time, std::size_t> to_come;  // what the network will say
    const auto begin = [&](std::optional<std::size_t> index, Time now) {
      if (!index) return;
      EXPECT_TRUE(begun.emplace(*index, now).second) << "tried twice";
      if (fates[*index].kind != Fate::Kind::silent) to_come.emplace(now + fates[*index].after, *index);
    };
    begin(attempts.start(t0), t0);
    while (!attempts.winner() && !attempts.exhausted() && (attempts.next() || !to_come.empty())) {
      if (to_come.empty() || (attempts.next() && *attempts.next() < to_come.begin()->first)) {
        const Time now = *attempts.next();
        begin(attempts.timer(now), now);
        continue;
      }
      const auto [now, index] = *to_come.begin();
      to_come.erase(to_come.begin());
      if (fates[index].kind == Fate::Kind::answers) {
        attempts.succeeded(index);
        won_at = now;
      } else {
        begin(attempts.failed(index, now), now);
      }
    }
    winner = attempts.winner();
    exhausted = attempts.exhausted();
  }
};

// Every mixture of four addresses, each of which refuses soon or late, answers soon or late, or says nothing.
TEST(AddressAttemptsTest, WhateverTheAddressesDo) {
  using Kind = Fate::Kind;
  const std::vector<Fate> kinds{
      {Kind::refuses, 10ms}, {Kind::refuses, 400ms}, {Kind::answers, 10ms}, {Kind::answers, 400ms}, {Kind::silent, 0ms}};
  constexpr std::size_t addresses = 4;
  std::size_t worlds = 1;
  for (std::size_t i = 0; i < addresses; ++i) worlds *= kinds.size();
  for (std::size_t world = 0; world < worlds; ++world) {
    std::vector<Fate> fates;
    bool any_answers = false;
    bool any_silent = false;
    for (std::size_t i = 0, rest = world; i < addresses; ++i, rest /= kinds.size()) {
      fates.push_back(kinds[rest % kinds.size()]);
      any_answers |= fates.back().kind == Kind::answers;
      any_silent |= fates.back().kind == Kind::silent;
    }
    const Play play{fates};
    ASSERT_EQ(play.winner.has_value(), any_answers) << world;
    ASSERT_EQ(play.exhausted, !any_answers && !any_silent) << world;
    // In order, each at most 250 ms after the one before it, and earlier only when one has failed.
    for (std::size_t i = 1; i < addresses && play.begun.contains(i); ++i) {
      const auto gap = play.begun.at(i) - play.begun.at(i - 1);
      ASSERT_LE(gap, 250ms) << world;
      bool one_failed_then = false;
      for (std::size_t j = 0; j < i; ++j) {
        one_failed_then |= fates[j].kind == Kind::refuses && play.begun.at(j) + fates[j].after == play.begun.at(i);
      }
      ASSERT_TRUE(gap == 250ms || one_failed_then) << world;
    }
    if (play.winner) {
      ASSERT_EQ(*play.won_at, play.begun.at(*play.winner) + fates[*play.winner].after) << world;
      for (const auto& [index, at] : play.begun) {
        ASSERT_FALSE(fates[index].kind == Kind::answers && at + fates[index].after < *play.won_at) << world;
      }
    }
  }
}

}  // namespace
}  // namespace procedura::detail
