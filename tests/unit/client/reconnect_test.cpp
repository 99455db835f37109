// When an agent's connection is dialled, who waits for it and how long, and what is told of it. Time is an input.
#include "reconnect.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = ConnectionEvent::Kind;
using Duration = protocol::Duration;
using TimePoint = protocol::TimePoint;

constexpr TimePoint t0{};
constexpr Duration patience = 5s;  // the connect timeout

Failure lost_with(std::uint16_t close_code) {
  Failure failure = Failure::of(errc::connection_lost, "gone");
  failure.close_code = close_code;
  return failure;
}

Failure refused_with(unsigned http_status) {
  Failure failure = Failure::of(errc::handshake_refused, "no");
  failure.http_status = http_status;
  return failure;
}

Failure of(errc code) {
  return Failure::of(code, "it failed");
}

/// The machine, and what it said in words: "dial", "lost", "retrying 1", "refuse 3", "refuse all", ...
struct Machine {
  explicit Machine(std::optional<ReconnectOptions> options, std::uint64_t seed = 7) : reconnect{options, patience, seed} {}

  template <class Input>
  std::vector<std::string> operator()(Input input) {
    Reconnect::Actions actions;
    input(reconnect, actions);
    std::vector<std::string> said;
    for (const auto& action : actions) {
      if (const auto* tell = std::get_if<Reconnect::Tell>(&action)) {
        events.push_back(tell->event);
        said.emplace_back(to_string(tell->event.kind));
        if (tell->event.kind == Kind::retrying) said.back() += " " + std::to_string(tell->event.attempt);
      } else if (const auto* refuse = std::get_if<Reconnect::Refuse>(&action)) {
        refusals.push_back(refuse->failure);
        said.push_back("refuse " + std::to_string(refuse->waiter));
      } else {
        said.emplace_back(std::holds_alternative<Reconnect::Dial>(action) ? "dial" : "refuse all");
      }
    }
    return said;
  }
  std::vector<std::string> wanted(TimePoint now) {
    return (*this)([&](Reconnect& r, Reconnect::Actions& out) { waiter = r.wanted(now, out); });
  }
  std::vector<std::string> opened(TimePoint now) {
    return (*this)([&](Reconnect& r, Reconnect::Actions& out) { r.opened(now, {}, out); });
  }
  std::vector<std::string> failed(TimePoint now, Failure failure = of(errc::connect_failed)) {
    return (*this)([&](Reconnect& r, Reconnect::Actions& out) { r.failed(now, std::move(failure), out); });
  }
  std::vector<std::string> lost(TimePoint now, Failure failure = lost_with(0), std::size_t ended = 0) {
    return (*this)([&](Reconnect& r, Reconnect::Actions& out) { r.lost(now, std::move(failure), ended, out); });
  }
  std::vector<std::string> replaced(TimePoint now) {
    return (*this)([&](Reconnect& r, Reconnect::Actions& out) { r.replaced(now, {}, out); });
  }
  std::vector<std::string> closed() {
    return (*this)([](Reconnect& r, Reconnect::Actions& out) { r.closed(out); });
  }
  std::vector<std::string> timer(TimePoint now) {
    return (*this)([&](Reconnect& r, Reconnect::Actions& out) { r.timer(now, out); });
  }
  /// From nothing to the attempt after a loss at `now`, and when that begins.
  TimePoint redial(TimePoint now) {
    wanted(now);
    opened(now);
    lost(now);
    const TimePoint at = reconnect.next().value();
    EXPECT_THAT(timer(at), ElementsAre("dial"));
    return at;
  }

  Reconnect reconnect;
  std::vector<ConnectionEvent> events;
  std::vector<Failure> refusals;
  std::optional<Reconnect::Waiter> waiter;
};

// --- which failures are worth another attempt -----------------------------------------------------------------------------

const std::set<unsigned> final_codes{1002, 1003, 1007, 1008, 1009, 4001, 4401};

TEST(ReconnectRules, EachCloseCode) {
  for (unsigned code = 0; code < 5000; ++code) {
    EXPECT_EQ(worth_another_attempt(lost_with(static_cast<std::uint16_t>(code))), !final_codes.contains(code)) << code;
  }
}

