// The same seed, the same frames and faults, whatever the concurrency: 64 connections are opened one after the other and then
// driven one by one, and in many orders of interleaving. What the journal has of each must not differ.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

#include <random>

namespace procedura::mock::engine {
namespace {

constexpr std::size_t connections = 64;
constexpr std::size_t rounds = 3;

constexpr auto world_text = R"({"version": 1, "seed": 11,
  "auth": {"required": false, "users": {"ada": "engine", "bob": "tables"}},
  "faults": [{"fault": {"latency": {"lognormal": {"median": "5ms", "sigma": 0.5}}}, "when": {"connection": {"atMost": 20}}}],
  "stubs": [
  {"name": "dice", "match": {"cmd": "dice"}, "reply": ["accept",
     {"repeat": "${random.int(1, 4)}", "as": "i", "steps": [
       {"delay": {"uniform": {"min": "1ms", "max": "40ms"}}}, {"running": {"roll": "${random.int(1, 1000000)}"}}]},
     {"fault": {"latency": {"normal": {"mean": "5ms", "stddev": "2ms"}}}},
     {"set": {"rolls": "${(var.rolls ?? 0) + 1}"}, "scope": "connection"},
     {"finished": {"uuid": "${random.uuid}", "rolls": "${var.rolls}"}}]},
  {"name": "quick", "match": {"cmd": "quick"}, "reply": [{"finished": "${random.uuid}"}]},
  {"name": "wrong", "match": {"cmd": "wrong"}, "reply": [{"fault": "wrong-id"}, {"running": {}}, {"fault": "unknown-job"},
     {"delay": {"uniform": {"min": "1ms", "max": "9ms"}}}, {"finished": 1}]}]})";

/// What one connection asks for in one of its rounds, all at once.
std::vector<std::string> round_of(std::size_t connection, std::size_t round) {
  const std::string suffix = std::to_string(round);
  const bool even = connection % 2 == 0;
  return {request_text("dice-" + suffix, "dice", {}, "async"),
          request_text("again-" + suffix, "dice", {}, even ? "sync" : "async"),
          request_text("login-" + suffix, "login_password", {even ? "ada:engine" : "bob:tables"}),
          request_text("shared-" + suffix, "login_password", {"ada:engine", "--device=shared"}),
          request_text("quick-" + suffix, "quick"),
          request_text("wrong-" + suffix, "wrong", {}, "async"),
          request_text("alive-" + suffix, "nothing of the kind"),
          request_text("auth-" + suffix, "__diag_auth")};
}

class World {
 public:
  explicit World(EngineOptions options) : world_{world_text, std::move(options)} {
    // Whether a login joins a session is the one thing in which the first to come differs: here that is nobody of the 64.
    world_.send(world_.connect(), request_text("first", "login_password", {"ada:engine", "--device=shared"}));
    for (std::size_t i = 0; i < connections; ++i) ids_.push_back(world_.connect());
  }

  void round(std::size_t connection) {
    for (const auto& text : round_of(connection, done_[connection])) world_.send(ids_[connection], text);
    ++done_[connection];
  }
  bool has_rounds(std::size_t connection) const { return done_[connection] < rounds; }
  /// Nothing of its last round is under way.
  bool idle(std::size_t connection) {
    for (const auto& job : world_.engine.jobs()) {
      if (job.connection == ids_[connection]) return false;
    }
    return true;
  }
  void advance(Duration by) { world_.advance(by); }

  /// What the journal has of each connection: frames and faults, without times and numbers.
  std::vector<std::vector<std::string>> journals() {
    world_.advance(std::chrono::seconds{10});
    std::map<ConnectionId, std::vector<std::string>> by_connection;
    for (const auto& entry : world_.engine.journal()) {
      if (entry.event == JournalEntry::Event::closed) continue;
      by_connection[entry.connection].push_back(std::to_string(static_cast<int>(entry.direction)) + entry.fault + " " +
                                                entry.stub + " " + std::to_string(entry.step) + " " + entry.frame);
    }
    EXPECT_EQ(world_.engine.journal_kept().dropped(), 0U) << "all of it is compared";
    std::vector<std::vector<std::string>> list;
    for (const auto id : ids_) list.push_back(by_connection[id]);
    return list;
  }
  /// The frames as they left, with their tokens, which the journal does not show.
  std::vector<std::vector<std::string>> frames() const {
    std::map<ConnectionId, std::vector<std::string>> by_connection;
    for (const auto& [connection, text] : world_.texts) by_connection[connection].push_back(text);
    std::vector<std::vector<std::string>> list;
    for (const auto id : ids_) list.push_back(by_connection[id]);
    return list;
  }

