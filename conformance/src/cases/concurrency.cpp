#include "cases.hpp"

#include <procedura/conformance/case.hpp>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;
using protocol::Status;

void own_results(Case& c) {
  constexpr std::size_t count = 20;
  Connection& connection = c.session();
  std::vector<std::pair<Exchange*, std::string>> all;
  for (std::size_t i = 0; i < count; ++i) {
    Request request = c.request(Need::echo, i % 2 == 0 ? Mode::sync : Mode::async);
    std::string word = c.fresh_word("mine");
    request.args.push_back(word);
    all.emplace_back(&connection.send(request), std::move(word));
  }
  Finding own = Finding::kept();
  Finding orderly = Finding::kept();
  for (auto& [exchange, word] : all) {
    connection.until_over(*exchange);
    if (const Finding seen = result_holds(*exchange, std::vector<std::string>{word}); seen.kind != Finding::Kind::kept) {
      own = seen;
    }
    if (const Finding seen = in_order(*exchange); seen.kind != Finding::Kind::kept) {
      orderly = seen;
    }
  }
  c.judge("own", own);
  c.judge("order", orderly);
  c.judge("nothing-foreign", all_accounted_for(connection.correlation()));
}

void no_waiting(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  Exchange& slow = connection.send(c.slow(work));
  const Exchange& quick = connection.call(c.request(Need::quick), work);
  const bool passed = quick.over() && !slow.over();
  connection.until_over(slow, work);
  if (!quick.over() || !slow.over()) {
    c.judge("overtakes", Finding::untestable("one of the two did not end: " + story(quick.over() ? slow : quick)));
  } else if (slow.terminal()->reply.status != Status::finished || slow.frames.back().at - slow.sent_at < work / 2) {
    c.judge("overtakes", Finding::untestable("the slow module was not slow: " + story(slow)));
  } else {
    c.judge("overtakes", passed ? Finding::kept() : Finding::broken("the quick one ended only after the slow one before it"));
  }
}

void same_id_elsewhere(Case& c) {
  Connection& one = c.session();
  Connection& other = c.session();
  const auto work = c.profile().slow_for;
  const Request request = c.slow(work);
  Exchange& first = one.send(request);
  Exchange& second = other.send(request);
  one.until_over(first, work);
  other.until_over(second, work);
  const Finding here = ends_with(first, Status::finished);
  c.judge("both-end", here.kind == Finding::Kind::kept ? ends_with(second, Status::finished) : here);
  const bool fenced = one.fence() && other.fence();
  const Finding quiet = silent_after(first, fenced);
  c.judge("no-crossing", quiet.kind == Finding::Kind::kept ? silent_after(second, fenced) : quiet);
}

}  // namespace

void add_concurrency(Registry& all) {
  all.push_back(
      {.id = "concurrency/own-results",
       .title = "Twenty requests at once on one connection, sync and async mixed",
       .needs = {Need::quick, Need::echo},
       .after = {finishes},
       .checks = {{"own", "REQ-2", Source::documented, "to each request the result of its own arguments"},
                  {"order", "ORD-1", Source::documented, "each in its order, however they interleave"},
                  {"nothing-foreign", "ORD-2", Source::documented, "frames with the ids of our requests and jobs only"}},
       .run = own_results});
  all.push_back({.id = "concurrency/no-waiting",
                 .title = "A quick request behind a slow one",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"overtakes", "CON-7", Source::observed, "the quick one ends first"}},
                 .run = no_waiting});
  all.push_back({.id = "concurrency/same-id-elsewhere",
                 .title = "The same id live on two connections",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"both-end", "ORD-2", Source::documented, "each connection gets its own finished"},
                            {"no-crossing", "ORD-2", Source::documented, "and no second one"}},
                 .run = same_id_elsewhere});
}

}  // namespace procedura::conformance::cases
