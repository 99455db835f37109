#include "engine/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

constexpr std::size_t kept_texts = 100;
constexpr std::size_t kept_bytes = 4096;  // of each: a command may be as long as a message
// To explain a miss costs more than to find it. The first ones tell what is wrong; a load test must not pay for all.
constexpr std::uint64_t explained_misses = 256;

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

void keep(std::vector<std::string>& kept, std::uint64_t& more, std::string_view text, const protocol::Redactor& secrets) {
  if (kept.size() == kept_texts) {
    ++more;
    return;
  }
  std::string shown = secrets(text);  // before it is cut, which may be within a secret
  if (shown.size() > kept_bytes) {
    std::size_t end = kept_bytes;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) --end;  // whole characters only
    shown = shown.substr(0, end) + "…";
  }
  kept.push_back(std::move(shown));
}

// Another command is farther off than any number of wrong arguments.
std::size_t distance(const std::vector<FieldReport>& fields) {
  std::size_t unmet = 0;
  for (const auto& field : fields) {
    if (!field.met) unmet += field.field == "cmd" ? 1000U : 1U;
  }
  return unmet;
}

std::string wanted_fields(const Match& match) {
  // A request that has nothing makes every condition of the match show itself.
  std::string text;
  for (const auto& field : explain(match, ReceivedRequest{})) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.field, field.expected);
  }
  return text.empty() ? "anything" : text;
}

}  // namespace

Judge::Judge(const Scenario& scenario, const protocol::Redactor& secrets)
    : scenario_{&scenario}, secrets_{secrets}, watches_(scenario.expectations.size()) {}

void Judge::request(const ReceivedRequest& request) {
  ++requests_;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    Watch& watch = watches_[i];
    std::visit(Overloaded{[&](const expectation::Count& rule) {
                            if (matches(rule.request, request)) {
                              ++watch.count;
                            } else if (watch.count < rule.at_least) {
                              consider(watch, rule.request, request);
                            }
                          },
                          [&](const expectation::Order& rule) {
                            if (watch.reached == rule.requests.size()) return;
                            if (matches(rule.requests[watch.reached], request)) {
                              ++watch.reached;
                              watch.nearest.reset();
                              watch.looked_at = 0;
                            } else {
                              consider(watch, rule.requests[watch.reached], request);
                            }
                          },
                          [](const expectation::Close&) {}, [](const expectation::UniqueIds&) {}},
               scenario_->expectations[i].rule);
  }
}

void Judge::consider(Watch& watch, const Match& match, const ReceivedRequest& request) const {
  if (watch.looked_at == explained_misses) return;
  ++watch.looked_at;
  auto fields = explain(match, request);
  const std::size_t away = distance(fields);
  if (watch.nearest && watch.nearest->distance <= away) return;
  // A wrong password is no secret of the scenario, and still one of somebody's (AUT-7).
  if (request.cmd == "login_password") {
    for (auto& field : fields) {
      if (field.field.find("args") != std::string::npos) field.found = protocol::redacted;
    }
  }
  watch.nearest = Nearest{away, requests_, request.sender.connection, std::move(fields)};
}

void Judge::closed(std::uint16_t code) {
  ++closed_;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const auto* rule = std::get_if<expectation::Close>(&scenario_->expectations[i].rule);
    if (!rule) continue;
    Watch& watch = watches_[i];
    if (rule->code == code) {
      ++watch.count;
    } else if (watch.first_other_code == 0) {
      watch.first_other_code = code;
    }
  }
}

void Judge::failure(std::string_view text) {
  keep(failures_, more_failures_, text, secrets_);
}

void Judge::note(std::string_view text) {
  keep(notes_, more_notes_, text, secrets_);
}

std::string Judge::describe_nearest(const Watch& watch) const {
  if (!watch.nearest) return {};
  std::string text = fmt::format("\nnearest: request {} on connection {}", watch.nearest->request, watch.nearest->connection);
  for (const auto& field : watch.nearest->fields) {
    if (!field.met) text += fmt::format("\n  {}: expected {}, found {}", field.field, field.expected, field.found);
  }
  return text;
}

std::string Judge::unmet_count(const expectation::Count& rule, const Watch& watch) const {
  if (watch.count >= rule.at_least && (!rule.at_most || watch.count <= *rule.at_most)) return {};
  std::string bounds = std::to_string(rule.at_least);
  if (!rule.at_most) {
    bounds += " or more";
  } else if (*rule.at_most != rule.at_least) {
    bounds += fmt::format(" to {}", *rule.at_most);
  }
  std::string text = fmt::format("expected {}: {}; came {}", bounds, wanted_fields(rule.request), watch.count);
  if (watch.count < rule.at_least) text += describe_nearest(watch);
  return text;
}

std::string Judge::unmet_order(const expectation::Order& rule, const Watch& watch) const {
  if (watch.reached == rule.requests.size()) return {};
  return fmt::format("the first {} of {} came in this order; then none came with {}", watch.reached, rule.requests.size(),
                     wanted_fields(rule.requests[watch.reached])) +
         describe_nearest(watch);
}

std::string Judge::unmet_close(const expectation::Close& rule, const Watch& watch) const {
  if (closed_ == 0) return fmt::format("expected connections to close with {}; none has closed", rule.code);
  if (watch.count == closed_) return {};
  return fmt::format("expected every connection to close with {}; {} of {} did not, the first with {}", rule.code,
                     closed_ - watch.count, closed_, watch.first_other_code);
}

void Judge::adopt(const Scenario& scenario) {
  std::vector<Watch> watches(scenario.expectations.size());
  for (std::size_t i = 0; i < watches.size(); ++i) {
    for (std::size_t j = 0; j < watches_.size(); ++j) {
      const Expectation& was = scenario_->expectations[j];
      const Expectation& is = scenario.expectations[i];
      if (was.name == is.name && was.rule.index() == is.rule.index()) watches[i] = std::move(watches_[j]);
    }
  }
  scenario_ = &scenario;
  watches_ = std::move(watches);
}

bool Judge::lower_bounds_met() const {
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const Watch& watch = watches_[i];
    const bool met = std::visit(
        Overloaded{[&](const expectation::Count& rule) { return watch.count >= rule.at_least; },
                   [&](const expectation::Order& rule) { return watch.reached == rule.requests.size(); },
                   [&](const expectation::Close&) { return closed_ > 0; }, [](const expectation::UniqueIds&) { return true; }},
        scenario_->expectations[i].rule);
    if (!met) return false;
  }
  return true;
}

Verdict Judge::verdict(std::string_view partition) const {
  Verdict verdict;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const Expectation& expected = scenario_->expectations[i];
    const Watch& watch = watches_[i];
    std::string unmet = std::visit(Overloaded{[&](const expectation::Count& rule) { return unmet_count(rule, watch); },
                                              [&](const expectation::Order& rule) { return unmet_order(rule, watch); },
                                              [&](const expectation::Close& rule) { return unmet_close(rule, watch); },
                                              [](const expectation::UniqueIds&) { return std::string{}; }},
                                   expected.rule);
    verdict.expectations.push_back(
        {expected.name, unmet.empty(), scenario_->where(expected.place), secrets_(unmet), std::string{partition}});
  }
  verdict.failures = failures_;
  verdict.more_failures = more_failures_;
  verdict.notes = notes_;
  verdict.more_notes = more_notes_;
  verdict.requests = requests_;
  verdict.connections = connections_;
  return verdict;
}

}  // namespace procedura::mock::engine
