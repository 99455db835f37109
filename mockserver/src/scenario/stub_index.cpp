#include "scenario/stub_index.hpp"

#include <algorithm>

namespace procedura::mock {

StubIndex::StubIndex(const std::vector<Stub>& stubs) {
  std::vector<const Stub*> order;
  order.reserve(stubs.size());
  for (const Stub& stub : stubs) order.push_back(&stub);
  std::stable_sort(order.begin(), order.end(), [](const Stub* a, const Stub* b) { return a->priority > b->priority; });
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto& cmd = order[rank]->match.cmd;
    const auto names = cmd ? named_texts(*cmd) : std::nullopt;
    if (!names) {
      any_cmd_.push_back({rank, order[rank]});
      continue;
    }
    for (const std::string& name : *names) {
      Entries& entries = by_cmd_[name];
      if (entries.empty() || entries.back().rank != rank) entries.push_back({rank, order[rank]});  // a name may stand twice
    }
  }
}

/// Visits the stubs that could be for `cmd` in the order of matching, until a visit returns false.
template <typename Visit>
void StubIndex::candidates(std::string_view cmd, Visit visit) const {
  static const Entries none;
  const auto found = by_cmd_.find(cmd);
  const Entries& named = found == by_cmd_.end() ? none : found->second;
  auto a = named.begin();
  auto b = any_cmd_.begin();
  while (a != named.end() || b != any_cmd_.end()) {
    const bool first = b == any_cmd_.end() || (a != named.end() && a->rank < b->rank);
    if (!visit(first ? *a++->stub : *b++->stub)) return;
  }
}

const Stub* StubIndex::find(const ReceivedRequest& request) const {
  const Stub* match = nullptr;
  candidates(request.cmd, [&](const Stub& stub) {
    if (matches(stub.match, request)) match = &stub;
    return match == nullptr;
  });
  return match;
}

bool StubIndex::knows(std::string_view cmd) const {
  const std::string text{cmd};
  bool known = false;
  candidates(cmd, [&](const Stub& stub) {
    known = stub.match.cmd && matches(*stub.match.cmd, text);
    return !known;
  });
  return known;
}

std::optional<NearestMiss> StubIndex::nearest_miss(const ReceivedRequest& request) const {
  std::optional<NearestMiss> nearest;
  std::ptrdiff_t fewest = 0;
  candidates(request.cmd, [&](const Stub& stub) {
    if (stub.match.cmd && !matches(*stub.match.cmd, request.cmd)) return true;  // meant for another command
    auto fields = explain(stub.match, request);
    const auto unmet = std::count_if(fields.begin(), fields.end(), [](const FieldReport& field) { return !field.met; });
    if (!nearest || unmet < fewest) {
      fewest = unmet;
      nearest = NearestMiss{&stub, std::move(fields)};
    }
    return true;
  });
  return nearest;
}

std::string to_string(const NearestMiss& miss, const Scenario& scenario) {
  std::string text = "stub \"" + miss.stub->name + "\" at " + scenario.where(miss.stub->place);
  const char* separator = ": ";
  for (const FieldReport& field : miss.fields) {
    if (field.met) continue;
    text += separator + field.field + ": expected " + field.expected + ", found " + field.found;
    separator = "; ";
  }
  return text;
}

}  // namespace procedura::mock
