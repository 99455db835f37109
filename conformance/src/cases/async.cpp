#include "cases.hpp"
#include "common.hpp"

#include <algorithm>
#include <set>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;
using protocol::Status;

Finding enough_updates(const Exchange& exchange, std::uint32_t least) {
  if (!exchange.over() || exchange.terminal()->reply.status != Status::finished) {
    return Finding::untestable("it did not finish: " + story(exchange));
  }
  return exchange.count(Status::running) >= least ? Finding::kept() : Finding::broken(story(exchange));
}

Finding bears_id(const Exchange& exchange) {
  const Frame* first = exchange.first();
  if (first == nullptr || first->reply.status != Status::started) {
    return Finding::untestable("no started came first: " + story(exchange));
  }
  return Finding::note(first->reply.id ? "started has the id of its request"
                                       : "started has no id, as the documentation shows it");
}

void lifecycle(Case& c) {
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.request(Need::streaming, Mode::async));
  const bool fenced = exchange.over() && connection.fence();
  c.judge("started-first", first_is(exchange, Status::started));
  c.judge("job-id", has_job_id(exchange));
  c.judge("bears-id", bears_id(exchange));
  c.judge("updates", enough_updates(exchange, c.profile().module(Need::streaming).least_updates));
  c.judge("finished", ends_with(exchange, Status::finished));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
  c.judge("nothing-foreign", all_accounted_for(connection.correlation()));
}

void failure(Case& c) {
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.request(Need::failing, Mode::async));
  const bool fenced = exchange.over() && connection.fence();
  c.judge("error", ends_with(exchange, Status::error));
  c.judge("reason", has_reason(exchange));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
}

void job_ids(Case& c) {
  constexpr std::size_t jobs = 50;
  const auto work = c.profile().slow_for / 4;  // long enough to overlap, short enough to end in time one after another
  Connection& connection = c.session();
  std::vector<Exchange*> all;
  for (std::size_t i = 0; i < jobs; ++i) {
    all.push_back(&connection.send(c.slow(work, Mode::async)));
  }
  std::set<std::string> ids;
  Finding finished = Finding::kept();
  Finding orderly = Finding::kept();
  for (Exchange* exchange : all) {
    connection.until_over(*exchange, work);
    if (exchange->job_id) {
      ids.insert(*exchange->job_id);
    }
    gather(finished, ends_with(*exchange, Status::finished));
    gather(orderly, in_order(*exchange));
  }
  const bool fenced = connection.fence();
  Finding silence = Finding::kept();
  for (const Exchange* exchange : all) {
    gather(silence, silent_after(*exchange, fenced));
  }
  c.judge("unique", ids.size() == jobs ? Finding::kept()
                                       : Finding::broken(std::to_string(ids.size()) + " different job ids among " +
                                                         std::to_string(jobs) + " live jobs"));
  c.judge("finished", finished);
  c.judge("order", orderly);
  c.judge("silence", silence);
}

/// `started` is due when the request is taken; like `sync/ack-early`, against the job's own end and up to three times.
void at_once(Case& c) {
  const auto work = c.profile().slow_for / 2;
  Connection& connection = c.session();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Exchange& exchange = connection.call(c.slow(work, Mode::async), work);
    if (!exchange.over() || exchange.first()->reply.status != Status::started ||
        exchange.frames.back().at - exchange.sent_at < work / 2) {
      c.judge("not-held-back", Finding::untestable("no slow job from started to end: " + story(exchange)));
      return;
    }
    if (exchange.frames.back().at - exchange.first()->at >= work / 4) {
      c.judge("not-held-back", Finding::kept());
      return;
    }
  }
  c.judge("not-held-back", Finding::broken("three times started came only when a job of " + std::to_string(work.count()) +
                                           " ms was all but over"));
}

