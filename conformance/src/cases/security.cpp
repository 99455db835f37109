#include "authentication.hpp"
#include "cases.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;
using protocol::Status;

constexpr Need all_modules[] = {Need::quick, Need::slow, Need::streaming, Need::failing, Need::echo, Need::protected_module};

/// A request of each module of the profile that is public, or that is not.
std::vector<Request> requests(Case& c, bool open_to_all, Mode mode) {
  std::vector<Request> out;
  for (const Need need : all_modules) {
    if (c.profile().has(need) && c.profile().is_public(c.profile().module(need).cmd) == open_to_all) {
      out.push_back(need == Need::slow ? c.slow(std::chrono::milliseconds{10}, mode) : c.request(need, mode));
    }
  }
  return out;
}

bool is_code(const Exchange& exchange, std::string_view first, std::string_view second) {
  const Frame* end = exchange.terminal();
  return end != nullptr && end->reply.status == Status::error && (end->reply.code() == first || end->reply.code() == second);
}

/// The first module that is not answered with this error; kept if there is none.
Finding all_refused(Case& c, Connection& connection, Mode mode, std::string_view code) {
  for (const Request& request : requests(c, false, mode)) {
    const Exchange& exchange = connection.call(request);
    if (!is_code(exchange, code, code)) {
      return Finding::broken(request.cmd + ": " + story(exchange));
    }
  }
  return Finding::kept();
}

/// The first module that is refused for want of a session, though there is one; kept if there is none. What else becomes of
/// it is for other cases.
Finding all_admitted(Case& c, Connection& connection, bool open_to_all) {
  for (const Request& request : requests(c, open_to_all, Mode::sync)) {
    const Exchange& exchange = connection.call(request);
    if (!exchange.over() || is_code(exchange, "AUTH_REQUIRED", "AUTH_EXPIRED")) {
      return Finding::broken(request.cmd + ": " + story(exchange));
    }
  }
  return Finding::kept();
}

/// The protected module, in each style that the profile claims: an agent may look at `args` before it looks at the session.
Finding refused_in_each_style(Case& c, Connection& stranger) {
  for (const protocol::ArgsStyle style : c.profile().args_styles) {
    const Request request = c.request(Need::protected_module);
    std::string text;
    protocol::append_request(text, request.id, request.cmd, request.args, request.mode, style);
    Exchange& exchange = stranger.send_as(request, std::move(text));
    stranger.until_over(exchange);
    if (!is_code(exchange, "AUTH_REQUIRED", "AUTH_REQUIRED")) {
      return Finding::broken(std::string{to_string(style)} + ": " + story(exchange));
    }
  }
  return Finding::kept();
}

void without_session(Case& c) {
  const auto mended = [&c] { return all_admitted(c, c.session(), false).kind == Finding::Kind::kept; };
  const bool before = mended();
  Connection& stranger = c.connect();
  const Finding sync = all_refused(c, stranger, Mode::sync, "AUTH_REQUIRED");
  const Finding async = all_refused(c, stranger, Mode::async, "AUTH_REQUIRED");
  const Finding styles = refused_in_each_style(c, stranger);
  Connection& impostor = c.dial(Offer::both(c.fresh_word("no-such-token")));
  const Finding unknown = impostor.open()            ? all_refused(c, impostor, Mode::sync, "AUTH_REQUIRED")
                          : impostor.status() == 401 ? Finding::kept()
                                                     : Finding::broken("the upgrade failed: " + impostor.why());
  const bool well = before && mended();
  const Finding unsound = Finding::untestable("they do not run with a session either");
  c.judge("sync", well ? sync : unsound);
  c.judge("async", well ? async : unsound);
  c.judge("styles", well ? styles : unsound);
  c.judge("unknown-token", well ? unknown : unsound);
}

