// What a judge keeps of a run while it goes on.
#include "engine/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

constexpr std::size_t kept_texts = 100;
constexpr std::size_t kept_bytes = 4096;  // of each: a command may be as long as a message
// To explain a miss costs more than to find it. The first ones tell what is wrong; a load test must not pay for all.
constexpr std::uint64_t explained_misses = 256;
// Ids of open connections: about 80,000 short ones. What an entry costs beside its text is a guess on the safe side.
constexpr std::size_t seen_bytes = std::size_t{8} * 1024 * 1024;
constexpr std::size_t bytes_per_id = 96;

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

// Another command is farther off than any number of wrong arguments.
std::size_t distance(const std::vector<FieldReport>& fields) {
  std::size_t unmet = 0;
  for (const auto& field : fields) {
    if (!field.met) unmet += field.field == "cmd" ? 1000U : 1U;
  }
  return unmet;
}

bool asks_for_unique_ids(const Scenario& scenario) {
  return std::any_of(scenario.expectations.begin(), scenario.expectations.end(),
                     [](const auto& one) { return std::holds_alternative<expectation::UniqueIds>(one.rule); });
}

bool asks_for_the_same(const Match& was, const Match& is) {
  // A request that has nothing makes every condition of a match show itself.
  const ReceivedRequest nothing;
  const auto before = explain(was, nothing);
  const auto now = explain(is, nothing);
  return std::equal(before.begin(), before.end(), now.begin(), now.end(),
                    [](const auto& a, const auto& b) { return a.field == b.field && a.expected == b.expected; });
}

// What was counted for other requests says nothing. When the one came that has to come in time was noted for that one alone.
bool count_goes_on(const expectation::Count& was, const expectation::Count& is) {
  return asks_for_the_same(was.request, is.request) && (!is.within || was.at_least == is.at_least);
}

// One that need not be quick was not timed.
bool count_goes_on(const expectation::Order& was, const expectation::Order& is) {
  return was.within.has_value() == is.within.has_value() &&
         std::equal(was.requests.begin(), was.requests.end(), is.requests.begin(), is.requests.end(), asks_for_the_same);
}

bool count_goes_on(const Expectation& was, const Expectation& is) {
  if (was.name != is.name || was.rule.index() != is.rule.index()) return false;
  return std::visit(
      Overloaded{[&](const expectation::Count& rule) { return count_goes_on(rule, std::get<expectation::Count>(is.rule)); },
                 [&](const expectation::Order& rule) { return count_goes_on(rule, std::get<expectation::Order>(is.rule)); },
                 [](const auto&) { return true; }},
      was.rule);
}

}  // namespace

void KeptTexts::add(std::string_view text, const protocol::Redactor& secrets) {
  if (texts_.size() == kept_texts) {
    ++more_;
    return;
  }
  std::string shown = secrets(text);  // before it is cut, which may be within a secret
  if (shown.size() > kept_bytes) {
    std::size_t end = kept_bytes;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) --end;  // whole characters only
    shown = shown.substr(0, end) + "…";
  }
  texts_.push_back(std::move(shown));
}

SeenIds::Answer SeenIds::see(std::uint64_t connection, const std::string& id) {
  auto& ids = ids_[connection];
  if (ids.count(id) > 0) return Answer::again;
  if (bytes_ + id.size() + bytes_per_id > seen_bytes) return Answer::unknown;
  bytes_ += id.size() + bytes_per_id;
  ids.insert(id);
  return Answer::first;
}

void SeenIds::forget(std::uint64_t connection) {
  const auto found = ids_.find(connection);
  if (found == ids_.end()) return;
  for (const auto& id : found->second) bytes_ -= id.size() + bytes_per_id;
  ids_.erase(found);
}

Judge::Judge(const Scenario& scenario, const protocol::Redactor& secrets)
    : scenario_{&scenario},
      secrets_{secrets},
      watches_(scenario.expectations.size()),
      ids_watched_{asks_for_unique_ids(scenario)} {}

template <typename Rule, typename Do>
void Judge::for_each(Do act) {
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    if (const auto* rule = std::get_if<Rule>(&scenario_->expectations[i].rule)) act(watches_[i], *rule);
  }
}

void Judge::opened(TimePoint now) {
  ++connections_;
  if (!first_opened_) first_opened_ = now;
}

void Judge::request(TimePoint now, const ReceivedRequest& request) {
  ++requests_;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    std::visit(Overloaded{[&](const expectation::Count& rule) { watch(watches_[i], rule, now, request); },
                          [&](const expectation::Order& rule) { watch(watches_[i], rule, now, request); },
                          [](const expectation::Close&) {}, [](const expectation::UniqueIds&) {}},
               scenario_->expectations[i].rule);
  }
  if (ids_watched_) watch_id(request);
}

void Judge::watch(Watch& watch, const expectation::Count& rule, TimePoint now, const ReceivedRequest& request) const {
  if (!matches(rule.request, request)) {
    if (watch.count < rule.at_least) consider(watch, rule.request, request);
    return;
  }
  if (++watch.count == rule.at_least) watch.met_at = now;
}

