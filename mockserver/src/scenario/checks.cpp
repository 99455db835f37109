#include "scenario/checks.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace procedura::mock {
namespace {

bool covers(const std::optional<Condition>& wide, const std::optional<Condition>& narrow) {
  if (!wide) return true;
  if (!narrow) return false;
  if (wide->shown == narrow->shown) return true;
  const auto names = named_texts(*narrow);
  if (!names || names->empty()) return false;  // none: it can never match, which is said of the condition itself
  return std::all_of(names->begin(), names->end(), [&](const std::string& name) { return matches(*wide, name); });
}

bool covers(const std::optional<ListCondition>& wide, const std::optional<ListCondition>& narrow) {
  if (!wide) return true;
  if (!narrow) return false;
  if (wide->whole && (!narrow->whole || wide->elements.size() != narrow->elements.size())) return false;
  return std::all_of(wide->elements.begin(), wide->elements.end(), [&](const auto& element) {
    const auto other = narrow->elements.find(element.first);
    return other != narrow->elements.end() && covers(std::optional{element.second}, std::optional{other->second});
  });
}

bool covers(const std::map<std::string, Condition>& wide, const std::map<std::string, Condition>& narrow) {
  return std::all_of(wide.begin(), wide.end(), [&](const auto& option) {
    const auto other = narrow.find(option.first);
    return other != narrow.end() && covers(std::optional{option.second}, std::optional{other->second});
  });
}

}  // namespace

bool covers(const Match& wide, const Match& narrow) {
  return (!wide.mode || wide.mode == narrow.mode) && covers(wide.cmd, narrow.cmd) && covers(wide.options, narrow.options) &&
         covers(wide.args, narrow.args) && covers(wide.raw_args, narrow.raw_args) && covers(wide.user, narrow.user) &&
         covers(wide.device, narrow.device) && covers(wide.connection, narrow.connection);
}

ShadowReport find_shadowed(const std::vector<Stub>& stubs, std::size_t most_comparisons) {
  ShadowReport report;
  std::vector<std::size_t> order(stubs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return stubs[a].priority > stubs[b].priority; });

  // A stub for named commands can only be shadowed by one for its first command, or by one that names none.
  std::unordered_map<std::string, std::vector<std::size_t>> by_cmd;
  std::vector<std::size_t> any_cmd;
  std::size_t comparisons = 0;
  for (const std::size_t index : order) {
    const auto& cmd = stubs[index].match.cmd;
    const auto names = cmd ? named_texts(*cmd) : std::nullopt;
    const auto shadow = [&](const std::vector<std::size_t>& earlier) {
      const auto found = std::find_if(earlier.begin(), earlier.end(), [&](std::size_t other) {
        return ++comparisons <= most_comparisons && covers(stubs[other].match, stubs[index].match);
      });
      if (found == earlier.end()) return false;
      report.shadowed.push_back({index, *found});
      return true;
    };
    const bool named = names && !names->empty();
    if (!shadow(any_cmd) && named) shadow(by_cmd[names->front()]);
    if (!named) any_cmd.push_back(index);
    if (named) {
      for (const std::string& name : *names) by_cmd[name].push_back(index);
    }
  }
  report.complete = comparisons <= most_comparisons;
  return report;
}

}  // namespace procedura::mock
