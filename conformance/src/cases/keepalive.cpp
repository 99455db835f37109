#include "cases.hpp"
#include "common.hpp"

#include <algorithm>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;

Finding ponged(Connection& connection, const std::string& payload) {
  return connection.ping(payload) ? Finding::kept()
                                  : Finding::broken(connection.open() ? "no pong with its payload" : connection.why());
}

void idle(Case& c) {
  c.judge("pong", ponged(c.session(), c.fresh_word("ping")));
}

void payloads(Case& c) {
  Connection& connection = c.session();
  c.judge("empty", ponged(connection, ""));
  c.judge("one-byte", ponged(connection, "x"));
  std::string longest = c.fresh_id();
  longest.resize(125, '.');
  c.judge("longest", ponged(connection, longest));
  c.judge("bytes", ponged(connection, {"\0\x01\xff\xfe\x80 not UTF-8", 16}));
}

/// `late`: there was a pong, only not in time.
Finding during(Case& c, Connection& connection, Mode mode, bool& late) {
  const auto work = c.profile().slow_for;
  Exchange& job = connection.send(c.slow(work, mode));
  Finding pong = ponged(connection, c.fresh_word("ping"));
  // Due before the job's end, not before its next frame.
  const bool in_time = !job.over();
  connection.until_over(job, work);
  late = kept(pong) && !in_time;
  if (!job.over() || job.frames.back().at - job.sent_at < work / 2) {
    return Finding::untestable("the slow module was not slow, or did not end: " + story(job));
  }
  return late ? Finding::broken("the pong came only after the job's end") : pong;
}

/// Up to three times: an agent that waits for its jobs does so every time, while a loaded machine may be slow for once.
void judge_during(Case& c, Mode mode) {
  Connection& connection = c.session();
  bool late = true;
  Finding seen = Finding::kept();
  for (int attempt = 0; attempt < 3 && late; ++attempt) {
    seen = during(c, connection, mode, late);
  }
  c.judge("pong", seen);
}

void during_job(Case& c) {
  judge_during(c, Mode::sync);
}

void during_async_job(Case& c) {
  judge_during(c, Mode::async);
}

/// RFC 6455, 5.5.3: of several pings that wait, only the last one needs a pong.
void in_a_row(Case& c) {
  Connection& connection = c.session();
  std::vector<std::string> sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(c.fresh_word("ping"));
  }
  for (std::size_t i = 0; i + 1 < sent.size(); ++i) {
    connection.send_ping(sent[i]);
  }
  c.judge("last", ponged(connection, sent.back()));
  auto next = sent.begin();
  Finding order = connection.pongs().empty() ? Finding::untestable("no pong came") : Finding::kept();
  for (const std::string& pong : connection.pongs()) {
    if (std::find(sent.begin(), sent.end(), pong) == sent.end()) {
      continue;  // unsolicited, which RFC 6455 allows too: a heartbeat of the agent's own
    }
    const auto found = std::find(next, sent.end(), pong);
    if (found == sent.end()) {
      order = Finding::broken("a pong that was asked for before another one that came, or twice: " + pong);
      break;
    }
    next = found + 1;
  }
  c.judge("order", order);
  c.judge("alive", sound(c, connection) ? Finding::kept() : Finding::broken("the quick module does not finish afterwards"));
}

}  // namespace

void add_keepalive(Registry& all) {
  using enum Source;
  all.push_back({.id = "keepalive/idle",
                 .title = "A ping on an idle connection",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"pong", "CON-6", rfc, "a pong with the same payload"}},
                 .run = idle});
  all.push_back({.id = "keepalive/payloads",
                 .title = "Pings with payloads of every kind",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"empty", "CON-6", rfc, "an empty pong for an empty ping"},
                            {"one-byte", "CON-6", rfc, "a pong with its byte"},
                            {"longest", "CON-6", rfc, "a pong with all 125 bytes"},
                            {"bytes", "CON-6", rfc, "a pong with the same bytes, though they are no UTF-8"}},
                 .run = payloads,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "keepalive/during-job",
                 .title = "A ping while a slow job runs",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"pong", "CON-6", rfc, "a pong with the same payload, before the job ends"}},
                 .run = during_job});
  all.push_back({.id = "keepalive/during-async-job",
                 .title = "A ping while a slow job runs asynchronously",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"pong", "CON-6", rfc, "a pong with the same payload, before the job ends"}},
                 .run = during_async_job});
  all.push_back({.id = "keepalive/in-a-row",
                 .title = "Twenty pings before any pong is read",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"last", "CON-6", rfc, "a pong for the last one at least"},
                            {"order", "CON-6", rfc, "pongs in the order of the pings, each at most once"},
                            {"alive", "CON-6", rfc, "requests are answered afterwards"}},
                 .run = in_a_row});
}

}  // namespace procedura::conformance::cases
