#include "score.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <map>

namespace procedura::conformance::mutants {
namespace {

bool is_red(Outcome outcome) {
  return outcome == Outcome::fail || outcome == Outcome::warn;
}

std::vector<std::string> red_besides(const Trial& trial) {
  std::vector<std::string> out;
  for (const auto& [id, outcome] : trial.reports) {
    if (is_red(outcome) && std::find(trial.named.begin(), trial.named.end(), id) == trial.named.end()) {
      out.push_back(id);
    }
  }
  return out;
}

Score::Part& part_of(Score& score, const Trial& trial) {
  return trial.must ? score.must : score.other;
}

std::string percent(const Score::Part& part) {
  return part.all == 0 ? "-"
                       : fmt::format("{} of {} ({:.1f} %)", part.caught, part.all,
                                     100.0 * static_cast<double>(part.caught) / static_cast<double>(part.all));
}

}  // namespace

Score score_of(const std::vector<Trial>& trials) {
  Score score;
  for (const Trial& trial : trials) {
    Score::Part& part = part_of(score, trial);
    part.all += 1;
    part.caught += trial.caught() ? 1U : 0U;
  }
  return score;
}

std::string score_table(const std::vector<Trial>& trials) {
  std::map<std::string_view, Score> clauses;
  for (const Trial& trial : trials) {
    Score::Part& part = part_of(clauses[trial.clause], trial);
    part.all += 1;
    part.caught += trial.caught() ? 1U : 0U;
  }
  std::string out = "clause  binds   caught\n";
  for (const Clause& clause : conformance::clauses()) {
    const auto found = clauses.find(clause.id);
    if (found == clauses.end()) {
      continue;
    }
    for (const auto& [word, part] : {std::pair{"MUST", found->second.must}, std::pair{"SHOULD", found->second.other}}) {
      if (part.all > 0) {
        out += fmt::format("{:<7} {:<7} {} of {}\n", clause.id, word, part.caught, part.all);
      }
    }
  }
  const Score score = score_of(trials);
  out += fmt::format("\nMUST    {}\nothers  {}\n", percent(score.must), percent(score.other));
  for (const Trial& trial : trials) {
    if (!trial.caught()) {
      out += fmt::format("\nSURVIVED {} ({}): it {}\n", trial.name, trial.clause, trial.breaks);
      for (const std::string& fault : trial.faults) {
        out += "  " + fault + "\n";
      }
    }
  }
  return out;
}

std::string matrix(const std::vector<Trial>& trials) {
  std::string out;
  for (const Trial& trial : trials) {
    out += fmt::format("{} ({}): {}", trial.name, trial.clause, fmt::join(trial.named, " "));
    if (const auto more = red_besides(trial); !more.empty()) {
      out += fmt::format("  also {}", fmt::join(more, " "));
    }
    out += "\n";
  }
  return out;
}

std::string score_json(const std::vector<Trial>& trials) {
  using Json = nlohmann::ordered_json;
  const Score score = score_of(trials);
  const auto part = [](const Score::Part& from) { return Json{{"caught", from.caught}, {"all", from.all}}; };
  Json document = {{"score", {{"must", part(score.must)}, {"others", part(score.other)}, {"good", score.good()}}},
                   {"trials", Json::array()}};
  for (const Trial& trial : trials) {
    Json checks = Json::object();
    for (const auto& [id, outcome] : trial.reports) {
      checks[id] = to_string(outcome);
    }
    constexpr std::size_t most = 5;  // a line proves as much as a thousand
    Json evidence = Json::array();
    for (std::size_t i = 0; i < std::min(most, trial.evidence.size()); ++i) {
      evidence.push_back(trial.evidence[i]);
    }
    document["trials"].push_back({{"name", trial.name},
                                  {"clause", trial.clause},
                                  {"binds", trial.must ? "MUST" : "SHOULD"},
                                  {"breaks", trial.breaks},
                                  {"named", trial.named},
                                  {"caught", trial.caught()},
                                  {"faults", trial.faults},
                                  {"evidence", std::move(evidence)},
                                  {"fired", trial.evidence.size()},
                                  {"checks", std::move(checks)},
                                  {"ms", trial.took.count()}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace procedura::conformance::mutants