TEST(ReconnectRules, EachHttpStatus) {
  for (unsigned status = 0; status < 1000; ++status) {
    EXPECT_EQ(worth_another_attempt(refused_with(status)), status < 400 || status > 499) << status;
  }
}

TEST(ReconnectRules, EachCause) {
  const std::set<errc> passing{errc::connection_lost, errc::connect_failed, errc::connect_timeout, errc::handshake_refused};
  for (int code = 0; code <= static_cast<int>(errc::end_of_stream); ++code) {
    const auto cause = static_cast<errc>(code);
    EXPECT_EQ(worth_another_attempt(of(cause)), passing.contains(cause)) << code_name(cause);
  }
}

// --- each cause in each phase under each option ---------------------------------------------------------------------------

enum class Wish { no_reconnect, reconnect, no_attempt_left };

std::optional<ReconnectOptions> options_for(Wish wish) {
  if (wish == Wish::no_reconnect) return std::nullopt;
  ReconnectOptions options;
  if (wish == Wish::no_attempt_left) options.attempts = 0;
  return options;
}

std::vector<Failure> all_causes() {
  std::vector<Failure> causes;
  for (const unsigned code :
       {0U, 1000U, 1001U, 1005U, 1006U, 1010U, 1011U, 1012U, 1013U, 1014U, 3000U, 4000U, 4002U, 4400U, 4999U}) {
    causes.push_back(lost_with(static_cast<std::uint16_t>(code)));
  }
  for (const unsigned code : final_codes) causes.push_back(lost_with(static_cast<std::uint16_t>(code)));
  for (const unsigned status : {200U, 301U, 400U, 401U, 403U, 404U, 429U, 500U, 502U, 503U})
    causes.push_back(refused_with(status));
  for (const errc code : {errc::connect_failed, errc::connect_timeout, errc::tls_failed, errc::protocol_error,
                          errc::message_too_big, errc::token_store, errc::wrong_origin, errc::invalid_token}) {
    causes.push_back(of(code));
  }
  return causes;
}

std::string name_of(const Failure& failure) {
  return failure.agent_code + " " + std::to_string(failure.close_code) + " " + std::to_string(failure.http_status);
}

TEST(ReconnectTable, AConnectThatSomebodyAskedForIsTriedOnce) {
  for (const Wish wish : {Wish::no_reconnect, Wish::reconnect, Wish::no_attempt_left}) {
    for (const Failure& cause : all_causes()) {
      Machine machine{options_for(wish)};
      EXPECT_THAT(machine.wanted(t0), ElementsAre("dial"));
      EXPECT_FALSE(machine.waiter) << "the attempt has a deadline itself";
      EXPECT_THAT(machine.failed(t0, cause), ElementsAre("refuse all")) << name_of(cause);
      EXPECT_FALSE(machine.reconnect.next());
      EXPECT_THAT(machine.wanted(t0), ElementsAre("dial")) << "the next request connects anew";
    }
  }
}

TEST(ReconnectTable, ALossOfAnOpenConnection) {
  for (const Failure& cause : all_causes()) {
    const bool again = worth_another_attempt(cause);
    for (const Wish wish : {Wish::no_reconnect, Wish::reconnect, Wish::no_attempt_left}) {
      Machine machine{options_for(wish)};
      machine.wanted(t0);
      EXPECT_THAT(machine.opened(t0), ElementsAre("connected"));
      const auto said = machine.lost(t0 + 1s, cause, 3);
      EXPECT_EQ(machine.events[1].ended_requests, 3U);
      EXPECT_EQ(machine.events[1].failure->close_code, cause.close_code);
      if (wish == Wish::no_reconnect) {
        EXPECT_THAT(said, ElementsAre("lost")) << name_of(cause);
      } else if (wish == Wish::reconnect && again) {
        EXPECT_THAT(said, ElementsAre("lost", "retrying 1")) << name_of(cause);
        EXPECT_TRUE(machine.reconnect.next());
        continue;
      } else {
        EXPECT_THAT(said, ElementsAre("lost", "refuse all", "gave_up")) << name_of(cause);
      }
      EXPECT_FALSE(machine.reconnect.next());
      EXPECT_THAT(machine.wanted(t0 + 2s), ElementsAre("dial"));
    }
  }
}

