// Who judges the judge: the catalogue of broken agents, and what counts as caught.
#include "load.hpp"
#include "sabotages.hpp"
#include "score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::conformance::mutants {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<std::string> none;
const std::vector<BrokenAgent> nobody;

TEST(Catalogue, has_a_broken_agent_for_every_check) {
  EXPECT_EQ(lint(broken_agents(), server_cases()), none);
  EXPECT_GE(broken_agents().size(), 60U);
}

BrokenAgent no_ack() {
  return {
      .name = "no-ack", .clause = "SYN-1", .checks = {"sync/lifecycle:ack-first"}, .breaks = "sends no ack", .overlay = "{}"};
}

TEST(CatalogueLint, tells_each_mistake) {
  const auto complaints_about = [](BrokenAgent agent) {
    Registry registry;
    registry.push_back(*std::find_if(server_cases().begin(), server_cases().end(),
                                     [](const CaseSpec& spec) { return spec.id == "sync/lifecycle"; }));
    registry.back().checks.resize(1);  // ack-first
    return lint(std::vector<BrokenAgent>{std::move(agent)}, registry);
  };
  EXPECT_THAT(complaints_about(no_ack()), IsEmpty());
  const auto wrong = [&](auto spoil) {
    BrokenAgent agent = no_ack();
    spoil(agent);
    return complaints_about(agent);
  };
  EXPECT_THAT(wrong([](BrokenAgent& a) { a.name = "No Ack"; }), ElementsAre(HasSubstr("bad or repeated name")));
  EXPECT_THAT(wrong([](BrokenAgent& a) { a.breaks = {}; }), ElementsAre(HasSubstr("does not say what it breaks")));
  EXPECT_THAT(wrong([](BrokenAgent& a) { a.overlay = {}; }), ElementsAre(HasSubstr("breaks nothing")));
  EXPECT_THAT(wrong([](BrokenAgent& a) { a.clause = "SYN-9"; }),
              ElementsAre(HasSubstr("does not exist: SYN-9"), HasSubstr("of SYN-1 and not of SYN-9"),
                          HasSubstr("turned red by nothing")));
  EXPECT_THAT(wrong([](BrokenAgent& a) { a.checks.emplace_back("sync/lifecycle:nap"); }),
              ElementsAre(HasSubstr("a check that does not exist: sync/lifecycle:nap")));
}

TEST(CatalogueLint, wants_a_reason_or_a_broken_agent_and_not_both) {
  Registry registry;
  registry.push_back(*std::find_if(server_cases().begin(), server_cases().end(),
                                   [](const CaseSpec& spec) { return spec.id == "sync/lifecycle"; }));
  registry.back().checks.resize(1);
  EXPECT_THAT(lint(nobody, registry), ElementsAre(HasSubstr("gives no reason")));
  registry.back().checks.front().unproven = "nobody can break it";
  EXPECT_THAT(lint(nobody, registry), IsEmpty());
  EXPECT_THAT(lint(std::vector<BrokenAgent>{no_ack()}, registry), ElementsAre(HasSubstr("says that it cannot be")));
}

/// A report in which each check of sync/lifecycle came to `outcome`.
RunReport report_of(Outcome outcome) {
  RunReport report;
  for (const CaseSpec& spec : server_cases()) {
    if (spec.id == "sync/lifecycle") {
      CaseResult result;
      result.spec = &spec;
      for (const CheckSpec& check : spec.checks) {
        result.checks.push_back({&check, outcome, "what came"});
      }
      report.cases.push_back(std::move(result));
    }
  }
  return report;
}

TEST(Trial, counts_only_what_is_red_as_it_is_bound_to_be_and_proven) {
  const std::vector<std::string> proof = {"it fired"};
  const auto faults = [](const RunReport& report, const std::vector<std::string>& evidence,
                         std::optional<Outcome> wanted = {}) {
    return faults_of({"sync/lifecycle:ack-first"}, wanted, report, evidence);
  };
  EXPECT_THAT(faults(report_of(Outcome::fail), proof), IsEmpty());
  EXPECT_THAT(faults(report_of(Outcome::fail), {}), ElementsAre(HasSubstr("nothing in the journal")));
  for (const Outcome outcome : {Outcome::pass, Outcome::warn, Outcome::info, Outcome::untestable, Outcome::not_applicable}) {
    EXPECT_THAT(faults(report_of(outcome), proof), ElementsAre(HasSubstr("should be FAIL and is"))) << to_string(outcome);
  }
  EXPECT_THAT(faults({}, proof), ElementsAre(HasSubstr("did not report")));
  EXPECT_THAT(faults(report_of(Outcome::harness), proof), SizeIs(::testing::Ge(2U)));
  EXPECT_THAT(faults(report_of(Outcome::warn), proof, Outcome::warn), IsEmpty());
}

