#include "degenerate.hpp"

#include "sabotages.hpp"

#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/conformance/tap.hpp>
#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <set>

namespace procedura::conformance::mutants {
namespace {

Sabotage silent() {
  const auto drop = [](Frame&, Hand& hand) { hand.drop(); };
  return {{}, {}, drop, drop};
}

Sabotage closes_at_once() {
  Sabotage sabotage;
  sabotage.response = [](Head&, Hand& hand) {
    hand.send_after(Frame::close(1000));
    hand.hang_up();
  };
  return sabotage;
}

/// What comes instead of an answer to each message. Pings and Closes are answered, as by any WebSocket library.
Sabotage to_messages(std::function<void(Frame&, Hand&)> answer) {
  Sabotage sabotage;
  sabotage.from_client = [answer = std::move(answer)](Frame& frame, Hand& hand) {
    if (!frame.is_control()) {
      hand.drop();
      answer(frame, hand);
    }
  };
  return sabotage;
}

Sabotage echoes() {
  return to_messages([](Frame& frame, Hand& hand) { hand.send(Side::client, frame); });
}

Sabotage finishes_everything() {
  return to_messages([](Frame& frame, Hand& hand) {
    const Json request = Json::parse(frame.payload, nullptr, false);
    const Json id = request.is_object() ? request.value("id", Json()) : Json();
    hand.send(Side::client, Frame::text(Json{{"id", id}, {"status", "finished"}, {"result", Json::object()}}.dump()));
  });
}

/// Frames that are drawn: some whole and of the protocol's own words, some no frames at all. Drawn from what is asked, so that
/// it does not matter what goes on elsewhere.
Sabotage random_frames() {
  return to_messages([](Frame& frame, Hand& hand) {
    std::uint64_t state = 0;
    for (const char c : frame.payload) {
      state = protocol::mix(state, static_cast<unsigned char>(c));
    }
    const auto draw = [&state](std::uint64_t below) { return (state = protocol::mix(state, 1)) % below; };
    const Json request = Json::parse(frame.payload, nullptr, false);
    const std::string id = request.is_object() && request.contains("id") ? request["id"].dump() : "\"x\"";
    static constexpr const char* statuses[] = {"ack", "started", "running", "finished", "error", "lost"};
    for (std::uint64_t i = draw(4); i > 0; --i) {
      switch (draw(4)) {
        case 0:
          hand.send(Side::client, Frame::text(R"({"id":)" + id + R"(,"status":")" + statuses[draw(6)] + R"("})"));
          break;
        case 1:
          hand.send(Side::client, Frame::text(R"({"status":")" + std::string{statuses[draw(6)]} + R"(","job_id":7})"));
          break;
        case 2:
          hand.send(Side::client, Frame::binary(std::string(draw(40), static_cast<char>(draw(256)))));
          break;
        default:
          hand.send(Side::client, Frame::text(std::string(draw(40), static_cast<char>('a' + draw(26)))));
      }
    }
  });
}

}  // namespace

const std::vector<DegenerateAgent>& degenerate_agents() {
  static const std::vector<DegenerateAgent> all = {
      {"silent", "takes the upgrade and never says anything", silent},
      {"closes-at-once", "takes the upgrade and closes", closes_at_once},
      {"echoes", "sends every message back", echoes},
      {"finishes-everything", "answers every message with finished and an empty object", finishes_everything},
      {"random-frames", "answers with frames that are drawn", random_frames}};
  return all;
}

namespace {

/// All cases but those that send megabytes: whether these are answered within so little patience is a matter of the machine.
Registry without_the_big() {
  Registry registry = server_cases();
  std::erase_if(registry, [](const CaseSpec& spec) { return matches("limits/big-*", spec.id) || spec.id == "limits/over"; });
  return registry;
}

/// What a report refers to, in the registry that outlives it.
void point_at_the_original(RunReport& report) {
  for (CaseResult& result : report.cases) {
    const CaseSpec& original = *std::find_if(server_cases().begin(), server_cases().end(),
                                             [&result](const CaseSpec& spec) { return spec.id == result.spec->id; });
    result.spec = &original;
    for (CheckResult& check : result.checks) {
      check.check = original.find(check.check->slug);
    }
  }
}

}  // namespace

std::vector<RunReport> try_degenerate(const DegenerateAgent& agent, const Reference& reference, std::uint64_t seed) {
  const mock::MockAgent mock{reference.scenario};
  const Tap tap{mock.port(), agent.sabotage()};
  Profile profile = reference.profile;
  profile.answer_within = std::chrono::milliseconds{1000};  // most of what is waited for never comes
  profile.slow_for = std::chrono::milliseconds{100};
  RunOptions run;
  run.seed = seed;
  run.url = tap.url();
  run.jobs = 32;  // which do little but wait
  run.max_time = std::chrono::minutes{5};
  const auto endpoint = Endpoint::parse(run.url);
  const auto dialers = [&endpoint] { return make_socket_dialer(*endpoint); };
  std::vector<RunReport> reports;
  Registry registry = without_the_big();
  reports.push_back(run_suite(registry, profile, dialers, run));
  point_at_the_original(reports.back());
  // The suite would not get far with such an agent: nothing depends on anything, then, and nobody has to log in.
  for (CaseSpec& spec : registry) {
    spec.after.clear();
  }
  profile.credentials.clear();
  reports.push_back(run_suite(registry, profile, dialers, run));
  point_at_the_original(reports.back());
  return reports;
}

std::vector<std::string> passed(const std::vector<RunReport>& reports) {
  std::set<std::string> out;
  for (const RunReport& report : reports) {
    for (const CaseResult& result : report.cases) {
      for (const CheckResult& check : result.checks) {
        if (check.outcome == Outcome::pass) {
          out.insert(full_id(*result.spec, *check.check));
        }
      }
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace procedura::conformance::mutants
