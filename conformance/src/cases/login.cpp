#include "authentication.hpp"
#include "cases.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/token.hpp>

#include <nlohmann/json.hpp>

#include <array>

namespace procedura::conformance::cases {
namespace {

using nlohmann::json;
using protocol::Status;

std::optional<std::string> token_of(Case& c, const Request& request) {
  return session_token(c.connect().call(request));
}

/// The object that a login finished with; nothing if it did not.
std::optional<json> result_of(const Exchange& login) {
  const json result = finished(login) ? json::parse(login.terminal()->reply.result(), nullptr, false) : json{};
  return result.is_object() ? std::optional{result} : std::nullopt;
}

Finding has_member(const std::optional<json>& result, const char* name, const json& expected) {
  if (!result) {
    return Finding::untestable("the login did not finish with an object");
  }
  const auto found = result->find(name);
  return found == result->end() ? Finding::broken(std::string{"a result without "} + name)
         : *found == expected
             ? Finding::kept()
             : Finding::broken(std::string{name} + " is " + found->dump(-1, ' ', false, json::error_handler_t::replace));
}

/// What is left of `ttl` seconds, of which some may have gone by.
Finding lasts(const std::optional<json>& result, std::int64_t ttl) {
  constexpr std::int64_t underway = 5;
  if (!result) {
    return Finding::untestable("the login did not finish with an object");
  }
  const auto found = result->find("expires_in");
  if (found == result->end() || !found->is_number()) {
    return Finding::broken("a result without a number expires_in");
  }
  const double left = found->get<double>();
  return left <= static_cast<double>(ttl) && left > static_cast<double>(ttl - underway)
             ? Finding::kept()
             : Finding::broken("expires_in is " + found->dump());
}

Finding logs_in(Case& c, const Request& request) {
  const Exchange& login = c.connect().call(request);
  return session_token(login) ? Finding::kept() : Finding::broken(story(login));
}

void token(Case& c) {
  const Exchange& login = c.connect().call(c.login());
  const auto token = session_token(login);
  c.judge("issued", token ? Finding::kept()
                    : login.over() && login.terminal()->reply.status == protocol::Status::finished
                        ? Finding::broken("finished without a result.session_token that is a string")
                        : Finding::broken(story(login)));
  c.judge("subprotocol", !token ? Finding::untestable("there is no token")
                         : protocol::is_subprotocol(*token)
                             ? Finding::kept()
                             : Finding::broken("a token with characters that no Sec-WebSocket-Protocol may have"));
}

void credential_forms(Case& c) {
  const auto credential = protocol::parse_credential(c.credential());
  const std::string plain = credential->user + ":" + credential->password;
  const std::string base64 = protocol::encode_base64(plain);
  const std::vector<std::string> options = {"--replace", "--device=" + c.device()};
  c.keep_secret(base64);
  c.judge("plain", logs_in(c, c.login(options, plain)));
  c.judge("base64", logs_in(c, c.login(options, base64)));
  c.judge("prefixed", logs_in(c, c.login(options, "b64:" + base64)));
}

void documented_options(Case& c) {
  c.judge("replace", logs_in(c, c.login(options(c, "--replace", "", "600"), c.credential())));
  c.judge("attach", logs_in(c, c.login(options(c, "--attach", "", "600"), c.credential())));
}

void devices(Case& c) {
  const auto with = [&c](std::string_view suffix) {
    return token_of(c, c.login(options(c, "--attach", suffix, "600"), c.credential()));
  };
  const auto first = with("");
  const auto again = with("");
  const bool both = first && again;
  c.judge("same", !both              ? Finding::untestable("a login failed")
                  : *first == *again ? Finding::kept()
                                     : Finding::broken("another token for the same user and device"));
  if (c.wants("other")) {
    const auto other = with("-other");
    c.judge("other", !first || !other   ? Finding::untestable("a login failed")
                     : *first != *other ? Finding::kept()
                                        : Finding::broken("the same token for another device"));
    const auto nameless = [&c] { return token_of(c, c.login({"--attach", "--ttl=600"}, c.credential())); };
    const auto one = nameless();
    const auto two = nameless();
    c.judge("none", !first || !one || !two                             ? Finding::untestable("a login failed")
                    : *one != *two && *one != *first && *two != *first ? Finding::kept()
                                                                       : Finding::broken("the same token twice"));
  }
}

void other_user(Case& c) {
  const auto as = [&c](const std::string& credential) {
    return token_of(c, c.login(options(c, "--attach", "", "600"), credential));
  };
  const auto mine = as(c.credential());
  const auto theirs = as(c.profile().second_user()->credential);
  c.judge("other", !mine || !theirs   ? Finding::untestable("a login failed")
                   : *mine != *theirs ? Finding::kept()
                                      : Finding::broken("the same token for another user"));
}

void reconnect(Case& c) {
  Connection& first = c.connect();
  const Session session = log_in(first, c, c.login());
  first.close();
  Connection& second = c.dial(Offer::both(session.token));
  c.judge("taken", !second.open() ? Finding::broken("the upgrade failed: " + second.why())
                                  : ends_with(run_protected(c, second), Status::finished));
}

void identity(Case& c) {
  Connection& connection = c.connect();
  Connection& bystander = c.connect();
  const Exchange& before = run_protected(c, connection);
  log_in(connection, c, c.login());
  const Exchange& after = run_protected(c, connection);
  const Exchange& elsewhere = run_protected(c, bystander);
  const bool open_to_all = finished(before);
  const Finding proves_nothing = Finding::untestable("the protected module runs without a login too");
  c.judge("borne", open_to_all ? proves_nothing : ends_with(after, Status::finished));
  c.judge("not-shared", open_to_all           ? proves_nothing
                        : !finished(after)    ? Finding::untestable("nor does it run after the login")
                        : finished(elsewhere) ? Finding::broken("it runs on another connection, too")
                                              : Finding::kept());
}

/// The connection is open and answers a request; or `why` not.
Finding alive(Connection& connection) {
  return connection.fence() ? Finding::kept() : Finding::broken(connection.open() ? "it answers no more" : connection.why());
}

void attach(Case& c) {
  Connection& first = c.connect();
  Connection& second = c.connect();
  const Session session = log_in(first, c, c.login(options(c, "--attach"), c.credential()));
  const Exchange& again = second.call(c.login(options(c, "--attach"), c.credential()));
  const auto token = session_token(again);
  const auto result = result_of(again);
  c.judge("joined", !token                    ? Finding::broken(story(again))
                    : *token != session.token ? Finding::broken("another token than the live session's")
                                              : has_member(result, "attached", true));
  c.judge("undisturbed", alive(first));
}

void replace(Case& c) {
  Connection& joined = c.connect();
  Connection& other_device = c.connect();
  Connection& newcomer = c.connect();
  log_in(joined, c, c.login(options(c, "--attach"), c.credential()));
  log_in(other_device, c, c.login(options(c, "--attach", "-other"), c.credential()));
  log_in(newcomer, c, c.login(options(c, "--replace"), c.credential()));
  c.judge("itself", alive(newcomer));
  c.judge("other-device", alive(other_device));
  const Finding old = alive(joined);
  c.judge("session", old.kind == Finding::Kind::kept || joined.close_code() == 4001 ? Finding::kept() : old);
}

void result(Case& c) {
  const auto user = protocol::parse_credential(c.credential())->user;
  const Exchange& first = c.connect().call(c.login(options(c, "--attach", "", "600"), c.credential()));
  const Exchange& again = c.connect().call(c.login(options(c, "--attach", "", "300"), c.credential()));
  const auto begun = result_of(first);
  const auto joined = result_of(again);
  c.judge("user", has_member(begun, "user", user));
  c.judge("device", has_member(begun, "device", c.device()));
  c.judge("expires-in", lasts(begun, 600));
  c.judge("renewed", lasts(joined, 300));
  c.judge("begun", has_member(begun, "attached", false));
  c.judge("joined", has_member(joined, "attached", true));
}

void ttl_bounds(Case& c) {
  const auto with = [&c](std::string_view ttl) -> Exchange& {
    return c.connect().call(c.login(options(c, "--attach", "", ttl), c.credential()));
  };
  const auto fine = [&](std::string_view ttl) { return session_token(with(ttl)).has_value(); };
  const bool before = fine("600");
  const std::pair<const char*, const char*> wrong[] = {{"zero", "0"},        {"negative", "-1"},
                                                       {"text", "soon"},     {"fraction", "1.5"},
                                                       {"over", "31536001"}, {"huge", "99999999999999999999"}};
  std::map<std::string_view, Finding> seen;
  for (const auto& [check, ttl] : wrong) {
    seen[check] = has_code(with(ttl), "BAD_REQUEST");
  }
  const Exchange& longest = with("31536000");
  const bool well = before && fine("600");
  for (const auto& [check, finding] : seen) {
    c.judge(check, well ? finding : Finding::untestable("a login with --ttl=600 is refused as well"));
  }
  c.judge("longest", session_token(longest) ? Finding::kept() : Finding::broken(story(longest)));
}

void ttl_renewed(Case& c) {
  // Two sessions side by side: what was long is made short, and what was short long.
  const auto with = [&c](Connection& connection, std::string_view device, std::string_view ttl) {
    return log_in(connection, c, c.login(options(c, "--attach", device, ttl), c.credential()));
  };
  Connection& shortened = c.connect();
  Connection& extended = c.connect();
  with(extended, "-extended", "1");
  const Session longer = with(extended, "-extended", "600");
  const Session former = with(shortened, "-shortened", "600");
  const Session shorter = with(shortened, "-shortened", "1");
  const Exchange& before = run_protected(c, shortened);
  outlive(c, extended, shorter, std::chrono::seconds{1});
  const Denial denial = denied(c, shortened, "AUTH_EXPIRED");
  c.judge("shortened", former.token != shorter.token ? Finding::untestable("another token for the same user and device")
                       : !finished(before)           ? Finding::untestable("it did not live for its second: " + story(before))
                                                     : denial.told);
  Connection& anew = c.dial(Offer::both(longer.token));
  c.judge("extended", !anew.open() ? Finding::broken("the upgrade failed: " + anew.why())
                                   : ends_with(run_protected(c, anew), Status::finished));
}

void colon_password(Case& c) {
  const std::string& credential = c.profile().colon_password()->credential;
  const auto parsed = protocol::parse_credential(credential);
  const std::string plain = parsed->user + ":" + parsed->password;
  const std::string base64 = protocol::encode_base64(plain);
  c.keep_secret(base64);
  c.judge("plain", logs_in(c, c.login(options(c, "--replace"), plain)));
  c.judge("base64", logs_in(c, c.login(options(c, "--replace"), "b64:" + base64)));
}

/// How long an answer took, in words.
std::string took(const Exchange& login) {
  const Duration time = login.over() ? login.frames.back().at - login.sent_at : Duration{};
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) + " us";
}

/// The error's text as people see it; ids are each request's own.
std::string words_of(const Exchange& login) {
  return login.over() ? std::string{login.terminal()->reply.message()} : std::string{};
}

void wrong_password(Case& c) {
  const auto credential = protocol::parse_credential(c.credential());
  const std::array<std::string, 3> wrong = {credential->user + ":" + c.fresh_word("wrong"),
                                            c.fresh_word("nobody") + "@example.org:" + credential->password,
                                            c.fresh_word("malformed")};
  const auto mended = [&] { return logs_in(c, c.login(options(c, "--replace"), c.credential())).kind == Finding::Kind::kept; };
  const bool before = mended();
  Finding refusal = Finding::kept();
  Finding alike = Finding::kept();
  Finding tokenless = Finding::kept();
  std::vector<const Exchange*> logins;
  for (const std::string& attempt : wrong) {
    c.keep_secret(attempt);
    const Exchange& login = c.connect().call(c.login(options(c, "--replace"), attempt));
    logins.push_back(&login);
    if (const Finding seen = refused(login); seen.kind != Finding::Kind::kept) {
      refusal = seen;
    }
    if (const Finding seen = has_code(login, "AUTH_FAILED"); seen.kind != Finding::Kind::kept) {
      alike = seen;
    }
    for (const Frame& frame : login.frames) {
      if (frame.reply.text.find("\"session_token\":\"") != std::string::npos || issued_token(frame.reply.text)) {
        tokenless = Finding::broken("a frame with a session_token");
      }
    }
  }
  const bool same = words_of(*logins[0]) == words_of(*logins[1]) && words_of(*logins[0]) == words_of(*logins[2]);
  const bool sound = before && mended();
  const Finding unsound = Finding::untestable("the right password is refused as well");
  c.judge("refused", sound ? refusal : unsound);
  c.judge("alike", sound ? alike : unsound);
  c.judge("same-words", !sound ? unsound
                        : same ? Finding::kept()
                               : Finding::broken("\"" + words_of(*logins[0]) + "\", \"" + words_of(*logins[1]) + "\" and \"" +
                                                 words_of(*logins[2]) + "\""));
  c.judge("no-token", sound ? tokenless : unsound);
  c.judge("timing", Finding::note("a wrong password took " + took(*logins[0]) + ", an unknown user " + took(*logins[1]) +
                                  ", a malformed credential " + took(*logins[2])));
}

}  // namespace

