#include "cases.hpp"

#include <procedura/conformance/case.hpp>

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

Finding answered_under(Case& c, Connection& connection, std::string id) {
  Request request = c.request(Need::quick);
  request.id = std::move(id);
  return ends_with(connection.call(request), Status::finished);
}

void ids(Case& c) {
  Connection& connection = c.session();
  c.judge("digits", answered_under(c, connection, "007"));
  c.judge("unicode", answered_under(c, connection, "\u00e9\u4e16\U0001F30D-" + c.fresh_id()));
  c.judge("escapes", answered_under(c, connection, "a\"b\\c/d\te-" + c.fresh_id()));
  std::string longest = c.fresh_id();
  longest.resize(256, 'x');
  c.judge("long", answered_under(c, connection, longest));
}

void unknown_members(Case& c) {
  Connection& connection = c.session();
  const Request request = c.request(Need::quick);
  std::string text = connection.text_of(request);
  text.insert(1, R"("trace":{"span":[1,2,{"deep":null}]},"priority":7,)");
  Exchange& exchange = connection.send_as(request, std::move(text));
  connection.until_over(exchange);
  c.judge("ignored", ends_with(exchange, Status::finished));
}

void fragments(Case& c) {
  Connection& connection = c.session();
  Exchange& exchange = connection.send_fragments(c.request(Need::quick), 5);
  connection.until_over(exchange);
  c.judge("answered", ends_with(exchange, Status::finished));
}

/// A style that the profile claims is held against the agent; of another it is only told how it fares.
Finding honours(Case& c, Connection& connection, protocol::ArgsStyle style) {
  const Module& echo = c.profile().module(Need::echo);
  const Request request = c.request(Need::echo);
  const std::string word = c.fresh_word("style");
  std::vector<std::string> args = echo.args;
  args.push_back(word);
  std::string text;
  protocol::append_request(text, request.id, request.cmd, args, request.mode, style);
  Exchange& exchange = connection.send_as(request, std::move(text));
  connection.until_over(exchange);
  Finding seen = result_holds(exchange, std::vector<std::string>{word});
  if (seen.kind == Finding::Kind::kept && style == protocol::ArgsStyle::module_first) {
    seen = without_own_name(exchange, echo.cmd, word);
  }
  if (c.profile().claims(style)) {
    return seen;
  }
  return Finding::note(seen.kind == Finding::Kind::kept ? "not claimed by the profile, and understood"
                                                        : "not claimed by the profile, and not understood: " + seen.came);
}

void args_style(Case& c) {
  Connection& connection = c.session();
  c.judge("module-first", honours(c, connection, protocol::ArgsStyle::module_first));
  c.judge("bare", honours(c, connection, protocol::ArgsStyle::bare));
}

Finding comes_back(Case& c, Connection& connection, const std::vector<std::string>& words) {
  Request request = c.request(Need::echo);
  request.args.insert(request.args.end(), words.begin(), words.end());
  return result_holds(connection.call(request), words);
}

void args_verbatim(Case& c) {
  Connection& connection = c.session();
  c.judge("order", comes_back(c, connection, {"b", "a", "b", "10", "9"}));
  c.judge("empty", comes_back(c, connection, {"before", "", "after"}));
  c.judge("unicode", comes_back(c, connection, {"\u00e9\u4e16\u754c", "\U0001F30D", "a\"b\\c\nd"}));
  c.judge("options", comes_back(c, connection, {"--x", "--n=4", "-1", "--", "[1,2]"}));
}

}  // namespace

void add_request(Registry& all) {
  all.push_back({.id = "request/id",
                 .title = "Ids of every kind, on the quick module",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"digits", "REQ-2", Source::documented, "the id \"007\", a string, byte for byte"},
                            {"unicode", "REQ-2", Source::documented, "the id byte for byte"},
                            {"escapes", "REQ-2", Source::documented, "the id byte for byte, however it is escaped"},
                            {"long", "REQ-2", Source::documented, "an id of 256 bytes, byte for byte"}},
                 .run = ids});
  all.push_back({.id = "request/unknown-members",
                 .title = "A request with members that the protocol does not name",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"ignored", "REQ-1", Source::documented, "finished, as without them"}},
                 .run = unknown_members});
  all.push_back({.id = "request/fragments",
                 .title = "A request in five WebSocket fragments",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"answered", "CON-1", Source::documented, "finished, as in one piece"}},
                 .run = fragments});
  all.push_back({.id = "request/args-style",
                 .title = "Arguments with the module's name first, and without it",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"module-first", "REQ-4", Source::documented, "the arguments, without the name"},
                            {"bare", "REQ-4", Source::observed, "the arguments"}},
                 .run = args_style});
  all.push_back({.id = "request/args-verbatim",
                 .title = "Arguments of every kind come to the module as they were sent",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"order", "REQ-1", Source::documented, "the same strings in the same order"},
                            {"empty", "REQ-1", Source::documented, "the empty string in its place"},
                            {"unicode", "REQ-1", Source::documented, "the same characters"},
                            {"options", "REQ-1", Source::documented, "what looks like an option too"}},
                 .run = args_verbatim});
}

}  // namespace procedura::conformance::cases
