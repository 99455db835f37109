#include "cases.hpp"
#include "common.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

// With its name: a module or an argument may be called `sync` too.
constexpr std::string_view sync_mode = R"("mode":"sync")";

void unknown_module(Case& c) {
  Connection& connection = c.session();
  const bool before = sound(c, connection);
  Request request = c.request(Need::quick);
  request.cmd = c.fresh_word("no_such_module");
  const Exchange& exchange = connection.call(request);
  const bool after = sound(c, connection);
  c.judge("code", before && after ? has_code(exchange, "UNKNOWN_MODULE") : unsound());
  // Undeclared, an agent may as well say nothing; if it gives an error, then as documented.
  const bool error = kept(refused(exchange));
  c.judge("reason", !before || !after ? unsound()
                    : error           ? has_reason(exchange)
                                      : Finding::note("no error came: " + story(exchange)));
}

/// The text of `request` with its first `from` turned to `to`.
std::string spoiled(const Connection& connection, const Request& request, std::string_view from, std::string_view to) {
  std::string text = connection.text_of(request);
  const auto at = text.find(from);
  if (at == std::string::npos) {
    throw std::logic_error("the request has no " + std::string{from} + " to spoil");
  }
  return text.replace(at, from.size(), to);
}

/// Sends the quick request with `from` turned to `to` in its text.
Finding bad_member(Case& c, Connection& connection, std::string_view from, std::string_view to) {
  const bool before = sound(c, connection);
  Request request = c.request(Need::quick);
  // So that something stands behind what is put in before it: an agent of bare arguments may get none.
  if (to.back() == ',') {
    request.args.emplace_back("x");
  }
  Exchange& exchange = connection.send_as(request, spoiled(connection, request, from, to));
  connection.until_over(exchange);
  return before && sound(c, connection) ? has_code(exchange, "BAD_REQUEST") : unsound();
}

void bad_members(Case& c) {
  Connection& connection = c.session();
  c.judge("mode", bad_member(c, connection, sync_mode, R"("mode":"later")"));
  c.judge("mode-missing", bad_member(c, connection, R"("mode":)", R"("mood":)"));
  c.judge("cmd-missing", bad_member(c, connection, R"("cmd":)", R"("command":)"));
  c.judge("args-type", bad_member(c, connection, R"("args":[)", R"("args":[7,)"));
}

void bad_types(Case& c) {
  Connection& connection = c.session();
  // What is put in takes the name away from the member that was there.
  const auto judge = [&](std::string_view check, std::string_view name, std::string_view instead) {
    const std::string member = "\"" + std::string{name} + "\":";
    c.judge(check, bad_member(c, connection, member, member + std::string{instead} + ",\"x\":"));
  };
  judge("cmd-number", "cmd", "7");
  judge("cmd-null", "cmd", "null");
  judge("cmd-array", "cmd", R"(["x"])");
  judge("args-string", "args", R"("--x")");
  judge("args-object", "args", "{}");
  judge("args-null", "args", "null");
  judge("mode-number", "mode", "1");
  judge("mode-null", "mode", "null");
  c.judge("args-missing", bad_member(c, connection, R"("args":)", R"("arguments":)"));
  c.judge("args-nested", bad_member(c, connection, R"("args":[)", R"("args":[["x"],)"));
  c.judge("mode-case", bad_member(c, connection, sync_mode, R"("mode":"SYNC")"));
  c.judge("mode-empty", bad_member(c, connection, sync_mode, R"("mode":"")"));
}

void bad_ids(Case& c) {
  Connection& connection = c.session();
  const Request request = c.request(Need::quick);
  const std::string id = "\"id\":\"" + request.id + "\"";
  const auto judge = [&](std::string_view check, const std::string& instead) {
    c.judge(check, told(c, connection, "BAD_REQUEST", spoiled(connection, request, id, instead)));
  };
  judge("missing", R"("ident":"x")");
  judge("number", R"("id":7)");
  judge("null", R"("id":null)");
  judge("array", R"("id":["x"])");
  judge("empty", R"("id":"")");
  judge("too-long", "\"id\":\"" + std::string(257, 'x') + "\"");
}

/// What came of a message under the id of a job that runs.
struct BesideAJob {
  Finding told;     ///< an untargeted error of that code, and no other
  Finding ref;      ///< it names the id
  Finding goes_on;  ///< the job ends as if nothing had been
};