void quick(Case& c) {
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.request(Need::quick, Mode::async));
  const bool fenced = exchange.over() && connection.fence();
  c.judge("started-first", first_is(exchange, Status::started));
  c.judge("job-id", has_job_id(exchange));
  c.judge("result", result_as_promised(exchange, c.profile().module(Need::quick)));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
}

void two_streams(Case& c) {
  Connection& connection = c.session();
  Exchange& one = connection.send(c.request(Need::streaming, Mode::async));
  Exchange& other = connection.send(c.request(Need::streaming, Mode::async));
  connection.until_over(one);
  connection.until_over(other);
  const bool fenced = one.over() && other.over() && connection.fence();
  const std::uint32_t least = c.profile().module(Need::streaming).least_updates;
  c.judge("updates", all_of({enough_updates(one, least), enough_updates(other, least)}));
  c.judge("order", all_of({in_order(one), in_order(other)}));
  c.judge("silence", all_of({silent_after(one, fenced), silent_after(other, fenced)}));
  c.judge("nothing-foreign", all_accounted_for(connection.correlation()));
}

void immediate_error(Case& c) {
  Connection& connection = c.session();
  const bool before = sound(c, connection);
  Request request = c.request(Need::quick, Mode::async);
  request.cmd = c.fresh_word("no_such_module");
  const Exchange& exchange = connection.call(request);
  const bool fenced = exchange.over() && connection.fence();
  if (!before || !sound(c, connection)) {
    throw CannotGoOn{unsound().came};
  }
  c.judge("code", has_code(exchange, "UNKNOWN_MODULE"));
  c.judge("silence", exchange.over() ? silent_after(exchange, fenced) : Finding::note("no error came: " + story(exchange)));
}

void job_ids_elsewhere(Case& c) {
  constexpr int jobs_each = 10;
  const auto work = c.profile().slow_for / 2;
  Connection& one = c.session();
  Connection& other = c.session();
  std::vector<std::pair<Connection*, Exchange*>> all;
  for (int i = 0; i < jobs_each; ++i) {
    for (Connection* connection : {&one, &other}) {
      all.emplace_back(connection, &connection->send(c.slow(work, Mode::async)));
    }
  }
  std::set<std::string> ids;
  Finding finished = Finding::kept();
  for (const auto& [connection, exchange] : all) {
    connection->until_over(*exchange, work);
    gather(finished, ends_with(*exchange, Status::finished));
    if (exchange->job_id) {
      ids.insert(*exchange->job_id);
    }
  }
  c.judge("unique", !kept(finished)            ? Finding::untestable("not all of the jobs finished: " + finished.came)
                    : ids.size() == all.size() ? Finding::kept()
                                               : Finding::broken(std::to_string(ids.size()) + " different job ids among " +
                                                                 std::to_string(all.size()) + " live jobs on two connections"));
}

void bystander(Case& c) {
  Connection& watcher = c.session();
  Connection& worker = c.session();
  const Exchange& exchange = worker.call(c.request(Need::streaming, Mode::async));
  const bool fenced = exchange.over() && watcher.fence();
  // Frames of the worker's request reach the watcher as frames that belong to none of its own.
  const auto& strays = watcher.correlation().untargeted();
  const auto stray = std::find_if(strays.begin(), strays.end(), [&exchange](const Frame& frame) {
    return frame.reply.id == exchange.id || (exchange.job_id && frame.reply.job_id == exchange.job_id);
  });
  c.judge("sees-nothing",
          stray != strays.end()
              ? Finding::broken("the other connection got a " + std::string{to_string(stray->reply.status)} + " frame of it")
          : fenced ? Finding::kept()
                   : Finding::untestable("the job did not end or the other connection fell silent: " + story(exchange)));
}

}  // namespace