void after_expiry(Case& c) {
  constexpr std::chrono::seconds ttl{1};
  Connection& connection = c.connect();
  const Session session = log_in(connection, c, c.login(options(c, "--attach", "", "1"), c.credential()));
  const Exchange& alive = run_protected(c, connection);
  if (!finished(alive)) {
    throw CannotGoOn{"a session with a second to live does not run the protected module: " + story(alive)};
  }
  outlive(c, connection, session, ttl);
  const Finding refusal = all_refused(c, connection, Mode::sync, "AUTH_EXPIRED");
  const Exchange& again = connection.call(c.login(options(c, "--attach", "", "600"), c.credential()));
  const Finding renewed = !session_token(again) ? Finding::broken("the login failed: " + story(again))
                                                : ends_with(run_protected(c, connection), Status::finished);
  const bool well = good_token_runs(c);
  c.judge("refused", well ? refusal : nor_a_good_token());
  c.judge("renewed", well ? renewed : nor_a_good_token());
}

void running_job(Case& c) {
  constexpr std::chrono::seconds ttl{1};
  constexpr std::chrono::milliseconds work{1600};
  Connection& connection = c.connect();
  const Session session = log_in(connection, c, c.login(options(c, "--attach", "", "1"), c.credential()));
  Exchange& job = connection.send(c.slow(work, Mode::async));
  outlive(c, connection, session, ttl);
  const bool runs = !job.over();
  const Exchange& refusal = run_protected(c, connection);
  connection.until_over(job, work);
  if (!runs || finished(refusal)) {
    c.judge("finishes", Finding::untestable(runs ? "the session did not end: " + story(refusal)
                                                 : "the job ended before the session: " + story(job)));
  } else {
    c.judge("finishes", ends_with(job, Status::finished));
  }
}

void query_token(Case& c) {
  const std::string& token = c.token();
  const bool before = good_token_runs(c);
  Offer in_the_url;
  in_the_url.query = "token=" + token;
  Connection& connection = c.dial(in_the_url);
  const Finding seen = !connection.open()                       ? Finding::kept("the upgrade failed")
                       : finished(run_protected(c, connection)) ? Finding::broken("the protected module ran")
                                                                : Finding::kept();
  c.judge("grants-nothing", before && good_token_runs(c) ? seen : nor_a_good_token());
}

/// The first message from the agent, of those that `search` finds a secret in, that is none of `entitled`.
Finding shown_by(const Transcript& transcript, const protocol::Redactor& search, const std::vector<std::string>& entitled) {
  for (const Entry& entry : transcript) {
    const bool theirs = entry.kind == Entry::Kind::received || entry.kind == Entry::Kind::noticed;
    if (theirs && std::find(entitled.begin(), entitled.end(), entry.text) == entitled.end() &&
        search(entry.text) != entry.text) {
      return Finding::broken("it stands in " + protocol::redact_frame(entry.text));
    }
  }
  return Finding::kept();
}

void secrets(Case& c) {
  const auto credential = protocol::parse_credential(c.credential());
  const std::string plain = credential->user + ":" + credential->password;
  Connection& first = c.connect();
  const Exchange& login = first.call(c.login());
  const auto token = session_token(login);
  if (!token) {
    throw CannotGoOn{"the login failed: " + story(login)};
  }
  // All that an agent may be moved to say: results, refusals of each kind, and what it tells of itself.
  Connection& connection = c.connect(Offer::both(*token));
  connection.call(c.request(Need::quick));
  // A login that an agent takes after all may well return the token, too (LOG-3).
  std::vector<std::string> entitled = {login.terminal()->reply.text};
  const auto log_in_oddly = [&](Connection& where, const Request& request) {
    const Exchange& odd = where.call(request);
    if (session_token(odd)) {
      entitled.push_back(odd.terminal()->reply.text);
    }
  };
  for (Connection* each : {&first, &connection}) {
    each->call(c.request("__diag_auth", {}));
    each->call(c.request("__diag_ws_metrics", {}));
    each->call(c.request(c.fresh_word("no_such_module"), {}));
    each->call(c.request("login_pasword", {plain, "--replace"}));  // as people write it
    log_in_oddly(*each, c.login({"--ttl=soon"}, plain));
    log_in_oddly(*each, c.login({"--no-such-option"}, plain));
    log_in_oddly(*each, c.request("login_password", {plain + "x", "--replace"}));
    log_in_oddly(*each, c.request("login_password", {"b64:" + protocol::encode_base64(plain) + "!"}));
    each->send_raw(R"({"id":7,"cmd":"login_password","args":[")" + plain + R"("]})");
    each->send_raw("login_password " + plain + " " + *token);
    each->fence();
  }
  const auto judge = [&](std::string_view check, const protocol::Redactor& search, const std::string& canary,
                         const std::vector<std::string>& may_show) {
    // A search that finds nothing has to be one that would have.
    c.judge(check, search(canary) == canary ? Finding::harness("the search does not find what it looks for")
                                            : shown_by(c.transcript(), search, may_show));
  };
  protocol::Redactor for_token;
  for_token.add(*token);
  judge("token", for_token, login.terminal()->reply.text, entitled);
  protocol::Redactor for_password;
  for_password.add_credential(plain);
  judge("password", for_password, "a message with " + plain, {});
}