/// Sends the quick request under the id of a slow one that runs, in the words that `text` has for it.
BesideAJob beside_a_job(Case& c, Connection& connection, std::string_view code,
                        const std::function<std::string(const Request&)>& text) {
  const auto work = c.profile().slow_for / 2;
  Exchange& job = connection.send(c.slow(work));
  Request second = c.request(Need::quick);
  second.id = job.id;
  const std::size_t before = connection.correlation().untargeted().size();
  connection.send_raw(text(second));
  connection.until_over(job, work);
  const bool fenced = connection.fence();
  BesideAJob seen{Finding::broken("no untargeted error"), Finding::broken("no untargeted error"),
                  all_of({ends_with(job, Status::finished), silent_after(job, fenced)})};
  const auto& untargeted = connection.correlation().untargeted();
  for (std::size_t i = before; i < untargeted.size(); ++i) {
    if (untargeted[i].reply.status != Status::error) {
      continue;
    }
    const auto frame = nlohmann::json::parse(untargeted[i].reply.text, nullptr, false);
    const std::string came = untargeted[i].reply.code();
    seen.told = came == code ? Finding::kept() : Finding::broken("the untargeted error " + came);
    seen.ref = frame.is_object() && frame.value("ref", nlohmann::json{}) == second.id
                   ? Finding::kept()
                   : Finding::broken("its ref is not the id of the request");
    if (came != code) {
      break;
    }
  }
  return seen;
}

void duplicate_id(Case& c) {
  Connection& connection = c.session();
  const auto seen =
      beside_a_job(c, connection, "DUPLICATE_ID", [&](const Request& request) { return connection.text_of(request); });
  c.judge("told", seen.told);
  c.judge("ref", seen.ref);
  c.judge("first-goes-on", seen.goes_on);
}

void order(Case& c) {
  Connection& connection = c.session();
  const auto members = beside_a_job(c, connection, "BAD_REQUEST", [&](const Request& request) {
    return spoiled(connection, request, sync_mode, R"("mode":"later")");
  });
  const auto duplicate = beside_a_job(c, connection, "DUPLICATE_ID", [&](Request request) {
    request.cmd = c.fresh_word("no_such_module");
    return connection.text_of(request);
  });
  c.judge("members-before-duplicate", members.told);
  c.judge("duplicate-before-module", duplicate.told);
  c.judge("job-goes-on", all_of({members.goes_on, duplicate.goes_on}));

  Request unknown = c.request(Need::quick);
  unknown.cmd = c.fresh_word("no_such_module");
  const bool before = sound(c, connection);
  Exchange& exchange = connection.send_as(unknown, spoiled(connection, unknown, sync_mode, R"("mode":"later")"));
  connection.until_over(exchange);
  c.judge("members-before-module", before && sound(c, connection) ? has_code(exchange, "BAD_REQUEST") : unsound());
}

/// On a connection without a token. What is mended is refused for the lack of one, which is another error.
void order_of_authentication(Case& c) {
  Connection& connection = c.connect();
  const auto code_of = [](const Exchange& exchange) { return exchange.over() ? exchange.frames.back().reply.code() : ""; };
  const std::string before = code_of(connection.call(c.request(Need::protected_module)));
  const Request request = c.request(Need::protected_module);
  Exchange& exchange = connection.send_as(request, spoiled(connection, request, sync_mode, R"("mode":"later")"));
  connection.until_over(exchange);
  const std::string after = code_of(connection.call(c.request(Need::protected_module)));
  const bool protects = before == "AUTH_REQUIRED" && after == before;
  c.judge("members-before-authentication",
          protects ? has_code(exchange, "BAD_REQUEST")
                   : Finding::untestable("the same request with nothing wrong in it is not refused with AUTH_REQUIRED"));
}

/// Whatever an agent refuses, it says why. What it does not refuse is for other cases.
void reasons(Case& c) {
  const auto judge = [&](std::string_view check, const std::function<void(Connection&)>& provoke) {
    Connection& connection = c.session();
    provoke(connection);
    const bool answers = sound(c, connection);
    const Finding seen = errors_have_reasons(connection);
    c.judge(check, !kept(seen) || answers ? seen : Finding::note("the connection answered no more: " + connection.why()));
  };
  judge("bad-frame", [](Connection& connection) { connection.send_raw("{"); });
  judge("bad-member", [&](Connection& connection) {
    connection.send_raw(spoiled(connection, c.request(Need::quick), sync_mode, R"("mode":"later")"));
  });
  judge("bad-id", [&](Connection& connection) {
    const Request request = c.request(Need::quick);
    connection.send_raw(spoiled(connection, request, "\"" + request.id + "\"", "7"));
  });
  judge("unknown-module", [&](Connection& connection) {
    Request request = c.request(Need::quick);
    request.cmd = c.fresh_word("no_such_module");
    connection.send(request);
  });
  judge("duplicate", [&](Connection& connection) {
    // A quick request may be over before the second one comes.
    const bool slow = c.profile().has(Need::slow);
    const Request request = slow ? c.slow(c.profile().slow_for / 4) : c.request(Need::quick);
    Exchange& job = connection.send(request);
    connection.send_raw(connection.text_of(request));
    connection.until_over(job, c.profile().slow_for);
  });
}

}  // namespace