void add_async(Registry& all) {
  all.push_back(
      {.id = "async/lifecycle",
       .title = "The streaming module, once",
       .needs = {Need::quick, Need::streaming},
       .after = {finishes},
       .checks = {{"started-first", "ASY-1", Source::documented, "started before anything else"},
                  {"job-id", "ASY-1", Source::documented, "a job_id in it, a string that is not empty"},
                  // The documentation shows it without one, so this is told and not held against anybody.
                  {"bears-id", "ASY-2", Source::observed, "either", Level::may},
                  {"updates", "ASY-1", Source::documented, "as many running frames as the profile promises"},
                  {"finished", "ASY-1", Source::documented, "one finished for the request or its job"},
                  {"order", "ORD-1", Source::documented, "started, any running, finished"},
                  {"silence", "END-1", Source::documented, "nothing for this job after its finished"},
                  {"nothing-foreign", "ASY-3", Source::observed, "frames with the ids of our requests and jobs only"}},
       .run = lifecycle});
  all.push_back({.id = "async/failure",
                 .title = "The failing module, asynchronously",
                 .needs = {Need::quick, Need::failing},
                 .after = {finishes},
                 .checks = {{"error", "ERR-1", Source::documented, "an error, at once or after started"},
                            {"reason", "ERR-1", Source::documented, "a message that says why"},
                            {"order", "ORD-1", Source::documented, "a started or none, any running, error"},
                            {"silence", "END-1", Source::documented, "nothing for this job after its error"}},
                 .run = failure});
  all.push_back({.id = "async/job-ids",
                 .title = "Fifty jobs at a time",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"unique", "ASY-4", Source::observed, "fifty job ids, each its own"},
                            {"finished", "ASY-1", Source::documented, "fifty times finished"},
                            {"order", "ORD-1", Source::documented, "each in its order, however they interleave"},
                            {"silence", "END-1", Source::documented, "nothing for any of them after its finished"}},
                 .run = job_ids,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "async/bystander",
                 .title = "A second connection while a job runs",
                 .needs = {Need::quick, Need::streaming},
                 .after = {finishes},
                 .checks = {{"sees-nothing", "ORD-2", Source::documented, "no frame of the other connection's job"}},
                 .run = bystander});
  all.push_back({.id = "async/at-once",
                 .title = "The started of a slow job comes well before its end",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"not-held-back", "ASY-1", Source::documented, "a started when the request is taken"}},
                 .run = at_once,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "async/quick",
                 .title = "The quick module, asynchronously",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"started-first", "ASY-1", Source::documented, "started before anything else"},
                            {"job-id", "ASY-1", Source::documented, "a job_id in it, a string that is not empty"},
                            {"result", "ASY-1", Source::documented, "finished, with a result as the profile promises"},
                            {"order", "ORD-1", Source::documented, "started, any running, finished"},
                            {"silence", "END-1", Source::documented, "nothing for this job after its finished"}},
                 .run = quick});
  all.push_back(
      {.id = "async/two-streams",
       .title = "The streaming module twice at once",
       .needs = {Need::quick, Need::streaming},
       .after = {finishes},
       .checks = {{"updates", "ASY-1", Source::documented, "to each job as many running frames as the profile promises"},
                  {"order", "ORD-1", Source::documented, "each in its order, however they interleave"},
                  {"silence", "END-1", Source::documented, "nothing for either of them after its finished"},
                  {"nothing-foreign", "ASY-3", Source::observed, "no frame with the id of one and the job_id of the other"}},
       .run = two_streams});
  all.push_back({.id = "async/immediate-error",
                 .title = "A module that does not exist, asynchronously",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"code", "REQ-6", Source::ours, "the error UNKNOWN_MODULE with the request's id"},
                            {"silence", "END-1", Source::documented, "nothing after the error: no started, no finished"}},
                 .run = immediate_error});
  all.push_back({.id = "async/job-ids-elsewhere",
                 .title = "Jobs on two connections at a time",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"unique", "ASY-4", Source::observed, "job ids that are unique in the whole agent"}},
                 .run = job_ids_elsewhere,
                 .deadline = std::chrono::seconds{40}});
}

}  // namespace procedura::conformance::cases