TEST(ReconnectTable, AnAttemptAfterALoss) {
  for (const Failure& cause : all_causes()) {
    for (const bool last : {false, true}) {
      ReconnectOptions options;
      if (last) options.attempts = 1;
      Machine machine{options};
      const TimePoint at = machine.redial(t0);
      EXPECT_THAT(machine.wanted(at), IsEmpty());
      EXPECT_TRUE(machine.waiter);
      const auto said = machine.failed(at + 1s, cause);
      if (!last && worth_another_attempt(cause)) {
        EXPECT_THAT(said, ElementsAre("retrying 2")) << name_of(cause) << ": who waits, waits on";
      } else {
        EXPECT_THAT(said, ElementsAre("refuse all", "gave_up")) << name_of(cause);
        EXPECT_FALSE(machine.reconnect.next());
      }
    }
  }
}

// --- stories --------------------------------------------------------------------------------------------------------------

TEST(ReconnectTest, WhatIsAskedMeanwhileWaitsUpToTheConnectTimeout) {
  ReconnectOptions options;
  options.first = 1h;
  options.longest = 1h;
  Machine machine{options};
  machine.wanted(t0);
  machine.opened(t0);
  machine.lost(t0, lost_with(1012));
  ASSERT_GT(machine.reconnect.next().value(), t0 + 10s) << "the seed is to leave time for this test";
  EXPECT_THAT(machine.wanted(t0 + 1s), IsEmpty()) << "a request does not hurry the back-off";
  EXPECT_EQ(machine.waiter, 1U);
  machine.wanted(t0 + 2s);
  EXPECT_EQ(machine.waiter, 2U);
  EXPECT_EQ(machine.reconnect.next(), t0 + 6s);
  EXPECT_THAT(machine.timer(t0 + 6s - 1ns), IsEmpty());
  EXPECT_THAT(machine.timer(t0 + 6s), ElementsAre("refuse 1"));
  EXPECT_EQ(machine.refusals[0].code, errc::connect_timeout);
  EXPECT_THAT(machine.refusals[0].message, AllOf(HasSubstr("not back within 5 s"), HasSubstr("gone")));
  EXPECT_EQ(machine.reconnect.next(), t0 + 7s);
}

TEST(ReconnectTest, AConnectTimeoutWithoutEndIsNeverOver) {
  Reconnect reconnect{ReconnectOptions{}, Duration::max(), 7};
  Reconnect::Actions actions;
  reconnect.wanted(t0 + 1h, actions);
  reconnect.opened(t0 + 1h, {}, actions);
  reconnect.lost(t0 + 1h, lost_with(0), 0, actions);
  EXPECT_TRUE(reconnect.wanted(t0 + 1h, actions));
  actions.clear();
  reconnect.timer(t0 + 1000h, actions);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Reconnect::Dial>(actions[0])) << "and nobody is refused";
}

TEST(ReconnectTest, WhatWaitsIsServedWhenItIsBack) {
  Machine machine{ReconnectOptions{}};
  const TimePoint at = machine.redial(t0);
  machine.wanted(at);
  EXPECT_THAT(machine.opened(at + 1s), ElementsAre("connected"));
  EXPECT_FALSE(machine.reconnect.next()) << "nobody waits any more";
}

TEST(ReconnectTest, TheWaitsStartAfreshAfterACalmConnection) {
  for (const bool calm : {false, true}) {
    Machine machine{ReconnectOptions{}};
    machine.wanted(t0);
    machine.opened(t0);
    TimePoint now = t0;
    for (std::uint32_t attempt = 1; attempt <= 6; ++attempt) {
      EXPECT_THAT(machine.lost(now), ElementsAre("lost", "retrying " + std::to_string(attempt)));
      now = machine.reconnect.next().value();
      machine.timer(now);
      machine.opened(now);
    }
    now += calm ? 30s : 30s - 1ns;
    EXPECT_THAT(machine.lost(now), ElementsAre("lost", calm ? "retrying 1" : "retrying 7"));
  }
}

