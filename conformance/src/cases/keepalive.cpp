#include "cases.hpp"

#include <procedura/conformance/case.hpp>

namespace procedura::conformance::cases {
namespace {

Finding ponged(Case& c, Connection& connection) {
  return connection.ping(c.fresh_word("ping"))
             ? Finding::kept()
             : Finding::broken(connection.open() ? "no pong with its payload" : connection.why());
}

void idle(Case& c) {
  c.judge("pong", ponged(c, c.session()));
}

void during_job(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  Exchange& job = connection.send(c.slow(work));
  const Finding pong = ponged(c, connection);
  // Due before the job's end, not before its next frame.
  const bool in_time = !job.over();
  connection.until_over(job, work);
  if (!job.over() || job.frames.back().at - job.sent_at < work / 2) {
    c.judge("pong", Finding::untestable("the slow module was not slow, or did not end: " + story(job)));
  } else {
    c.judge("pong",
            pong.kind == Finding::Kind::kept && !in_time ? Finding::broken("the pong came only after the job's end") : pong);
  }
}

}  // namespace

void add_keepalive(Registry& all) {
  all.push_back({.id = "keepalive/idle",
                 .title = "A ping on an idle connection",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"pong", "CON-6", Source::rfc, "a pong with the same payload"}},
                 .run = idle});
  all.push_back({.id = "keepalive/during-job",
                 .title = "A ping while a slow job runs",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"pong", "CON-6", Source::rfc, "a pong with the same payload, before the job ends"}},
                 .run = during_job});
}

}  // namespace procedura::conformance::cases
