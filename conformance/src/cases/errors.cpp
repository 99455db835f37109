#include "cases.hpp"

#include <procedura/conformance/case.hpp>

#include <array>

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

/// The same request with nothing wrong in it. What is refused between two that succeed is refused for its one bad property.
bool sound(Case& c, Connection& connection) {
  return ends_with(connection.call(c.request(Need::quick)), Status::finished).kind == Finding::Kind::kept;
}

Finding unsound() {
  return Finding::untestable("the same request with nothing wrong in it does not finish either");
}

void unknown_module(Case& c) {
  Connection& connection = c.session();
  const bool before = sound(c, connection);
  Request request = c.request(Need::quick);
  request.cmd = c.fresh_word("no_such_module");
  const Exchange& exchange = connection.call(request);
  const bool after = sound(c, connection);
  c.judge("code", before && after ? has_code(exchange, "UNKNOWN_MODULE") : unsound());
  // Undeclared, an agent may as well say nothing; if it gives an error, then as documented.
  const bool error = refused(exchange).kind == Finding::Kind::kept;
  c.judge("reason", !before || !after ? unsound()
                    : error           ? has_reason(exchange)
                                      : Finding::note("no error came: " + story(exchange)));
}

/// Sends the quick request with `from` turned to `to` in its text.
Finding bad_member(Case& c, Connection& connection, std::string_view from, std::string_view to) {
  const bool before = sound(c, connection);
  const Request request = c.request(Need::quick);
  std::string text = connection.text_of(request);
  const auto at = text.find(from);
  if (at == std::string::npos) {
    return Finding::harness("the request has no " + std::string{from} + " to spoil");
  }
  text.replace(at, from.size(), to);
  Exchange& exchange = connection.send_as(request, std::move(text));
  connection.until_over(exchange);
  return before && sound(c, connection) ? has_code(exchange, "BAD_REQUEST") : unsound();
}

void bad_members(Case& c) {
  Connection& connection = c.session();
  c.judge("mode", bad_member(c, connection, R"("sync")", R"("later")"));
  c.judge("mode-missing", bad_member(c, connection, R"("mode":)", R"("mood":)"));
  c.judge("cmd-missing", bad_member(c, connection, R"("cmd":)", R"("command":)"));
  c.judge("args-type", bad_member(c, connection, R"("args":[)", R"("args":[7,)"));
}

void duplicate_id(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  Exchange& first = connection.send(c.slow(work));
  Request again = c.request(Need::quick);
  again.id = first.id;
  connection.send_raw(connection.text_of(again));
  const bool told = connection.until_untargeted("DUPLICATE_ID");
  connection.until_over(first, work);
  const bool fenced = connection.fence();
  const Finding ended = ends_with(first, Status::finished);
  const Finding quiet = silent_after(first, fenced);
  c.judge("told", told ? Finding::kept() : Finding::broken("no untargeted error DUPLICATE_ID"));
  c.judge("first-goes-on", ended.kind == Finding::Kind::kept ? quiet : ended);
}

Finding told_of_bad_frame(Case& c, Connection& connection, bool binary, std::string bytes) {
  const std::size_t before = connection.correlation().untargeted().size();
  const bool well = sound(c, connection);
  if (binary) {
    connection.send_binary(std::move(bytes));
  } else {
    connection.send_raw(std::move(bytes));
  }
  // Behind a fence: an agent answers what it reads in turn.
  const bool alive = sound(c, connection);
  if (!well) {
    return unsound();
  }
  if (!alive) {
    return Finding::broken("after it the connection answered no more: " + (connection.open() ? "silence" : connection.why()));
  }
  const auto& untargeted = connection.correlation().untargeted();
  for (std::size_t i = before; i < untargeted.size(); ++i) {
    if (untargeted[i].reply.code() == "BAD_FRAME") {
      return Finding::kept();
    }
  }
  return Finding::broken("no untargeted error BAD_FRAME");
}

void bad_frames(Case& c) {
  Connection& connection = c.session();
  c.judge("text", told_of_bad_frame(c, connection, false, "hello"));
  c.judge("truncated", told_of_bad_frame(c, connection, false, R"({"id":"x","cmd":)"));
  c.judge("array", told_of_bad_frame(c, connection, false, "[]"));
  c.judge("binary", told_of_bad_frame(c, connection, true, "{}"));
}

}  // namespace

void add_errors(Registry& all) {
  all.push_back({.id = "errors/unknown-module",
                 .title = "A module that does not exist",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"code", "REQ-6", Source::ours, "the error UNKNOWN_MODULE with the request's id"},
                            {"reason", "ERR-1", Source::documented, "a message that says why", Level::should}},
                 .run = unknown_module});
  all.push_back({.id = "errors/bad-members",
                 .title = "Requests with one member spoiled",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"mode", "REQ-5", Source::ours, "BAD_REQUEST for an unknown mode"},
                            {"mode-missing", "REQ-5", Source::ours, "BAD_REQUEST without a mode"},
                            {"cmd-missing", "REQ-5", Source::ours, "BAD_REQUEST without a cmd"},
                            {"args-type", "REQ-5", Source::ours, "BAD_REQUEST for a number among the args"}},
                 .run = bad_members,
                 .deadline = std::chrono::seconds{40}});  // four times the patience for an agent that says nothing
  all.push_back({.id = "errors/duplicate-id",
                 .title = "An id that is live already",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"told", "REQ-7", Source::ours, "an untargeted error DUPLICATE_ID"},
                            {"first-goes-on", "REQ-7", Source::ours, "the first request ends as if nothing had been"}},
                 .run = duplicate_id});
  all.push_back({.id = "errors/bad-frames",
                 .title = "Messages that are no request",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"text", "CON-4", Source::ours, "an untargeted BAD_FRAME for text that is no JSON"},
                            {"truncated", "CON-4", Source::ours, "and for JSON that breaks off"},
                            {"array", "CON-4", Source::ours, "and for JSON that is no object"},
                            {"binary", "CON-4", Source::ours, "and for a binary message"}},
                 .run = bad_frames});
}

}  // namespace procedura::conformance::cases