TEST(ReconnectTest, GivesUpAfterSoManyAttemptsAndSaysSo) {
  ReconnectOptions options;
  options.attempts = 3;
  Machine machine{options};
  TimePoint now = machine.redial(t0);
  for (const char* next : {"retrying 2", "retrying 3"}) {
    EXPECT_THAT(machine.failed(now), ElementsAre(next));
    now = machine.reconnect.next().value();
    machine.timer(now);
  }
  EXPECT_THAT(machine.failed(now), ElementsAre("refuse all", "gave_up"));
  EXPECT_THAT(machine.events.back().failure->message, HasSubstr("gave up after 3 attempts: it failed"));
  EXPECT_THAT(machine.wanted(now), ElementsAre("dial"));
  machine.opened(now);
  EXPECT_THAT(machine.lost(now), ElementsAre("lost", "retrying 1")) << "asked for anew, it counts anew";
}

TEST(ReconnectTest, CloseEndsItInEachPhase) {
  Machine idle{ReconnectOptions{}};
  EXPECT_THAT(idle.closed(), IsEmpty());

  Machine dialling{ReconnectOptions{}};
  dialling.wanted(t0);
  EXPECT_THAT(dialling.closed(), IsEmpty()) << "nothing was told of it before";
  EXPECT_THAT(dialling.wanted(t0), ElementsAre("dial"));

  Machine open{ReconnectOptions{}};
  open.wanted(t0);
  open.opened(t0);
  EXPECT_THAT(open.closed(), ElementsAre("closed"));
  EXPECT_THAT(open.wanted(t0), ElementsAre("dial"));

  Machine backing_off{ReconnectOptions{}};
  backing_off.wanted(t0);
  backing_off.opened(t0);
  backing_off.lost(t0);
  EXPECT_TRUE(backing_off.reconnect.backing_off());
  backing_off.wanted(t0);
  EXPECT_THAT(backing_off.closed(), ElementsAre("closed"));
  EXPECT_FALSE(backing_off.reconnect.next());
  EXPECT_THAT(backing_off.timer(t0 + 1h), IsEmpty());

  Machine again{ReconnectOptions{}};
  again.wanted(again.redial(t0));
  EXPECT_THAT(again.closed(), ElementsAre("closed"));
  EXPECT_THAT(again.timer(t0 + 1h), IsEmpty());
  EXPECT_THAT(again.closed(), IsEmpty()) << "once";
}

TEST(ReconnectTest, ALoginsConnectionTakesOver) {
  Machine backing_off{ReconnectOptions{}};
  backing_off.wanted(t0);
  backing_off.opened(t0);
  backing_off.lost(t0);
  backing_off.wanted(t0 + 1ms);
  EXPECT_THAT(backing_off.replaced(t0 + 2ms), ElementsAre("connected"));
  EXPECT_FALSE(backing_off.reconnect.backing_off());
  EXPECT_EQ(backing_off.reconnect.next(), t0 + 1ms + patience) << "who waits for the old one has its deadline still";
  EXPECT_THAT(backing_off.timer(t0 + 1h), ElementsAre("refuse 1")) << "and no attempt";

  Machine fresh{ReconnectOptions{}};
  EXPECT_THAT(fresh.replaced(t0), ElementsAre("connected"));
  EXPECT_THAT(fresh.lost(t0 + 1s), ElementsAre("lost", "retrying 1"));
}

// --- any schedule ---------------------------------------------------------------------------------------------------------

struct Step {
  TimePoint now;
  std::vector<std::string> said;
  bool operator==(const Step&) const = default;
};

/// What may happen next, at random, for `steps`; checks after each step what must hold.
class Schedule {
 public:
  Schedule(std::uint64_t seed, ReconnectOptions options) : random_{seed}, options_{options}, machine_{options, seed} {}

