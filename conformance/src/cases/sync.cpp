#include "cases.hpp"

#include <procedura/conformance/case.hpp>

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
                  {"nothing-foreign", "REQ-2", Source::documented, "frames with the ids of our requests and jobs only"}},
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
}

}  // namespace procedura::conformance::cases
