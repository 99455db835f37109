#include "cases.hpp"

#include <procedura/conformance/case.hpp>

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
    if (const Finding end = ends_with(*exchange, Status::finished); end.kind != Finding::Kind::kept) {
      finished = end;
    }
    if (const Finding order = in_order(*exchange); order.kind != Finding::Kind::kept) {
      orderly = order;
    }
  }
  c.judge("unique", ids.size() == jobs ? Finding::kept()
                                       : Finding::broken(std::to_string(ids.size()) + " different job ids among " +
                                                         std::to_string(jobs) + " live jobs"));
  c.judge("finished", finished);
  c.judge("order", orderly);
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
                            {"order", "ORD-1", Source::documented, "each in its order, however they interleave"}},
                 .run = job_ids,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "async/bystander",
                 .title = "A second connection while a job runs",
                 .needs = {Need::quick, Need::streaming},
                 .after = {finishes},
                 .checks = {{"sees-nothing", "ORD-2", Source::documented, "no frame of the other connection's job"}},
                 .run = bystander});
}

}  // namespace procedura::conformance::cases