std::vector<Trial> trials(std::size_t must, std::size_t must_caught, std::size_t other, std::size_t other_caught) {
  std::vector<Trial> out;
  for (std::size_t i = 0; i < must + other; ++i) {
    Trial trial;
    trial.name = "some";
    trial.clause = "SYN-1";
    trial.breaks = "breaks";
    trial.must = i < must;
    trial.named = {"sync/lifecycle:ack-first"};
    trial.reports = {{"sync/lifecycle:ack-first", Outcome::fail},
                     {"sync/lifecycle:order", Outcome::warn},
                     {"sync/lifecycle:result", Outcome::pass}};
    if (i < must ? i >= must_caught : i - must >= other_caught) {
      trial.faults.emplace_back("it passed");
    }
    out.push_back(std::move(trial));
  }
  return out;
}

TEST(Score, wants_every_must_and_95_of_a_hundred_others) {
  EXPECT_TRUE(score_of(trials(3, 3, 20, 19)).good());
  EXPECT_FALSE(score_of(trials(3, 3, 20, 18)).good());
  EXPECT_FALSE(score_of(trials(300, 299, 20, 20)).good());
  EXPECT_TRUE(score_of({}).good());
}

TEST(Score, is_told_by_clause_with_what_survived) {
  const std::string table = score_table(trials(3, 2, 1, 1));
  EXPECT_THAT(table, HasSubstr("SYN-1   MUST    2 of 3\nSYN-1   SHOULD  1 of 1\n"));
  EXPECT_THAT(table, HasSubstr("MUST    2 of 3 (66.7 %)\nothers  1 of 1 (100.0 %)"));
  EXPECT_THAT(table, HasSubstr("SURVIVED some (SYN-1): it breaks\n  it passed"));
}

TEST(Score, has_a_matrix_of_what_turned_red) {
  EXPECT_EQ(matrix(trials(1, 1, 0, 0)), "some (SYN-1): sync/lifecycle:ack-first  also sync/lifecycle:order\n");
  EXPECT_THAT(score_json(trials(1, 1, 0, 0)), HasSubstr(R"("sync/lifecycle:result": "PASS")"));
}

TEST(Verdicts, differ_where_anything_does) {
  const Verdicts before = {{"a", Outcome::pass}, {"b", Outcome::pass}, {"c", Outcome::info}};
  EXPECT_THAT(changed(before, before), IsEmpty());
  EXPECT_THAT(changed(before, {{"a", Outcome::untestable}, {"b", Outcome::pass}, {"d", Outcome::pass}}),
              ElementsAre("a was PASS and is UNTESTABLE", "c did not report", "d did not report before"));
  EXPECT_THAT(not_green(before), IsEmpty());
  EXPECT_THAT(not_green({{"a", Outcome::warn}}), ElementsAre("a is WARN"));
}

// The words that broken agents are made of.

/// What a sabotage makes of a conversation on one connection; texts that the client is sent.
class Wire {
 public:
  explicit Wire(Sabotage sabotage) : sabotage_{std::move(sabotage)} {}

  void ask(std::string text) { pass(sabotage_.from_client, Side::client, Frame::text(std::move(text))); }
  void answer(std::string text) { pass(sabotage_.from_agent, Side::agent, Frame::text(std::move(text))); }

  std::vector<std::string> to_agent;
  std::vector<std::string> to_client;
  std::vector<std::string> fired;

 private:
  void pass(const std::function<void(Frame&, Hand&)>& hook, Side from, Frame frame) {
    tap::Orders orders;
    Hand hand{1, from, orders};
    if (hook) {
      hook(frame, hand);
    }
    collect(orders.to_client, to_client);
    if (!hand.dropped()) {
      (from == Side::client ? to_agent : to_client).push_back(frame.payload);
    }
    collect(hand.after(), from == Side::client ? to_agent : to_client);
    fired.insert(fired.end(), hand.said().begin(), hand.said().end());
  }
  /// Short text frames of an agent.
  static void collect(std::string_view bytes, std::vector<std::string>& into) {
    while (bytes.size() >= 2) {
      const auto size = static_cast<std::size_t>(bytes[1]);
      into.emplace_back(bytes.substr(2, size));
      bytes.remove_prefix(2 + size);
    }
  }