void Judge::watch(Watch& watch, const expectation::Order& rule, TimePoint now, const ReceivedRequest& request) const {
  if (rule.within) return watch_quick(watch, rule, now, request);
  if (watch.reached == rule.requests.size()) return;
  if (!matches(rule.requests[watch.reached], request)) return consider(watch, rule.requests[watch.reached], request);
  if (++watch.reached == rule.requests.size()) watch.met_at = now;
  watch.nearest.reset();
  watch.looked_at = 0;
}

// The first requests that fit are not those that came quickest behind each other. So for each beginning of the list we keep
// when it began at the latest: a request that fits behind such a beginning makes one that is longer by one.
void Judge::watch_quick(Watch& watch, const expectation::Order& rule, TimePoint now, const ReceivedRequest& request) const {
  const std::size_t size = rule.requests.size();
  if (watch.quickest && *watch.quickest <= *rule.within) return;
  watch.begun.resize(size);
  const std::size_t had = watch.reached;
  for (std::size_t i = size; i-- > 0;) {  // from behind, so that no request takes two places
    const auto begun = i == 0 ? std::optional{now} : watch.begun[i - 1];
    if (!begun || !matches(rule.requests[i], request)) continue;
    watch.begun[i] = begun;
    watch.reached = std::max(watch.reached, i + 1);
  }
  if (watch.reached > had) {
    watch.nearest.reset();
    watch.looked_at = 0;
  } else if (watch.reached < size) {
    consider(watch, rule.requests[watch.reached], request);
  }
  if (size == 0 || !watch.begun[size - 1]) return;
  const Duration took = now - *watch.begun[size - 1];
  if (!watch.quickest || took < *watch.quickest) {
    watch.quickest = took;
    watch.met_at = now;
  }
  watch.begun[size - 1].reset();
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
      // Among the options too: a value follows a flag, as far as anybody knows who reads just any request.
      const bool argument = field.field.find("args") != std::string::npos || field.field.starts_with("options.");
      if (argument && field.found != "missing") field.found = protocol::redacted;
    }
  }
  watch.nearest = Nearest{away, requests_, request.sender.connection, std::move(fields)};
}

void Judge::watch_id(const ReceivedRequest& request) {
  const auto answer = ids_.see(request.sender.connection, request.id);
  if (answer == SeenIds::Answer::first) return;
  for_each<expectation::UniqueIds>([&](Watch& watch, const expectation::UniqueIds&) {
    if (answer == SeenIds::Answer::unknown) {
      ++watch.unlooked;
    } else if (++watch.count == 1) {
      watch.first_again = fmt::format("{} on connection {}, by request {}", request.id, request.sender.connection, requests_);
    }
  });
}

void Judge::refused(std::uint64_t connection, const protocol::Refusal& refusal) {
  broken_.add(fmt::format("connection {}: {}: {}{}{}", connection, refusal.code, refusal.message,
                          refusal.id.empty() ? "" : ": ", refusal.id),
              secrets_);
  if (refusal.code != "DUPLICATE_ID") return;
  for_each<expectation::UniqueIds>([&](Watch& watch, const expectation::UniqueIds&) {
    if (++watch.count == 1) watch.first_again = fmt::format("{} on connection {}, while it was live", refusal.id, connection);
  });
}

void Judge::broke(std::uint64_t connection, std::string_view what) {
  broken_.add(fmt::format("connection {}: {}", connection, what), secrets_);
}

void Judge::closed(std::uint64_t connection, std::uint16_t code) {
  ++closes_[code];
  ids_.forget(connection);
}

void Judge::failure(std::string_view text) {
  failures_.add(text, secrets_);
}

void Judge::note(std::string_view text) {
  notes_.add(text, secrets_);
}

void Judge::adopt(const Scenario& scenario) {
  std::vector<Watch> watches(scenario.expectations.size());
  for (std::size_t i = 0; i < watches.size(); ++i) {
    for (std::size_t j = 0; j < watches_.size(); ++j) {
      if (count_goes_on(scenario_->expectations[j], scenario.expectations[i])) watches[i] = std::move(watches_[j]);
    }
  }
  scenario_ = &scenario;
  watches_ = std::move(watches);
  ids_watched_ = asks_for_unique_ids(scenario);
}

bool Judge::lower_bounds_met() const {
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const Watch& watch = watches_[i];
    const bool met =
        std::visit(Overloaded{[&](const expectation::Count& rule) { return watch.count >= rule.at_least; },
                              [&](const expectation::Order& rule) { return watch.reached == rule.requests.size(); },
                              [&](const expectation::Close&) { return !closes_.empty(); },
                              [](const expectation::UniqueIds&) { return true; }},
                   scenario_->expectations[i].rule);
    if (!met) return false;
  }
  return true;
}

}  // namespace procedura::mock::engine