  std::vector<Step> run(int steps) {
    std::vector<Step> trace;
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) trace.push_back({now_, step()});
    return trace;
  }

 private:
  std::vector<std::string> step() {
    const auto next = machine_.reconnect.next();
    const TimePoint then = now_ + std::chrono::milliseconds{pick(2000)};
    if (next && *next <= then) {
      EXPECT_GE(*next, now_) << "what was due has been done";
      now_ = std::max(now_, *next);
      return check(machine_.timer(now_));
    }
    now_ = then;
    switch (pick(8)) {
      case 0:
      case 1: {
        if (open_) return {};
        const auto said = check(machine_.wanted(now_));
        if (machine_.waiter && !said.empty()) ADD_FAILURE() << "waits, and is dialled for";
        if (machine_.waiter) waits_[*machine_.waiter] = now_ + patience;
        return said;
      }
      case 2:
      case 3:
      case 4: {
        if (!dialled_) return {};
        dialled_ = false;
        if (pick(2) == 0) {
          open_ = true;
          waits_.clear();
          return check(machine_.opened(now_));
        }
        return check(machine_.failed(now_, pick(8) == 0 ? of(errc::tls_failed) : of(errc::connect_failed)));
      }
      case 5:
      case 6:
        if (!open_) return {};
        open_ = false;
        return check(machine_.lost(now_, lost_with(pick(8) == 0 ? 4401 : 1006)));
      default:
        if (pick(5) == 0) {
          open_ = true;
          dialled_ = false;
          return check(machine_.replaced(now_));
        }
        if (pick(5) != 0) return {};
        open_ = dialled_ = false;
        waits_.clear();
        const auto said = check(machine_.closed());
        EXPECT_FALSE(machine_.reconnect.next()) << "nothing happens after close";
        return said;
    }
  }

  std::vector<std::string> check(std::vector<std::string> said) {
    for (const std::string& each : said) {
      if (each == "dial") {
        EXPECT_FALSE(dialled_) << "two attempts at once";
        EXPECT_FALSE(open_) << "an attempt beside an open connection";
        dialled_ = true;
      } else if (each == "refuse all") {
        waits_.clear();
      } else if (each.starts_with("refuse ")) {
        const auto waiter = waits_.extract(std::stoull(each.substr(7)));
        EXPECT_FALSE(waiter.empty()) << "it does not wait";
        if (!waiter.empty()) {
          EXPECT_EQ(waiter.mapped(), now_) << "neither sooner nor later";
        }
      }
    }
    for (const auto& [waiter, until] : waits_) EXPECT_GE(until, now_) << "waits too long";
    for (; seen_ < machine_.events.size(); ++seen_) {
      const ConnectionEvent& event = machine_.events[seen_];
      if (event.kind != Kind::retrying) continue;
      const auto doubled = options_.first * (std::int64_t{1} << std::min<std::uint32_t>(event.attempt - 1, 20));
      EXPECT_GE(event.delay, 0ns);
      EXPECT_LE(event.delay, std::min<Duration>(options_.longest, doubled));
    }
    return said;
  }

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  std::mt19937_64 random_;
  ReconnectOptions options_;
  Machine machine_;
  TimePoint now_ = t0;
  bool dialled_ = false;
  bool open_ = false;
  std::map<Reconnect::Waiter, TimePoint> waits_;
  std::size_t seen_ = 0;
};

TEST(ReconnectSchedules, KeepTheirPromises) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ReconnectOptions options;
    if (seed % 3 == 1) options.attempts = static_cast<std::uint32_t>(seed % 7);
    if (seed % 3 == 2) options.longest = 1s;
    Schedule{seed, options}.run(400);
    if (HasFailure()) break;
  }
}

TEST(ReconnectSchedules, TheSameSeedIsTheSameSchedule) {
  EXPECT_EQ((Schedule{42, {}}.run(400)), (Schedule{42, {}}.run(400)));
  EXPECT_NE((Schedule{42, {}}.run(400)), (Schedule{43, {}}.run(400)));
}

TEST(ReconnectSchedules, TheJitterIsFull) {
  std::vector<Duration> delays;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Machine machine{ReconnectOptions{}, seed};
    machine.wanted(t0);
    machine.opened(t0);
    machine.lost(t0);
    delays.push_back(machine.events.back().delay);
  }
  const auto [least, most] = std::minmax_element(delays.begin(), delays.end());
  EXPECT_LT(*least, 5ms);
  EXPECT_GT(*most, 245ms);
}

}  // namespace
}  // namespace procedura::detail
