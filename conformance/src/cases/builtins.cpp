#include "authentication.hpp"
#include "cases.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

namespace procedura::conformance::cases {
namespace {

using nlohmann::json;
using protocol::Mode;

/// The result of a built-in command. Where it does not finish, `check` is not kept, and the case cannot go on.
json asked(Case& c, Connection& connection, const char* cmd, std::string_view check, Mode mode = Mode::sync) {
  const Exchange& exchange = connection.call(c.request(cmd, {}, mode));
  if (!finished(exchange)) {
    if (!c.findings().contains(check)) {
      c.judge(check, Finding::broken(story(exchange)));
    }
    throw CannotGoOn{std::string{cmd} + " does not finish: " + story(exchange)};
  }
  return json::parse(exchange.terminal()->reply.result(), nullptr, false);
}

std::string shown(const json& value) {
  return value.is_discarded() ? "what no number can hold" : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The value at a JSON pointer; null if there is none.
json at(const json& value, const char* pointer) {
  const json::json_pointer path{pointer};
  return value.is_object() && value.contains(path) ? value.at(path) : json{};
}

double number(const json& value, const char* pointer) {
  const json found = at(value, pointer);
  return found.is_number() ? found.get<double>() : -1;
}

Finding is(const json& value, const char* pointer, const json& expected) {
  return value.is_object() && value.contains(json::json_pointer{pointer}) && at(value, pointer) == expected
             ? Finding::kept()
             : Finding::broken(shown(value));
}

void keepalive(Case& c) {
  Connection& connection = c.session();
  const json first = asked(c, connection, "__keepalive", "ok");
  const json second = asked(c, connection, "__keepalive", "ok", Mode::async);
  c.judge("ok", is(first, "/ok", true));
  c.judge("time", at(first, "/server_time_ms").is_number_integer() ? Finding::kept() : Finding::broken(shown(first)));
  c.judge("forward", number(first, "/server_time_ms") <= number(second, "/server_time_ms")
                         ? Finding::kept()
                         : Finding::broken(shown(first) + ", then " + shown(second)));
}

bool counts(const json& value) {
  return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

Finding metrics_shape(const json& metrics) {
  for (const char* counter : {"/connections/open", "/connections/total", "/frames/in", "/frames/out", "/bytes/in", "/bytes/out",
                              "/jobs/live", "/jobs/finished", "/jobs/failed"}) {
    if (!counts(at(metrics, counter))) {
      return Finding::broken(std::string{counter + 1} + " is no count: " + shown(metrics));
    }
  }
  if (!at(metrics, "/uptime_s").is_number() || number(metrics, "/uptime_s") < 0) {
    return Finding::broken("uptime_s is no number of seconds: " + shown(metrics));
  }
  const json errors = at(metrics, "/errors");
  if (!errors.is_object()) {
    return Finding::broken("errors is no object: " + shown(metrics));
  }
  for (const auto& [code, count] : errors.items()) {
    if (!counts(count)) {
      return Finding::broken("errors/" + code + " is no count: " + shown(metrics));
    }
  }
  return Finding::kept();
}

/// Others are connected to the agent as well, so counters that only grow may grow by more.
Finding grows(const json& before, const json& after, std::initializer_list<const char*> counters, double least) {
  for (const char* counter : counters) {
    if (number(after, counter) < number(before, counter) + least) {
      return Finding::broken(std::string{counter + 1} + " was " + shown(at(before, counter)) + ", then " +
                             shown(at(after, counter)));
    }
  }
  return Finding::kept();
}

void metrics(Case& c) {
  Connection& connection = c.session();
  const json before = asked(c, connection, "__diag_ws_metrics", "shape");
  Connection& second = c.session();
  second.call(c.request(Need::quick, Mode::async));  // a job by any reading
  const Exchange& unknown = second.call(c.request(c.fresh_word("no_such_module"), {}));
  const json after = asked(c, connection, "__diag_ws_metrics", "shape");
  const bool coded = unknown.over() && !unknown.terminal()->reply.code().empty();
  const std::string code = coded ? std::string{unknown.terminal()->reply.code()} : "";
  c.judge("shape", metrics_shape(before));
  c.judge("connections", number(after, "/connections/open") < 2 ? Finding::broken("two connections are open: " + shown(after))
                                                                : grows(before, after, {"/connections/total"}, 1));
  c.judge("traffic", grows(before, after, {"/frames/in", "/frames/out", "/bytes/in", "/bytes/out"}, 2));
  c.judge("jobs", grows(before, after, {"/jobs/finished"}, 1));
  c.judge("uptime", grows(before, after, {"/uptime_s"}, 0));
  const auto count = [&code](const json& metrics) {
    const json errors = at(metrics, "/errors");
    return errors.is_object() && errors.contains(code) && errors[code].is_number() ? errors[code].get<double>() : 0.0;
  };
  c.judge("errors", !coded                              ? Finding::untestable("no error with a code came: " + story(unknown))
                    : count(after) >= count(before) + 1 ? Finding::kept()
                                                        : Finding::broken(code + " is not counted: " + shown(after)));
}

void live_jobs(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  Exchange& job = connection.send(c.slow(work, Mode::async));
  const json during = asked(c, connection, "__diag_ws_metrics", "live");
  const bool running = !job.over();
  connection.until_over(job, work);
  c.judge("live", !running                            ? Finding::untestable("the job was over by then: " + story(job))
                  : number(during, "/jobs/live") >= 1 ? Finding::kept()
                                                      : Finding::broken(shown(during)));
}

/// What `__diag_auth` says, and that it does not say the token.
Finding identity_is(const json& auth, const json& user, const json& device, const json& via) {
  for (const auto& [pointer, expected] :
       {std::pair{"/authenticated", json(true)}, {"/user", user}, {"/device", device}, {"/via", via}}) {
    if (const Finding seen = is(auth, pointer, expected); seen.kind != Finding::Kind::kept) {
      return seen;
    }
  }
  return number(auth, "/expires_in") > 0 ? Finding::kept() : Finding::broken(shown(auth));
}

void auth(Case& c) {
  const std::string user = protocol::parse_credential(c.credential())->user;
  Connection& login = c.connect();
  const json anonymous = asked(c, login, "__diag_auth", "anonymous");
  const Session session = log_in(login, c, c.login(options(c, "--attach", "", "600"), c.credential()));
  const auto seen_by = [&c](Connection& connection) { return asked(c, connection, "__diag_auth", "login"); };
  const json by_login = seen_by(login);
  const json by_subprotocol = seen_by(c.connect(Offer::subprotocol_only(session.token)));
  const json by_bearer = seen_by(c.connect(Offer::bearer_only(session.token)));
  const json by_both = seen_by(c.connect(Offer::both(session.token)));

  const bool nobody = at(anonymous, "/authenticated") == false && is(anonymous, "/via", nullptr).kind == Finding::Kind::kept &&
                      is(anonymous, "/user", nullptr).kind == Finding::Kind::kept &&
                      is(anonymous, "/device", nullptr).kind == Finding::Kind::kept && anonymous.contains("expires_in");
  c.judge("anonymous", nobody ? Finding::kept() : Finding::broken(shown(anonymous)));
  c.judge("login", identity_is(by_login, user, c.device(), "login"));
  c.judge("subprotocol", identity_is(by_subprotocol, user, c.device(), "subprotocol"));
  c.judge("bearer", identity_is(by_bearer, user, c.device(), "bearer"));
  c.judge("both", identity_is(by_both, user, c.device(), "subprotocol"));
  const double left = number(by_both, "/expires_in");
  c.judge("expires-in", left > 590 && left <= 600 ? Finding::kept() : Finding::broken(shown(by_both)));
  protocol::Redactor search;
  search.add(session.token);
  Finding untold = Finding::kept();
  for (const json& told : {by_login, by_subprotocol, by_bearer, by_both}) {
    if (const std::string text = shown(told); search(text) != text) {
      untold = Finding::broken("the token stands in it: " + text);
    }
  }
  c.judge("no-token", untold);
}

}  // namespace

void add_builtins(Registry& all) {
  all.push_back({.id = "built-ins/keepalive",
                 .title = "__keepalive, twice: synchronously and asynchronously",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"ok", "BLT-1", Source::ours, "ok: true"},
                            {"time", "BLT-1", Source::ours, "server_time_ms, a whole number"},
                            {"forward", "BLT-1", Source::ours, "no earlier time the second time"}},
                 .run = keepalive});
  all.push_back({.id = "built-ins/metrics",
                 .title = "__diag_ws_metrics, before and after what it counts",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"shape", "BLT-2", Source::ours, "every member, and counts where counts belong"},
                            {"connections", "BLT-2", Source::ours, "both of ours are open; one more was made in all"},
                            {"traffic", "BLT-2", Source::ours, "more frames and bytes, in and out"},
                            {"jobs", "BLT-2", Source::ours, "one more job finished"},
                            {"uptime", "BLT-2", Source::ours, "no less of it"},
                            {"errors", "BLT-2", Source::ours, "one more of the error that came"}},
                 .run = metrics});
  all.push_back({.id = "built-ins/live-jobs",
                 .title = "__diag_ws_metrics while a job runs",
                 .needs = {Need::quick, Need::slow},
                 .after = {finishes},
                 .checks = {{"live", "BLT-2", Source::ours, "the job among jobs.live"}},
                 .run = live_jobs});
  all.push_back({.id = "built-ins/auth",
                 .title = "__diag_auth on connections that authenticate in each way",
                 .needs = {Need::credential},
                 .after = {upgraded, session_check},
                 .session = false,
                 .checks = {{"anonymous", "BLT-3", Source::ours, "authenticated: false, and null for user, device and via"},
                            {"login", "BLT-3", Source::ours, "user, device, and via: login"},
                            {"subprotocol", "BLT-3", Source::ours, "user, device, and via: subprotocol"},
                            {"bearer", "BLT-3", Source::ours, "user, device, and via: bearer"},
                            {"both", "BLT-3", Source::ours, "via: subprotocol, where both are sent (AUT-2a)"},
                            {"expires-in", "BLT-3", Source::ours, "the seconds that are left"},
                            {"no-token", "BLT-3", Source::ours, "the token in none of them"}},
                 .run = auth});
}

}  // namespace procedura::conformance::cases
