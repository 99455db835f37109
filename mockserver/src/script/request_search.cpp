#include "scenario/load.hpp"
#include "scenario/match.hpp"
#include "scenario/request.hpp"

#include <procedura/mock/mock_error.hpp>
#include <procedura/mock/request_search.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/request.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

namespace procedura::mock {
namespace {

// The loader is asked, by way of an expectation, so that a condition means the same here as in a scenario.
Match load_match(const script::Request& wanted) {
  const std::array texts{
      ScenarioText{"request", R"({"version":1,"expect":[{"name":"request","request":)" + wanted.json() + "}]}"}};
  const auto loaded = load_scenario(texts);
  if (loaded.scenario) {
    return std::get<expectation::Count>(loaded.scenario->expectations.front().rule).request;
  }
  std::string problems = "such a request cannot be looked for:";
  for (const auto& problem : loaded.problems) problems += '\n' + problem.pointer + ": " + problem.message;
  throw MockError{MockError::Kind::scenario, problems};
}

std::optional<ReceivedRequest> request_of(const JournalEntry& entry) {
  if (entry.event != JournalEntry::Event::frame || entry.direction != JournalEntry::Direction::in) return std::nullopt;
  auto decoded = protocol::decode_request(entry.frame);
  auto* request = std::get_if<protocol::Request>(&decoded);
  if (!request) return std::nullopt;
  protocol::strip_module_name(*request);
  Sender sender;
  if (!entry.user.empty()) sender.user = entry.user;
  sender.connection = entry.connection;
  return receive(std::move(request->id), std::move(request->cmd), request->mode, std::move(request->args), std::move(sender));
}

}  // namespace

struct RequestSearch::Compiled {
  Match match;
};

RequestSearch::RequestSearch(const script::Request& wanted)
    : compiled_{std::make_shared<const Compiled>(Compiled{load_match(wanted)})} {}

bool RequestSearch::matches(const JournalEntry& entry) const {
  const auto request = request_of(entry);
  return request && mock::matches(compiled_->match, *request);
}

std::vector<JournalEntry> RequestSearch::in(const std::vector<JournalEntry>& journal) const {
  std::vector<JournalEntry> found;
  std::copy_if(journal.begin(), journal.end(), std::back_inserter(found), [&](const auto& entry) { return matches(entry); });
  return found;
}

std::string RequestSearch::describe() const {
  // A request that has nothing makes every condition show itself.
  std::string text;
  for (const auto& field : explain(compiled_->match, ReceivedRequest{})) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.field, field.expected);
  }
  return text.empty() ? "any command" : text;
}

std::string RequestSearch::nearest(const std::vector<JournalEntry>& journal) const {
  std::size_t least = 0;
  std::string nearest;
  for (const auto& entry : journal) {
    const auto request = request_of(entry);
    if (!request) continue;
    std::size_t distance = 0;
    std::string fields;
    for (const auto& field : explain(compiled_->match, *request)) {
      if (field.met) continue;
      distance += field.field == "cmd" ? 1000U : 1U;  // another command is farther off than any wrong arguments
      fields += fmt::format("\n  {}: expected {}, found {}", field.field, field.expected, protocol::printable(field.found));
    }
    if (distance == 0 || (least != 0 && distance >= least)) continue;
    least = distance;
    nearest =
        fmt::format("entry {} on connection {}: {}{}", entry.seq, entry.connection, protocol::printable(request->cmd), fields);
  }
  return nearest;
}

}  // namespace procedura::mock
