#include "cases.hpp"
#include "common.hpp"

#include <optional>

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

void lifecycle(Case& c) {
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.request(Need::quick));
  const bool fenced = exchange.over() && connection.fence();
  c.judge("ack-first", first_is(exchange, Status::ack));
  c.judge("finished", ends_with(exchange, Status::finished));
  c.judge("result", result_as_promised(exchange, c.profile().module(Need::quick)));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
  c.judge("nothing-foreign", all_accounted_for(connection.correlation()));
  const auto& unreadable = connection.correlation().unreadable();
  c.judge("frames", unreadable.empty() ? exchange.first() != nullptr ? Finding::kept() : Finding::untestable("no frame came")
                                       : Finding::broken("a message that is no frame: " + unreadable.front()));
}

/// By how much the ack was ahead of the end; nothing if there is no such pair.
std::optional<std::chrono::milliseconds> ahead(const Exchange& exchange) {
  if (!exchange.over() || exchange.first()->reply.status != Status::ack) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(exchange.frames.back().at - exchange.first()->at);
}

void ack_early(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  // Against the job's own end, not against a clock, and up to three times: an agent that holds acks back does so every time,
  // while a loaded machine may let us read both at once for once.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Exchange& exchange = connection.call(c.slow(work), work);
    const auto time = ahead(exchange);
    if (!time) {
      c.judge("not-held-back", Finding::untestable("no ack and end to compare: " + story(exchange)));
      return;
    }
    if (*time >= work / 4) {
      c.judge("not-held-back", Finding::kept());
      return;
    }
  }
  c.judge("not-held-back", Finding::broken("three times the ack came only when a job of " + std::to_string(work.count()) +
                                           " ms was all but over"));
}

void failure(Case& c) {
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.request(Need::failing));
  const bool fenced = exchange.over() && connection.fence();
  const std::string& code = c.profile().module(Need::failing).error_code;
  c.judge("error", ends_with(exchange, Status::error));
  c.judge("reason", has_reason(exchange));
  c.judge("code", code.empty() ? Finding::note("the profile promises no code") : has_code(exchange, code));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
}

void many(Case& c) {
  constexpr int requests = 50;
  Connection& connection = c.session();
  std::vector<Exchange*> all;
  for (int i = 0; i < requests; ++i) {
    Exchange& exchange = connection.call(c.request(Need::quick));
    all.push_back(&exchange);
    if (!exchange.over()) {
      break;  // the rest would wait as long
    }
  }
  const bool fenced = all.back()->over() && connection.fence();
  Finding first = Finding::kept();
  Finding finished = Finding::kept();
  Finding silence = Finding::kept();
  for (const Exchange* exchange : all) {
    gather(first, all_of({first_is(*exchange, Status::ack), in_order(*exchange)}));
    gather(finished, ends_with(*exchange, Status::finished));
    gather(silence, silent_after(*exchange, fenced));
  }
  c.judge("acks", first);
  c.judge("finished", finished);
  c.judge("silence", silence);
}

void slow(Case& c) {
  const auto work = c.profile().slow_for / 2;
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.slow(work), work);
  const bool fenced = exchange.over() && connection.fence();
  c.judge("finished", ends_with(exchange, Status::finished));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
  c.judge("nothing-foreign", all_accounted_for(connection.correlation()));
}

void streaming(Case& c) {
  Connection& connection = c.session();
  const Exchange& exchange = connection.call(c.request(Need::streaming));
  const bool fenced = exchange.over() && connection.fence();
  c.judge("ends", exchange.over() ? Finding::kept() : Finding::broken(story(exchange)));
  c.judge("order", in_order(exchange));
  c.judge("silence", silent_after(exchange, fenced));
  const std::size_t updates = exchange.count(Status::running);
  c.judge("updates", Finding::note(updates == 0 ? "no running frames in sync requests"
                                                : std::to_string(updates) + " running frames between ack and end"));
}

}  // namespace

void add_sync(Registry& all) {
  all.push_back(
      {.id = "sync/lifecycle",
       .title = "The quick module, once",
       .needs = {Need::quick},
       .after = {upgraded},
       .checks = {{"ack-first", "SYN-1", Source::documented, "an ack before anything else"},
                  {"finished", "SYN-1", Source::documented, "one finished with the request's id"},
                  {"result", "SYN-1", Source::documented, "a result as the profile promises"},
                  {"order", "ORD-1", Source::documented, "ack, any running, finished"},
                  {"silence", "END-1", Source::documented, "nothing for this request after its finished"},
                  {"nothing-foreign", "REQ-2", Source::documented, "frames with the ids of our requests and jobs only"},
                  {"frames", "CON-2", Source::documented, "text messages, each of them one JSON object with a status"}},
       .run = lifecycle});
  all.push_back({.id = "sync/ack-early",
                 .title = "The ack of a slow module comes well before its end",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"not-held-back", "SYN-4", Source::observed, "an ack when the request is taken"}},
                 .run = ack_early,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "sync/failure",
                 .title = "The failing module, once",
                 .needs = {Need::quick, Need::failing},
                 .after = {finishes},
                 .checks = {{"error", "ERR-1", Source::documented, "an error, at once or after the ack"},
                            {"reason", "ERR-1", Source::documented, "a message that says why"},
                            {"code", "ERR-1", Source::observed, "the code that the profile promises"},
                            {"order", "ORD-1", Source::documented, "an ack or none, any running, error"},
                            {"silence", "END-1", Source::documented, "nothing for this request after its error"}},
                 .run = failure});
  all.push_back({.id = "sync/many",
                 .title = "The quick module fifty times, one after another",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"acks", "SYN-1", Source::documented, "one ack each, before anything else"},
                            {"finished", "SYN-1", Source::documented, "one finished each"},
                            {"silence", "END-1", Source::documented, "nothing for any of them after its finished"}},
                 .run = many});
  all.push_back(
      {.id = "sync/slow",
       .title = "The slow module, synchronously",
       .needs = {Need::quick, Need::slow},
       .after = {finishes},
       .checks = {{"finished", "SYN-1", Source::documented, "one finished, however long it takes"},
                  {"order", "ORD-1", Source::documented, "ack, any running, finished"},
                  {"silence", "END-1", Source::documented, "nothing for this request after its finished"},
                  {"nothing-foreign", "REQ-2", Source::documented, "frames with the ids of our requests and jobs only"}},
       .run = slow});
  all.push_back(
      {.id = "sync/streaming",
       .title = "The streaming module, synchronously",
       .needs = {Need::quick, Need::streaming},
       .after = {finishes},
       .checks = {{"ends", "SYN-1", Source::documented, "an end: finished, or an error of a module that cannot do so"},
                  {"order", "ORD-1", Source::documented, "ack, any running, one end"},
                  {"silence", "END-1", Source::documented, "nothing for this request after its end"},
                  {"updates", "SYN-3", Source::observed, "any number of running frames"}},
       .run = streaming});
}

}  // namespace procedura::conformance::cases