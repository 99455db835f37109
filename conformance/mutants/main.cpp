// procedura-mutation: judges the suite by agents that break one rule each, by some that do nothing sensible, and by one that is
// correct on a machine that is busy.
#include "degenerate.hpp"
#include "load.hpp"
#include "score.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

namespace procedura::conformance::mutants {
namespace {

// What is judged as a user would judge it: more cases at a time would be a load of their own.
constexpr unsigned suite_jobs = 2;

const std::vector<std::string> all_parts = {"agents", "clients", "degenerate", "load"};

struct Settings {
  std::vector<std::string> parts = all_parts;
  std::vector<std::string> only;
  unsigned jobs = 3 * std::max(1U, std::thread::hardware_concurrency());  // a trial mostly waits
  unsigned load_runs = 50;
  std::uint64_t seed = 1;
  bool renew = false;
  std::string json_file;
  std::string matrix_file;
  std::string folder = PROCEDURA_CONFORMANCE_DIR;
  std::string client_profile = PROCEDURA_CONFORMANCE_DIR "/../tests/interop/broken_client/profile.json";

  bool does(std::string_view part) const { return std::find(parts.begin(), parts.end(), part) != parts.end(); }
};

bool write(const std::string& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary};
  out << text;
  out.close();
  if (!out) {
    std::cerr << "procedura-mutation: cannot write " << file << "\n";
  }
  return static_cast<bool>(out);
}

template <class Broken>
std::vector<const Broken*> chosen(const std::vector<Broken>& catalogue, const Settings& settings) {
  std::vector<const Broken*> out;
  for (const Broken& broken : catalogue) {
    if (settings.only.empty() || std::find(settings.only.begin(), settings.only.end(), broken.name) != settings.only.end()) {
      out.push_back(&broken);
    }
  }
  return out;
}

/// Several at a time, told in the catalogue's order.
template <class Broken>
std::vector<Trial> try_all(const std::vector<const Broken*>& broken, const std::function<Trial(const Broken&)>& try_one,
                           unsigned jobs) {
  std::vector<Trial> trials(broken.size());
  std::atomic<std::size_t> next = 0;
  std::mutex telling;
  const auto work = [&] {
    for (std::size_t i = next++; i < broken.size(); i = next++) {
      trials[i] = try_one(*broken[i]);
      const std::lock_guard lock{telling};
      std::cerr << fmt::format("{:<9} {} ({} ms)\n", trials[i].caught() ? "caught" : "SURVIVED", trials[i].name,
                               trials[i].took.count());
    }
  };
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < jobs; ++i) {
    helpers.emplace_back(work);
  }
  work();
  helpers.clear();
  return trials;
}

bool tell(const std::string& what, const std::vector<std::string>& faults) {
  std::cout << what << (faults.empty() ? ": as it should be\n" : "\n");
  for (const std::string& fault : faults) {
    std::cout << "  " << fault << "\n";
  }
  return faults.empty();
}

/// The sums, and the files that were asked for: `FILE` for agents, `FILE` with `clients` before its ending for clients.
bool tell(const std::vector<Trial>& trials, const std::string& what, const Settings& settings) {
  std::cout << "\n" << trials.size() << " broken " << what << "\n" << score_table(trials) << "\n";
  bool good = score_of(trials).good();
  const auto name = [&what](const std::string& file) {
    const auto dot = file.rfind('.');
    return what == "agents"           ? file
           : dot == std::string::npos ? file + "-" + what
                                      : file.substr(0, dot) + "-" + what + file.substr(dot);
  };
  if (!settings.json_file.empty()) {
    good = write(name(settings.json_file), score_json(trials)) && good;
  }
  if (!settings.matrix_file.empty()) {
    good = write(name(settings.matrix_file), matrix(trials)) && good;
  }
  return good;
}

bool run_agents(const Reference& reference, const Settings& settings) {
  bool good = tell("the catalogue of broken agents", lint(broken_agents(), server_cases()));
  // What turns red below does so because of what was broken: here nothing is, behind the same tap.
  good = tell("the reference agent, nothing broken", not_green(judge_reference(reference, suite_jobs, settings.seed, true))) &&
         good;
  const auto trials = try_all<BrokenAgent>(
      chosen(broken_agents(), settings),
      [&](const BrokenAgent& agent) { return try_agent(agent, reference, {.seed = settings.seed}); }, settings.jobs);
  return tell(trials, "agents", settings) && good;
}

