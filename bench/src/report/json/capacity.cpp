#include "report/json/parts.hpp"

#include <initializer_list>

namespace procedura::bench::json {
namespace {

constexpr double highest_rate = 1e9;

Json rate_or_null(const std::optional<double>& rate) {
  return rate ? Json(*rate) : Json(nullptr);
}

std::optional<double> read_rate_or_null(const Node& node) {
  return node.is_null() ? std::nullopt : std::optional{node.number(0, highest_rate)};
}

template <class Enum>
Enum read_word(const Node& node, std::initializer_list<Enum> all) {
  const std::string text = node.text();
  for (const Enum each : all) {
    if (text == to_string(each)) return each;
  }
  node.refuse("is none of the words that may stand there");
}

}  // namespace

Json of_capacity(const std::optional<CapacityReport>& capacity) {
  if (!capacity) return nullptr;
  Json steps = Json::array();
  for (const CapacityStep& step : capacity->steps) {
    steps.push_back(
        {{"rate", step.rate}, {"confirming", step.confirming}, {"finding", to_string(step.finding)}, {"why", step.why}});
  }
  return {{"rate", rate_or_null(capacity->found.rate)},
          {"confirmed", capacity->found.confirmed},
          {"bound", to_string(capacity->found.bound)},
          {"beyond", rate_or_null(capacity->found.beyond)},
          {"steps", std::move(steps)}};
}

std::optional<CapacityReport> read_capacity(const Node& node) {
  using Bound = CapacitySearch::Bound;
  if (node.is_null()) return std::nullopt;
  CapacityReport capacity;
  capacity.found.rate = read_rate_or_null(node["rate"]);
  capacity.found.confirmed = node["confirmed"].flag();
  capacity.found.bound = read_word(node["bound"], {Bound::agent, Bound::generator, Bound::highest_rate});
  capacity.found.beyond = read_rate_or_null(node["beyond"]);
  for (const Node& step : node["steps"].items(CapacitySearch::most_steps)) {
    capacity.steps.push_back(
        {step["rate"].number(0, highest_rate), step["confirming"].flag(),
         read_word(step["finding"], {RateFinding::kept, RateFinding::broken, RateFinding::unclear, RateFinding::generator}),
         step["why"].printable_text()});
  }
  return capacity;
}

}  // namespace procedura::bench::json