 private:
  Driver world_;
  std::vector<ConnectionId> ids_;
  std::array<std::size_t, connections> done_{};
};

EngineOptions options_with(std::uint64_t seed, double chaos) {
  EngineOptions options;
  options.seed = seed;
  options.chaos = chaos;
  options.journal = {1'000'000, std::size_t{1} << 30U};
  return options;
}

void one_by_one(World& run) {
  for (std::size_t connection = 0; connection < connections; ++connection) {
    while (run.has_rounds(connection)) {
      run.round(connection);
      run.advance(std::chrono::seconds{1});
    }
  }
}

/// Each connection has its next round as soon as it is drawn and has nothing under way; others are in the midst of theirs.
void all_at_once(World& run, std::uint64_t order) {
  std::mt19937_64 random{order};
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < connections; ++i) left.push_back(i);
  while (!left.empty()) {
    const std::size_t at = random() % left.size();
    if (run.idle(left[at])) run.round(left[at]);
    if (!run.has_rounds(left[at])) left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
    if (random() % 2 == 0) run.advance(std::chrono::microseconds{random() % 7000});
  }
}

TEST(EngineDeterminism, TheSameSeedIsTheSameRunHoweverConnectionsInterleave) {
  for (const double chaos : {0.0, 0.3}) {
    World reference{options_with(11, chaos)};
    one_by_one(reference);
    const auto journals = reference.journals();
    const auto frames = reference.frames();
    std::size_t entries = 0;
    for (const auto& journal : journals) entries += journal.size();
    EXPECT_GT(entries, connections * (chaos > 0 ? 12U : 40U)) << "there is something to compare";

    for (std::uint64_t order = 1; order <= 10; ++order) {
      World run{options_with(11, chaos)};
      all_at_once(run, order);
      const auto others = run.journals();
      for (std::size_t i = 0; i < connections; ++i) {
        ASSERT_EQ(others[i], journals[i]) << "connection " << i + 1 << ", interleaving " << order << ", chaos " << chaos;
        ASSERT_EQ(run.frames()[i], frames[i]) << "connection " << i + 1 << ", interleaving " << order << ", chaos " << chaos;
      }
    }
  }
}

TEST(EngineDeterminism, AnotherSeedIsAnotherRun) {
  World one{options_with(11, 0.3)};
  World other{options_with(12, 0.3)};
  one_by_one(one);
  one_by_one(other);
  EXPECT_NE(one.journals(), other.journals());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < connections; ++i) equal += one.frames()[i] == other.frames()[i];
  EXPECT_EQ(equal, 0U);
}

// The order of logins changes no token: neither of those that are each their own, nor of those that share a device.
TEST(EngineDeterminism, TokensDoNotDependOnWhoComesFirst) {
  const auto tokens = [](bool turned) {
    Driver world{R"({"version": 1, "auth": {"users": {"ada": "engine"}}, "stubs": []})"};
    std::array<ConnectionId, 2> clients{world.connect(), world.connect()};
    std::map<ConnectionId, std::vector<std::string>> given;
    for (int round = 0; round < 2; ++round) {
      for (const std::size_t i : turned ? std::array<std::size_t, 2>{1, 0} : std::array<std::size_t, 2>{0, 1}) {
        for (const auto& args : {std::vector<std::string>{"ada:engine"}, {"ada:engine", "--device=shared"}}) {
          given[clients[i]].push_back(
              world.answer(clients[i], request_text("a", "login_password", args)).at("result").at("session_token"));
        }
      }
    }
    return given;
  };
  const auto given = tokens(false);
  EXPECT_EQ(tokens(true), given);
  std::set<std::string> different;
  for (const auto& [client, list] : given) different.insert(list.begin(), list.end());
  EXPECT_EQ(different.size(), 5U) << "four of their own, and a shared one";
}

}  // namespace
}  // namespace procedura::mock::engine