  Sabotage sabotage_;
};

const std::string asked = R"({"id":"1","cmd":"slow","args":[],"mode":"async"})";

TEST(Sabotages, know_which_request_a_reply_belongs_to) {
  std::vector<std::string> seen;
  Wire wire{on_reply("slow", [&seen](Reply& reply) {
    seen.push_back(reply.id + " " + reply.cmd + " " + std::string{to_string(reply.mode)} + " " +
                   std::string{to_string(reply.status)} + " " + std::to_string(reply.nth));
  })};
  wire.ask(asked);
  wire.ask(R"({"id":"2","cmd":"other","args":[],"mode":"sync"})");
  wire.answer(R"({"id":"1","job_id":"j","status":"started"})");
  wire.answer(R"({"job_id":"j","status":"running"})");
  wire.answer(R"({"id":"2","status":"ack"})");
  wire.answer(R"({"id":"1","status":"finished","result":1})");
  wire.answer("no JSON");
  EXPECT_THAT(seen, ElementsAre("1 slow async started 1", "1 slow async running 2", "1 slow async finished 3"));
  EXPECT_THAT(wire.to_client, SizeIs(5));
  EXPECT_THAT(wire.fired, IsEmpty());
}

TEST(Sabotages, count_an_id_anew_when_it_is_used_again) {
  std::vector<std::size_t> seen;
  Wire wire{on_reply("", [&seen](Reply& reply) { seen.push_back(reply.nth); })};
  for (int i = 0; i < 2; ++i) {
    wire.ask(asked);
    wire.answer(R"({"id":"1","status":"started"})");
    wire.answer(R"({"id":"1","status":"error","message":"x"})");
  }
  EXPECT_THAT(seen, ElementsAre(1U, 2U, 1U, 2U));
}

TEST(Sabotages, say_what_they_did_and_nothing_else) {
  Wire wire{replace_in_replies("slow", "finished", "done")};
  wire.ask(asked);
  wire.answer(R"({"id":"1","status":"started"})");
  EXPECT_THAT(wire.fired, IsEmpty());
  wire.answer(R"({"id":"1","status":"finished"})");
  EXPECT_THAT(wire.fired, ElementsAre(HasSubstr("replaced \"finished\"")));
  EXPECT_EQ(wire.to_client.back(), R"({"id":"1","status":"done"})");
}

TEST(Sabotages, drop_repeat_and_answer) {
  Wire dropping{drop_replies("slow", Status::started)};
  dropping.ask(asked);
  dropping.answer(R"({"id":"1","status":"started"})");
  EXPECT_THAT(dropping.to_client, IsEmpty());
  Wire repeating{repeat_replies("slow", Status::started)};
  repeating.ask(asked);
  repeating.answer(R"({"id":"1","status":"started"})");
  EXPECT_THAT(repeating.to_client, SizeIs(2));
  Wire answering{on_request("slow", [](Asked& request) { request.answer({error(request.request.id, "NO", "no")}); })};
  answering.ask(asked);
  EXPECT_THAT(answering.to_agent, IsEmpty());
  EXPECT_THAT(answering.to_client, ElementsAre(HasSubstr("\"NO\"")));
}

TEST(Sabotages, edit_by_the_tree_only_where_that_changes_something) {
  Wire wire{on_reply("slow", [](Reply& reply) { reply.edit([](Json& frame) { frame.erase("job_id"); }); })};
  wire.ask(asked);
  wire.answer(R"({ "id":"1", "status":"started" })");
  EXPECT_EQ(wire.to_client.back(), R"({ "id":"1", "status":"started" })");
  wire.answer(R"({"id":"1","job_id":"j","status":"running"})");
  EXPECT_EQ(wire.to_client.back(), R"({"id":"1","status":"running"})");
  EXPECT_THAT(wire.fired, SizeIs(1));
}

TEST(Sabotages, hold_frames_back_while_a_slow_job_is_live) {
  Wire wire{hold_while_busy([](const Frame& frame) { return frame.payload.find("quick") != std::string::npos; })};
  wire.answer("quick 0");
  wire.ask(asked);
  wire.answer(R"({"id":"1","status":"started"})");
  wire.answer("quick 1");
  EXPECT_THAT(wire.to_client, SizeIs(2));
  wire.answer(R"({"id":"1","status":"finished"})");
  EXPECT_THAT(wire.to_client, ElementsAre("quick 0", HasSubstr("started"), HasSubstr("finished"), "quick 1"));
}

}  // namespace
}  // namespace procedura::conformance::mutants