void add_login(Registry& all) {
  const std::vector<Need> needs = {Need::credential};
  const std::vector<Need> with_module = {Need::credential, Need::protected_module};
  all.push_back({.id = "login/token",
                 .title = "A login with the profile's credential",
                 .needs = needs,
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"issued", "LOG-2", Source::documented, "finished, with a string result.session_token"},
                            {"subprotocol", "LOG-2", Source::documented, "a token that Sec-WebSocket-Protocol can carry"}},
                 .run = token});
  all.push_back({.id = "login/credential-forms",
                 .title = "The same credential in each of its forms",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"plain",
                             "LOG-1",
                             Source::documented,
                             "a token for email:password",
                             {},
                             "an agent that breaks it cannot be logged into at all, which login/token judges"},
                            {"base64", "LOG-1", Source::documented, "a token for the base64 of it"},
                            {"prefixed", "LOG-1", Source::documented, "a token for b64: and the base64 of it"}},
                 .run = credential_forms});
  all.push_back({.id = "login/options",
                 .title = "The documented options of a login",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"replace", "LOG-1", Source::documented, "a token for --replace --device --ttl"},
                            {"attach", "LOG-1", Source::documented, "a token for --attach --device --ttl"}},
                 .run = documented_options});
  all.push_back({.id = "login/devices",
                 .title = "Logins of one user, with the same device key and with another",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"same", "LOG-3", Source::documented, "the same token"},
                            {"other", "LOG-3", Source::ours, "another token for another device"},
                            {"none", "LOG-3", Source::ours, "another token for each login without a device key"}},
                 .run = devices});
  all.push_back(
      {.id = "login/wrong-password",
       .title = "A wrong password, an unknown user and a malformed credential",
       .needs = needs,
       .after = {session_check},
       .session = false,
       .checks = {{"refused", "LOG-6", Source::ours, "an error, and no token"},
                  {"alike", "LOG-6", Source::ours, "the error AUTH_FAILED each time"},
                  {"same-words", "LOG-6", Source::ours, "the same message each time"},
                  {"no-token", "LOG-6", Source::ours, "no session_token in any frame"},
                  // Other load on the machine is longer than what is to be seen here.
                  {"timing", "LOG-6", Source::ours, "told only", Level::may, "how long it took is told, never judged"}},
       .run = wrong_password});
  all.push_back({.id = "login/colon-password",
                 .title = "A credential with a colon in its password",
                 .needs = {Need::credential, Need::colon_password},
                 .after = {session_check},
                 .session = false,
                 .checks = {{"plain", "LOG-1", Source::documented, "a token: the user ends at the first colon"},
                            {"base64", "LOG-1", Source::documented, "a token: so it does in base64"}},
                 .run = colon_password});
  all.push_back({.id = "login/other-user",
                 .title = "Two users with the same device key",
                 .needs = {Need::credential, Need::second_user},
                 .after = {session_check},
                 .session = false,
                 .checks = {{"other", "LOG-3", Source::ours, "a token for each"}},
                 .run = other_user});
  all.push_back({.id = "login/reconnect",
                 .title = "The login's connection is closed, and its token used on another",
                 .needs = with_module,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"taken", "LOG-2", Source::documented, "the protected module runs"}},
                 .run = reconnect});
  all.push_back({.id = "login/identity",
                 .title = "The protected module on the connection that logs in, before and after, and on another",
                 .needs = with_module,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"borne", "LOG-7", Source::ours, "it runs after the login, without a reconnect"},
                            {"not-shared", "AUT-9", Source::ours, "it does not run on the other connection"}},
                 .run = identity});
  all.push_back({.id = "login/attach",
                 .title = "--attach to a session that is live on another connection",
                 .needs = {Need::quick, Need::credential},
                 .after = {finishes, session_check},
                 .session = false,
                 .checks = {{"joined", "LOG-5", Source::ours, "the session's token, and attached: true"},
                            {"undisturbed", "LOG-5", Source::ours, "the other connection goes on"}},
                 .run = attach});
  all.push_back(
      {.id = "login/replace",
       .title = "--replace of a session that is live on another connection",
       .needs = {Need::quick, Need::credential},
       .after = {finishes, session_check},
       .session = false,
       .checks = {{"itself", "LOG-5", Source::ours, "the connection that logs in goes on"},
                  {"other-device", "LOG-5", Source::ours, "and so does that of another device"},
                  {"session", "LOG-5", Source::ours, "the session's other connection goes on, or is closed with 4001"}},
       .run = replace});
  all.push_back({.id = "login/result",
                 .title = "What a login finishes with, the first time and the second",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"user", "LOG-4", Source::ours, "user: that of the credential"},
                            {"device", "LOG-4", Source::ours, "device: the device key"},
                            {"expires-in", "LOG-4", Source::ours, "expires_in: the seconds that were asked for"},
                            {"renewed", "LOG-4", Source::ours, "expires_in of the second login: its own"},
                            {"begun", "LOG-4", Source::ours, "attached: false, where a session begins"},
                            {"joined", "LOG-4", Source::ours, "attached: true, where one is joined"}},
                 .run = result});
  all.push_back({.id = "login/ttl-bounds",
                 .title = "Lifetimes that are none, and the longest",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"zero", "LOG-4", Source::ours, "BAD_REQUEST for --ttl=0"},
                            {"negative", "LOG-4", Source::ours, "BAD_REQUEST for --ttl=-1"},
                            {"text", "LOG-4", Source::ours, "BAD_REQUEST for --ttl=soon"},
                            {"fraction", "LOG-4", Source::ours, "BAD_REQUEST for --ttl=1.5"},
                            {"over", "LOG-4", Source::ours, "BAD_REQUEST for --ttl=31536001"},
                            {"huge", "LOG-4", Source::ours, "BAD_REQUEST for a number of twenty digits"},
                            {"longest", "LOG-4", Source::ours, "a token for --ttl=31536000"}},
                 .run = ttl_bounds});
  all.push_back({.id = "login/ttl-renewed",
                 .title = "A second login that gives a session another lifetime",
                 .needs = with_module,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"shortened", "LOG-4", Source::ours, "over when the shorter time is: AUTH_EXPIRED"},
                            {"extended", "LOG-4", Source::ours, "live when the shorter time is over"}},
                 .run = ttl_renewed});
}

}  // namespace procedura::conformance::cases