void add_errors(Registry& all) {
  using enum Source;
  all.push_back({.id = "errors/unknown-module",
                 .title = "A module that does not exist",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"code", "REQ-6", ours, "the error UNKNOWN_MODULE with the request's id"},
                            {"reason", "ERR-1", documented, "a message that says why", Level::should}},
                 .run = unknown_module});
  all.push_back({.id = "errors/bad-members",
                 .title = "Requests with one member spoiled",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"mode", "REQ-5", ours, "BAD_REQUEST for an unknown mode"},
                            {"mode-missing", "REQ-5", ours, "BAD_REQUEST without a mode"},
                            {"cmd-missing", "REQ-5", ours, "BAD_REQUEST without a cmd"},
                            {"args-type", "REQ-5", ours, "BAD_REQUEST for a number among the args"}},
                 .run = bad_members,
                 .deadline = std::chrono::seconds{40}});  // four times the patience for an agent that says nothing
  all.push_back({.id = "errors/bad-types",
                 .title = "Requests with a member of another type, or without one",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"cmd-number", "REQ-5", ours, "BAD_REQUEST for a cmd that is a number"},
                            {"cmd-null", "REQ-5", ours, "for a cmd that is null"},
                            {"cmd-array", "REQ-5", ours, "for a cmd that is an array"},
                            {"args-string", "REQ-5", ours, "for args that are one string"},
                            {"args-object", "REQ-5", ours, "for args that are an object"},
                            {"args-null", "REQ-5", ours, "for args that are null"},
                            {"args-missing", "REQ-5", ours, "without args"},
                            {"args-nested", "REQ-5", ours, "for an array among the args"},
                            {"mode-number", "REQ-5", ours, "for a mode that is a number"},
                            {"mode-null", "REQ-5", ours, "for a mode that is null"},
                            {"mode-case", "REQ-5", ours, "for a mode in capital letters"},
                            {"mode-empty", "REQ-5", ours, "for an empty mode"}},
                 .run = bad_types,
                 .deadline = std::chrono::seconds{80}});
  all.push_back({.id = "errors/bad-ids",
                 .title = "Requests with an id that is none",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"missing", "REQ-5", ours, "BAD_REQUEST without an id"},
                            {"number", "REQ-5", ours, "for an id that is a number"},
                            {"null", "REQ-5", ours, "for an id that is null"},
                            {"array", "REQ-5", ours, "for an id that is an array"},
                            {"empty", "REQ-5", ours, "for an empty id"},
                            {"too-long", "REQ-5", ours, "for an id of 257 bytes"}},
                 .run = bad_ids});
  all.push_back({.id = "errors/duplicate-id",
                 .title = "An id that is live already",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"told", "REQ-7", ours, "an untargeted error DUPLICATE_ID"},
                            {"ref", "REQ-7", ours, "with the id as ref"},
                            {"first-goes-on", "REQ-7", ours, "the first request ends as if nothing had been"}},
                 .run = duplicate_id});
  all.push_back({.id = "errors/order",
                 .title = "Requests with two things wrong",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"members-before-duplicate", "REQ-8", ours, "BAD_REQUEST for a bad mode under a live id"},
                            {"duplicate-before-module", "REQ-8", ours, "DUPLICATE_ID for an unknown module under a live id"},
                            {"members-before-module", "REQ-8", ours, "BAD_REQUEST for a bad mode of an unknown module"},
                            {"job-goes-on", "REQ-5", ours, "the request whose id is live ends as if nothing had been"}},
                 .run = order});
  all.push_back({.id = "errors/order-of-authentication",
                 .title = "A bad request for a protected module, without a token",
                 .needs = {Need::quick, Need::protected_module, Need::credential},
                 .after = {finishes},
                 .session = false,
                 .checks = {{"members-before-authentication", "REQ-8", ours, "BAD_REQUEST, though nobody is logged in"}},
                 .run = order_of_authentication});
  all.push_back({.id = "errors/reasons",
                 .title = "What is said about what is refused",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"bad-frame", "ERR-1", documented, "a message in any error about text that is no JSON"},
                            {"bad-member", "ERR-1", documented, "in any error about an unknown mode"},
                            {"bad-id", "ERR-1", documented, "in any error about an id that is a number"},
                            {"unknown-module", "ERR-1", documented, "in any error about a module that does not exist"},
                            {"duplicate", "ERR-1", documented, "in any error about an id that is live"}},
                 .run = reasons});
}

}  // namespace procedura::conformance::cases
