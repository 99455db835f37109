#include "cases.hpp"
#include "common.hpp"

#include <algorithm>

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
    gather(own, result_holds(*exchange, std::vector<std::string>{word}));
    gather(orderly, in_order(*exchange));
  }
  c.judge("own", own);
  c.judge("order", orderly);
  c.judge("nothing-foreign", all_accounted_for(connection.correlation()));
}

/// Whether a quick request ends before a slow one that was sent first on the same connection.
Finding overtakes_once(Case& c, Connection& connection, Mode slow_mode, Mode quick_mode) {
  const auto work = c.profile().slow_for / 2;
  Exchange& slow = connection.send(c.slow(work, slow_mode));
  Exchange& quick = connection.send(c.request(Need::quick, quick_mode));
  connection.until_over(quick, work);
  connection.until_over(slow, work);
  if (!quick.over() || !slow.over()) {
    return Finding::untestable("one of the two did not end: " + story(quick.over() ? slow : quick));
  }
  if (slow.terminal()->reply.status != Status::finished || slow.frames.back().at - slow.sent_at < work / 2) {
    return Finding::untestable("the slow module was not slow: " + story(slow));
  }
  return quick.frames.back().at <= slow.frames.back().at
             ? Finding::kept()
             : Finding::broken("the quick one ended only after the slow one before it");
}

/// Up to three times: a loaded machine may be slow for once.
Finding overtakes(Case& c, Connection& connection, Mode slow_mode, Mode quick_mode) {
  Finding seen = overtakes_once(c, connection, slow_mode, quick_mode);
  for (int attempt = 1; attempt < 3 && seen.kind == Finding::Kind::broken; ++attempt) {
    seen = overtakes_once(c, connection, slow_mode, quick_mode);
  }
  return seen;
}

void no_waiting(Case& c) {
  c.judge("overtakes", overtakes(c, c.session(), Mode::sync, Mode::sync));
}

void no_waiting_mixed(Case& c) {
  Connection& connection = c.session();
  c.judge("sync-behind-async", overtakes(c, connection, Mode::async, Mode::sync));
  c.judge("async-behind-sync", overtakes(c, connection, Mode::sync, Mode::async));
  c.judge("async-behind-async", overtakes(c, connection, Mode::async, Mode::async));
}

/// Connections are read one after the other, so it is times that are compared here; up to three of them, as a loaded machine
/// may be slow for once.
void other_connection(Case& c) {
  const auto work = c.profile().slow_for / 2;
  Connection& one = c.session();
  Connection& other = c.session();
  Finding seen = Finding::kept();
  for (int attempt = 0; attempt < 3; ++attempt) {
    Exchange& slow = one.send(c.slow(work));
    const Exchange& quick = other.call(c.request(Need::quick), work);
    one.until_over(slow, work);
    if (!quick.over() || !slow.over()) {
      seen = Finding::untestable("one of the two did not end: " + story(quick.over() ? slow : quick));
      break;
    }
    if (slow.terminal()->reply.status != Status::finished || slow.frames.back().at - slow.sent_at < work / 2) {
      seen = Finding::untestable("the slow module was not slow: " + story(slow));
      break;
    }
    if (quick.frames.back().at - quick.sent_at < work * 3 / 4) {
      c.judge("overtakes", Finding::kept());
      return;
    }
    seen = Finding::broken("three times the quick one took as long as the slow one on the other connection");
  }
  c.judge("overtakes", seen);
}

/// Two jobs that each take their time, and the frames of one among those of the other.
void interleave(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  Exchange& slow = connection.send(c.slow(work, Mode::async));
  Exchange& stream = connection.send(c.request(Need::streaming, Mode::async));
  connection.until_over(stream, work);
  connection.until_over(slow, work);
  c.judge("finished", all_of({ends_with(slow, Status::finished), ends_with(stream, Status::finished)}));
  c.judge("order", all_of({in_order(slow), in_order(stream)}));
  if (!slow.over() || !stream.over() || slow.frames.back().at - slow.sent_at < work / 2) {
    c.judge("interleave", Finding::untestable("the slow module was not slow, or one of the two did not end: " + story(slow)));
    return;
  }
  const auto updates = std::count_if(stream.frames.begin(), stream.frames.end(), [&slow](const Frame& frame) {
    return frame.reply.status == Status::running && frame.at < slow.frames.back().at;
  });
  if (updates > 0 || c.profile().module(Need::streaming).least_updates == 0) {
    c.judge("interleave", Finding::kept());
    return;
  }
  // Nothing says how soon a stream has its first update: held against this is how soon it has it alone.
  const Exchange& alone = connection.call(c.request(Need::streaming, Mode::async));
  const auto first = std::find_if(alone.frames.begin(), alone.frames.end(),
                                  [](const Frame& frame) { return frame.reply.status == Status::running; });
  c.judge("interleave", first == alone.frames.end() || first->at - alone.sent_at >= work / 2
                            ? Finding::untestable("the stream is as slow when it is alone: " + story(alone))
                            : Finding::broken("the updates came only when the slow job was over"));
}