void needs_no_session(Case& c) {
  Connection& stranger = c.connect();
  // Whether there are such commands at all is for the cases about them.
  const auto admitted = [&](const char* cmd) {
    const Exchange& exchange = stranger.call(c.request(cmd, {}));
    return exchange.over() && !is_code(exchange, "AUTH_REQUIRED", "AUTH_EXPIRED") ? Finding::kept()
                                                                                  : Finding::broken(story(exchange));
  };
  c.judge("keepalive", admitted("__keepalive"));
  c.judge("metrics", admitted("__diag_ws_metrics"));
  c.judge("auth", admitted("__diag_auth"));
}

void public_modules(Case& c) {
  c.judge("admitted", all_admitted(c, c.connect(), true));
}

}  // namespace

void add_security(Registry& all) {
  const std::vector<Need> needs = {Need::quick, Need::credential, Need::protected_module};
  const std::vector<std::string_view> after = {finishes, session_check};
  all.push_back({.id = "security/without-session",
                 .title = "Every module that is not public, without a session",
                 .needs = needs,
                 .after = after,
                 .checks = {{"sync", "AUT-9", Source::ours, "AUTH_REQUIRED from each"},
                            {"async", "AUT-9", Source::ours, "and asynchronously"},
                            {"styles", "AUT-9", Source::ours, "from the protected one in each style that the profile claims"},
                            {"unknown-token", "AUT-6", Source::ours, "and with an unknown token, or HTTP 401"}},
                 .run = without_session,
                 .deadline = std::chrono::seconds{60}});
  all.push_back({.id = "security/after-expiry",
                 .title = "Every module that is not public, when the connection's session is over",
                 .needs = needs,
                 .after = after,
                 .checks = {{"refused", "AUT-9", Source::ours, "AUTH_EXPIRED from each"},
                            {"renewed", "LOG-7", Source::ours, "after another login on that connection they run again"}},
                 .run = after_expiry,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "security/running-job",
                 .title = "A job that runs when its session ends",
                 .needs = {Need::quick, Need::slow, Need::credential, Need::protected_module},
                 .after = after,
                 .session = false,
                 .checks = {{"finishes", "AUT-9", Source::ours, "it finishes"}},
                 .run = running_job});
  all.push_back({.id = "security/query-token",
                 .title = "A good token in the URL's query, and nowhere else",
                 .needs = needs,
                 .after = after,
                 .checks = {{"grants-nothing", "AUT-7", Source::ours, "the protected module does not run"}},
                 .run = query_token});
  all.push_back({.id = "security/secrets",
                 .title = "What the agent says of tokens and passwords, whatever it is asked",
                 .needs = needs,
                 .after = after,
                 .checks = {{"token", "AUT-7", Source::ours, "the token in a login's result, and in no other message"},
                            {"password", "AUT-7", Source::ours, "the password in no message"}},
                 .run = secrets,
                 .deadline = std::chrono::seconds{60}});
  all.push_back({.id = "security/needs-no-session",
                 .title = "The built-in commands, without a session",
                 .needs = {},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"keepalive", "AUT-9", Source::ours, "any answer but AUTH_REQUIRED"},
                            {"metrics", "AUT-9", Source::ours, "any answer but AUTH_REQUIRED"},
                            {"auth", "AUT-9", Source::ours, "any answer but AUTH_REQUIRED"}},
                 .run = needs_no_session});
  all.push_back({.id = "security/public-modules",
                 .title = "The modules that the profile calls public, without a session",
                 .needs = {Need::public_module},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"admitted", "AUT-9", Source::ours, "none of them asks for a session"}},
                 .run = public_modules});
}

}  // namespace procedura::conformance::cases
