#include "program/compare_command.hpp"

#include "compare/pairs.hpp"
#include "io/agent_process.hpp"
#include "io/interruption.hpp"
#include "io/machine.hpp"
#include "io/runner.hpp"
#include "program/compare_arguments.hpp"
#include "program/output_files.hpp"
#include "program/preparation.hpp"
#include "report/live.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/url.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <optional>
#include <ostream>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

constexpr int invalid = 98;
// The connections of an agent that dies are reset before it can be waited for.
constexpr std::chrono::milliseconds time_to_die{500};

const char* name_of(Side side) {
  return side == Side::a ? "A" : "B";
}

/// How the comparison stands, on stderr: a line that is written over on a terminal, a line now and then otherwise.
class Standing {
 public:
  Standing(Process& process, std::size_t pairs) : process_{process}, pairs_{pairs} {}
  ~Standing() { wipe(); }
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;

  void wipe() {
    if (process_.err_is_terminal) process_.err << erase_drawing << std::flush;
  }
  void show(const Pairs::Turn& turn) {
    const auto now = std::chrono::steady_clock::now();
    if (!process_.err_is_terminal && turn.pair > 0 && now - shown_ < std::chrono::seconds{5}) return;
    shown_ = now;
    text_ = fmt::format("pair {} of {}, {}", turn.pair + 1, pairs_, name_of(turn.side));
    process_.err << (process_.err_is_terminal ? drawing_of({text_}) : text_ + "\n") << std::flush;
  }
  void show_again() {
    if (process_.err_is_terminal) process_.err << drawing_of({text_}) << std::flush;
  }

 private:
  Process& process_;
  std::size_t pairs_;
  std::chrono::steady_clock::time_point shown_;
  std::string text_;
};

/// Measures one side after the other, as `Pairs` says.
class Comparison {
 public:
  Comparison(ComparePlan plan, Process& process)
      : plan_{std::move(plan)}, process_{process}, standing_{process, plan_.pairs}, secrets_{secrets_of(plan_.run, process)} {}

  int run() {
    Pairs pairs{plan_};
    while (const auto turn = pairs.next()) {
      standing_.show(*turn);
      auto run = measure(turn->side);
      if (run) {
        pairs.add(*std::move(run));
      } else {
        pairs.interrupt();
      }
    }
    standing_.wipe();
    return write_reports(pairs.record(surroundings()));
  }

 private:
  struct Prepared {
    Plan plan;
    RunSetting setting;
  };

  /// Nothing: interrupted.
  std::optional<SideRun> measure(Side side) {
    const std::string& given = side == Side::a ? plan_.a : plan_.b;
    if (!is_command(given)) return measure(side, given, nullptr);

    auto started = AgentProcess::start(given, plan_.start_within, [this] { return interruption_.requested(); });
    if (interruption_.requested()) return std::nullopt;
    if (const auto* trouble = std::get_if<AgentTrouble>(&started)) refuse_agent(side, *trouble, trouble->message);
    auto& agent = std::get<AgentProcess>(started);
    return measure(side, agent.url(), &agent);
  }

  std::optional<SideRun> measure(Side side, const std::string& url, const AgentProcess* agent) try {
    auto& prepared = prepared_.at(static_cast<std::size_t>(side));
    if (agent != nullptr || !prepared) prepared = prepare_for(url);  // at an agent that stays one login will do
    auto [plan, setting] = *prepared;

    // A run of its own, so that traffic and CPU time of the other are those of the measured jobs.
    Plan warm_up = plan;
    warm_up.load.duration = std::exchange(plan.load.warm_up, Nanos{0});
    warm_up.load.warm_up = Nanos{0};
    if (warm_up.load.duration > Nanos{0} && !load(warm_up, setting)) return std::nullopt;

    const auto cpu = [agent] { return agent == nullptr ? Nanos{0} : agent->cpu_time(); };
    const Nanos before = cpu();
    auto result = load(plan, setting);
    const Nanos after = cpu();
    if (!result) return std::nullopt;
    const Nanos patience = result->connections_lost > 0 ? time_to_die : Nanos{0};
    if (agent != nullptr && !agent->trouble(patience).message.empty()) throw Refused{could_not_run, "it ended during its run"};
    if (result->metrics.jobs().finished == 0) throw Refused{invalid, judge(plan, *result).reasons.front()};
    return SideRun{*std::move(result), after > before ? std::optional{after - before} : std::nullopt};
  } catch (const Refused& refused) {
    if (interruption_.requested()) return std::nullopt;
    AgentTrouble trouble = agent == nullptr ? AgentTrouble{} : agent->trouble(time_to_die);
    if (!trouble.message.empty()) refuse_agent(side, trouble, trouble.message + " during its run");
    refuse_agent(side, trouble, refused.message, refused.exit_code);
  }