bool run_clients(const Settings& settings) {
  const ClientProfile reference = reference_client(settings.client_profile);
  bool good = tell("the catalogue of broken clients", lint(broken_clients(), client_cases()));
  good = tell("the reference client, nothing broken", not_green(judge_client(reference, settings.jobs, settings.seed))) && good;
  const auto trials = try_all<BrokenClient>(
      chosen(broken_clients(), settings),
      [&](const BrokenClient& client) { return try_client(client, reference, {.seed = settings.seed}); }, settings.jobs);
  return tell(trials, "clients", settings) && good;
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

bool run_degenerate(const Reference& reference, const Settings& settings) {
  bool good = true;
  // All at once: what they cost is mostly waiting for answers that never come.
  std::vector<std::future<std::vector<RunReport>>> running;
  for (const DegenerateAgent& agent : degenerate_agents()) {
    running.push_back(std::async(std::launch::async, [&] { return try_degenerate(agent, reference); }));
  }
  for (std::size_t i = 0; i < running.size(); ++i) {
    const DegenerateAgent& agent = degenerate_agents()[i];
    const std::string file = settings.folder + "/mutants/golden/" + std::string{agent.name} + ".txt";
    const auto reports = running[i].get();
    const auto now = passed(reports);
    if (settings.renew) {
      good = write(file, fmt::format("{}\n", fmt::join(now, "\n"))) && good;
      continue;
    }
    const auto golden = lines_of(file);
    std::vector<std::string> faults;
    for (const std::string& id : now) {
      if (std::find(golden.begin(), golden.end(), id) == golden.end()) {
        faults.push_back(id + " passes, and is not in " + file);
      }
    }
    for (const std::string& id : golden) {
      if (std::find(now.begin(), now.end(), id) == now.end()) {
        faults.push_back(id + " does not pass any more, and is in " + file);
      }
    }
    for (const RunReport& report : reports) {
      if (const auto fault = report.count(Outcome::harness); fault > 0) {
        faults.push_back(fmt::format("{} checks are HARNESS", fault));
      }
    }
    good = tell(fmt::format("an agent that {}: {} checks passed", agent.does, now.size()), faults) && good;
  }
  return good;
}

bool run_load(const Reference& reference, const Settings& settings) {
  const Verdicts idle = judge_reference(reference, suite_jobs, settings.seed);
  bool good = tell("the reference agent on a machine that is not busy", not_green(idle));
  const BusyMachine busy;
  for (unsigned i = 0; i < settings.load_runs; ++i) {
    const std::uint64_t seed = settings.seed + i;
    good = tell(fmt::format("busy, run {} of {}, seed {}", i + 1, settings.load_runs, seed),
                changed(idle, judge_reference(reference, suite_jobs, seed))) &&
           good;
  }
  return good;
}

int run(int argc, char** argv) {
  Settings settings;
  bool short_form = false;
  CLI::App app{
      "Judges the conformance suite: every broken agent must be found out, and no correct one blamed.\n"
      "Exits with 0 if so, 1 if not.",
      "procedura-mutation"};
  app.add_option("part", settings.parts, "agents, clients, degenerate, load; all unless given")
      ->check(CLI::IsMember(all_parts));
  app.add_option("--only", settings.only, "of the broken agents only this one; may be repeated");
  app.add_option("--jobs", settings.jobs, "at a time")->check(CLI::Range(1, 64));
  app.add_option("--load-runs", settings.load_runs, "runs on a busy machine (50)");
  app.add_option("--seed", settings.seed, "of the cases' order and words (1)");
  app.add_flag("--short", short_form, "3 runs on a busy machine");
  app.add_flag("--renew", settings.renew, "degenerate: write what passes now to mutants/golden");
  app.add_option("--json", settings.json_file, "write the trials of the broken agents to this file");
  app.add_option("--matrix", settings.matrix_file, "write which checks turned red for which broken agent to this file");
  app.add_option("--client-profile", settings.client_profile, "of the client that the broken ones are variations of");
  app.add_option("--folder", settings.folder, "conformance/ of the sources");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (short_form) {
    settings.load_runs = 3;
  }
  for (const std::string& name : settings.only) {
    const auto is_it = [&name](const auto& broken) { return broken.name == name; };
    if (std::none_of(broken_agents().begin(), broken_agents().end(), is_it) &&
        std::none_of(broken_clients().begin(), broken_clients().end(), is_it)) {
      std::cerr << "procedura-mutation: nothing broken is called " << name << "\n";
      return 2;
    }
  }

  const Reference reference = reference_agent(settings.folder);
  bool good = true;
  if (settings.does("agents")) {
    good = run_agents(reference, settings) && good;
  }
  if (settings.does("clients")) {
    good = run_clients(settings) && good;
  }
  if (settings.does("degenerate")) {
    good = run_degenerate(reference, settings) && good;
  }
  if (settings.does("load")) {
    good = run_load(reference, settings) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace procedura::conformance::mutants

int main(int argc, char** argv) {
  try {
    return procedura::conformance::mutants::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "procedura-mutation: " << error.what() << "\n";
    return 70;
  }
}
