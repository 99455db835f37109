// What a judge says in the end.
#include "engine/duration_text.hpp"
#include "engine/judge.hpp"

#include <fmt/format.h>

namespace procedura::mock::engine {
namespace {

std::string wanted_fields(const Match& match) {
  // A request that has nothing makes every condition of the match show itself.
  std::string text;
  for (const auto& field : explain(match, ReceivedRequest{})) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.field, field.expected);
  }
  return text.empty() ? "anything" : text;
}

std::string bounds_of(const expectation::Count& rule) {
  std::string bounds = std::to_string(rule.at_least);
  if (!rule.at_most) {
    bounds += " or more";
  } else if (*rule.at_most != rule.at_least) {
    bounds += fmt::format(" to {}", *rule.at_most);
  }
  if (rule.within) bounds += fmt::format(" within {} of the first connection", duration_text(*rule.within));
  return bounds;
}

}  // namespace

std::string Judge::describe_nearest(const Watch& watch) const {
  if (!watch.nearest) return {};
  std::string text = fmt::format("\nnearest: request {} on connection {}", watch.nearest->request, watch.nearest->connection);
  for (const auto& field : watch.nearest->fields) {
    if (!field.met) text += fmt::format("\n  {}: expected {}, found {}", field.field, field.expected, field.found);
  }
  return text;
}

std::string Judge::unmet(const expectation::Count& rule, const Watch& watch) const {
  const bool few = watch.count < rule.at_least;
  const bool many = rule.at_most && watch.count > *rule.at_most;
  const auto took = watch.met_at && first_opened_ ? *watch.met_at - *first_opened_ : Duration{};
  const bool late = !few && rule.within && took > *rule.within;
  if (!few && !many && !late) return {};
  std::string text = fmt::format("expected {}: {}; came {}", bounds_of(rule), wanted_fields(rule.request), watch.count);
  if (late) text += fmt::format(", number {} after {}", rule.at_least, duration_text(took));
  if (few) text += describe_nearest(watch);
  return text;
}

std::string Judge::unmet(const expectation::Order& rule, const Watch& watch) const {
  if (watch.reached < rule.requests.size()) {
    return fmt::format("the first {} of {} came in this order; then none came with {}", watch.reached, rule.requests.size(),
                       wanted_fields(rule.requests[watch.reached])) +
           describe_nearest(watch);
  }
  if (!rule.within || !watch.quickest || *watch.quickest <= *rule.within) return {};
  return fmt::format("all {} came in this order, but took {} at the least; expected within {}", rule.requests.size(),
                     duration_text(*watch.quickest), duration_text(*rule.within));
}

std::string Judge::unmet(const expectation::Close& rule, const Watch&) const {
  std::uint64_t closed = 0;
  std::uint64_t others = 0;
  std::string found;
  for (const auto& [code, count] : closes_) {
    closed += count;
    if (code == rule.code) continue;
    others += count;
    if (found.size() < 200) found += fmt::format("{}{} with {}", found.empty() ? "" : ", ", count, code);
  }
  if (closed == 0) return fmt::format("expected connections to close with {}; none has closed", rule.code);
  if (others == 0) return {};
  return fmt::format("expected every connection to close with {}; {} of {} did not: {}", rule.code, others, closed, found);
}

std::string Judge::unmet(const expectation::UniqueIds&, const Watch& watch) const {
  if (watch.count == 0) return {};
  return fmt::format("expected no id to be used twice on a connection; {} {}, the first: {}", watch.count,
                     watch.count == 1 ? "was" : "were", watch.first_again);
}

Verdict Judge::verdict(std::string_view partition) const {
  Verdict verdict;
  const std::string shown = secrets_(partition);  // peers make it up
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const Expectation& expected = scenario_->expectations[i];
    const Watch& watch = watches_[i];
    const std::string unmet = std::visit([&](const auto& rule) { return this->unmet(rule, watch); }, expected.rule);
    Verdict::Judged judged{secrets_(expected.name), unmet.empty(), scenario_->where(expected.place), secrets_(unmet), shown};
    if (judged.met && watch.met_at && first_opened_) judged.met_after_ns = Duration{*watch.met_at - *first_opened_}.count();
    verdict.expectations.push_back(std::move(judged));
  }
  verdict.failures = failures_.texts();
  verdict.more_failures = failures_.more();
  verdict.broken = broken_.texts();
  verdict.more_broken = broken_.more();
  verdict.notes = notes_.texts();
  verdict.more_notes = notes_.more();
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    if (watches_[i].unlooked == 0) continue;
    verdict.notes.push_back(fmt::format("{}: {} ids were not looked at: too many came on open connections to keep them all",
                                        secrets_(scenario_->expectations[i].name), watches_[i].unlooked));
  }
  if (partition != "default") {
    for (auto* texts : {&verdict.failures, &verdict.broken, &verdict.notes}) {
      for (auto& text : *texts) text = fmt::format("[{}] {}", shown, text);
    }
  }
  verdict.requests = requests_;
  verdict.connections = connections_;
  return verdict;
}

}  // namespace procedura::mock::engine