  Prepared prepare_for(const std::string& url) {
    Prepared prepared{plan_.run, {}};
    prepared.plan.url = url;
    prepared.plan.floor = false;  // it has nothing to say of a difference
    standing_.wipe();             // there may be something to say of the URL
    std::optional<Interruption::Impatience> impatience;
    if (plan_.run.credential_env) impatience.emplace(interruption_);  // an agent may not answer a login
    prepared.setting = prepare(prepared.plan, process_);
    standing_.show_again();
    return prepared;
  }

  // What one agent was told, another may say.
  std::string without_secrets(std::string_view text) const {
    std::string shown = secrets_(text);
    for (const auto& side : prepared_) {
      if (side) shown = side->setting.redactor(shown);
    }
    return shown;
  }

  /// Nothing: interrupted.
  std::optional<RunResult> load(const Plan& plan, const RunSetting& setting) {
    if (interruption_.requested()) return std::nullopt;
    auto result = run_load(plan, setting);
    if (interruption_.requested()) return std::nullopt;
    if (!result) throw Refused{could_not_run, describe(result.error())};
    return *std::move(result);
  }

  [[noreturn]] void refuse_agent(Side side, const AgentTrouble& trouble, std::string_view why, int code = could_not_run) {
    standing_.wipe();
    if (!trouble.last_words.empty()) {
      say(process_, fmt::format("{} wrote last:", name_of(side)));
      process_.err << protocol::printable(without_secrets(trouble.last_words), true)
                   << (trouble.last_words.back() == '\n' ? "" : "\n");
    }
    const std::string_view given = side == Side::a ? plan_.a : plan_.b;
    throw Refused{code,
                  fmt::format("{} ({}): {}", name_of(side), protocol::printable(shown_side(given)), without_secrets(why))};
  }

  int write_reports(const ComparisonRecord& comparison) {
    const ComparisonVerdict verdict = judge(comparison);
    const auto& out = plan_.run.out.json;
    const auto& html = plan_.run.out.html;
    const bool json_to_out = out == "-";
    (json_to_out ? process_.err : process_.out) << without_secrets(text_report(comparison, verdict)) << std::flush;
    if (json_to_out) {
      process_.out << secrets_.json(json_report(comparison, verdict)) << std::flush;
    } else if (out) {
      write_file(*out, secrets_.json(json_report(comparison, verdict)));
    }
    if (html) write_file(*html, html_report(comparison, verdict, secrets_));
    if (!process_.out) throw Refused{could_not_run, "cannot write to standard output"};
    return exit_code(verdict);
  }

  ComparePlan plan_;
  Process& process_;
  Standing standing_;
  Interruption interruption_;
  std::array<std::optional<Prepared>, 2> prepared_;
  protocol::Redactor secrets_;  // those that were given; what agents hand out is taken out of what they say when it comes
};

// Before anything is started: each side has a URL that can be connected to, as what is said of TLS wants it.
void check_sides(const ComparePlan& plan) {
  const auto check = [&](std::string_view option, const std::string& given) {
    bool secure = false;
    if (!is_command(given)) {
      const auto endpoint = Endpoint::parse(given);
      if (!endpoint) throw Refused{bad_usage, fmt::format("{}: {}", option, describe(endpoint.error()))};
      secure = endpoint->secure;
    }
    if (secure || (!plan.run.tls.ca && !plan.run.tls.insecure)) return;
    throw Refused{bad_usage, fmt::format("{} goes with two wss:// URLs, and nothing is encrypted on the way to {}",
                                         plan.run.tls.ca ? "--ca" : "--insecure", option)};
  };
  check("--a", plan.a);
  check("--b", plan.b);
}

int compare_and_report(std::span<const std::string> arguments, Process& process) {
  auto parsed = parse_compare(arguments);
  if (auto* wrong = std::get_if<UsageError>(&parsed)) throw Refused{bad_usage, std::move(wrong->message)};
  auto& plan = std::get<ComparePlan>(parsed);
  check_sides(plan);
  check_outputs(plan.run.out, inputs_of(plan.run));
  return Comparison{std::move(plan), process}.run();
}

}  // namespace

Command compare_command() {
  return {"compare", "say whether two agents differ, by alternated pairs of runs", compare_help, compare_and_report};
}

}  // namespace procedura::bench