void burst(Case& c) {
  constexpr std::size_t count = 100;
  Connection& connection = c.session();
  std::vector<std::pair<Exchange*, std::string>> all;
  for (std::size_t i = 0; i < count; ++i) {
    Request request = c.request(Need::echo);
    std::string word = c.fresh_word("mine");
    request.args.push_back(word);
    all.emplace_back(&connection.send(request), std::move(word));
  }
  Finding own = Finding::kept();
  for (auto& [exchange, word] : all) {
    connection.until_over(*exchange);
    gather(own, result_holds(*exchange, std::vector<std::string>{word}));
  }
  const bool fenced = all.back().first->over() && connection.fence();
  Finding silence = Finding::kept();
  for (const auto& [exchange, word] : all) {
    gather(silence, silent_after(*exchange, fenced));
  }
  c.judge("own", own);
  c.judge("silence", silence);
}

void id_again(Case& c) {
  Connection& connection = c.session();
  const auto ask = [&](const std::string& id, const std::string& word) -> Exchange& {
    Request request = c.request(Need::echo);
    request.id = id;
    request.args.push_back(word);
    return connection.call(request);
  };
  const std::string id = c.fresh_id();
  const std::string one = c.fresh_word("one");
  const std::string two = c.fresh_word("two");
  const Exchange& first = ask(id, one);
  if (const Finding seen = result_holds(first, std::vector<std::string>{one}); !kept(seen)) {
    throw CannotGoOn{"the first request under the id did not finish: " + seen.came};
  }
  const Exchange& second = ask(id, two);
  const bool fenced = second.over() && connection.fence();
  c.judge("taken", result_holds(second, std::vector<std::string>{two}));
  c.judge("silence", all_of({silent_after(first, fenced), silent_after(second, fenced)}));
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
  c.judge("both-end", all_of({ends_with(first, Status::finished), ends_with(second, Status::finished)}));
  const bool fenced = one.fence() && other.fence();
  c.judge("no-crossing", all_of({silent_after(first, fenced), silent_after(second, fenced)}));
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
  all.push_back({.id = "concurrency/no-waiting-mixed",
                 .title = "A quick request behind a slow one, where one or both are asynchronous",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"sync-behind-async", "CON-7", Source::observed, "the quick one ends first"},
                            {"async-behind-sync", "CON-7", Source::observed, "the quick one ends first"},
                            {"async-behind-async", "CON-7", Source::observed, "the quick one ends first"}},
                 .run = no_waiting_mixed,
                 .deadline = std::chrono::seconds{60}});
  all.push_back({.id = "concurrency/other-connection",
                 .title = "A quick request while a slow one runs on another connection",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"overtakes", "CON-7", Source::observed, "the quick one ends first"}},
                 .run = other_connection});
  all.push_back({.id = "concurrency/interleave",
                 .title = "A stream of updates while a slow job runs",
                 .needs = {Need::quick, Need::slow, Need::streaming},
                 .after = {finishes},
                 .checks = {{"finished", "ASY-1", Source::documented, "both finish"},
                            {"order", "ORD-1", Source::documented, "each in its order"},
                            {"interleave", "CON-7", Source::observed, "updates of the one before the end of the other"}},
                 .run = interleave});
  all.push_back(
      {.id = "concurrency/burst",
       .title = "A hundred requests before any answer is read",
       .needs = {Need::quick, Need::echo},
       .after = {finishes},
       .checks = {{"own", "SYN-1", Source::documented, "a hundred times finished, each with the result of its own arguments"},
                  {"silence", "END-1", Source::documented, "and nothing behind any of them"}},
       .run = burst});
  all.push_back({.id = "concurrency/id-again",
                 .title = "An id that is used again when its request is over",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"taken", "REQ-2", Source::documented, "finished, with the result of the second request"},
                            {"silence", "END-1", Source::documented, "nothing behind either of them"}},
                 .run = id_again});
}

}  // namespace procedura::conformance::cases
