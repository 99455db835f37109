#include "cases.hpp"
#include "common.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace procedura::conformance::cases {
namespace {

using nlohmann::ordered_json;
using protocol::Mode;
using protocol::Status;

Finding answered_under(Case& c, Connection& connection, std::string id, Mode mode = Mode::sync) {
  Request request = c.request(Need::quick, mode);
  request.id = std::move(id);
  return ends_with(connection.call(request), Status::finished);
}

void minimal(Case& c) {
  Connection& connection = c.session();
  c.judge("sync", answered_under(c, connection, "x"));
  c.judge("async", answered_under(c, connection, "y", Mode::async));
}

void named(Case& c) {
  Connection& connection = c.session();
  Request echo = c.request(Need::echo);
  echo.args.push_back(c.fresh_word("named"));
  c.judge("echo", result_holds(connection.call(echo), std::vector<std::string>{echo.args.back()}));
  c.judge("quick", result_as_promised(connection.call(c.request(Need::quick)), c.profile().module(Need::quick)));
}

void ids(Case& c) {
  Connection& connection = c.session();
  c.judge("digits", answered_under(c, connection, "007"));
  c.judge("unicode", answered_under(c, connection, "\u00e9\u4e16\U0001F30D-" + c.fresh_id()));
  c.judge("escapes", answered_under(c, connection, "a\"b\\c/d\te-" + c.fresh_id()));
  std::string longest = c.fresh_id();
  longest.resize(256, 'x');
  c.judge("long", answered_under(c, connection, longest));
  longest.back() = 'y';
  c.judge("job", answered_under(c, connection, longest, Mode::async));
}

/// Requests under ids that are much alike, all at once: each gets what it asked for.
Finding told_apart(Case& c, Connection& connection, const std::vector<std::string>& ids) {
  std::vector<std::pair<Exchange*, std::string>> all;
  for (const std::string& id : ids) {
    Request request = c.request(Need::echo);
    request.id = id;
    std::string word = c.fresh_word("mine");
    request.args.push_back(word);
    all.emplace_back(&connection.send(request), std::move(word));
  }
  Finding seen = Finding::kept();
  for (auto& [exchange, word] : all) {
    connection.until_over(*exchange);
    gather(seen, result_holds(*exchange, std::vector<std::string>{word}));
  }
  return seen;
}

void lookalikes(Case& c) {
  Connection& connection = c.session();
  const std::string rest = c.fresh_id();
  c.judge("case", told_apart(c, connection, {"id-a" + rest, "id-A" + rest, "ID-a" + rest}));
  c.judge("space", told_apart(c, connection, {"id" + rest, " id" + rest, "id" + rest + " ", "\tid" + rest}));
  c.judge("normal-form", told_apart(c, connection, {"\u00e9" + rest, "e\u0301" + rest}));
  c.judge("number", told_apart(c, connection, {"1", "01", "1.0", "1e0"}));
}

void unknown_members(Case& c) {
  Connection& connection = c.session();
  c.judge("ignored", finishes_with(c, connection, R"("trace":{"span":[1,2,{"deep":null}]},"priority":7,)"));
  c.judge("lookalikes", finishes_with(c, connection,
                                      R"("ID":"x","Cmd":"no-such","ARGS":7,"Mode":"never","job_id":"j","status":"finished",)"));
}

/// All of `text` as \u escapes; it is ASCII.
std::string escaped(std::string_view text) {
  static constexpr char digits[] = "0123456789aBcDeF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\u00").append(1, digits[byte >> 4U]).append(1, digits[byte & 0xfU]);
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void json_forms(Case& c) {
  Connection& connection = c.session();
  const auto judge = [&](std::string_view check, auto&& reword) {
    const Request request = c.request(Need::quick);
    c.judge(check, finishes_as(connection, request, reword(request, connection.text_of(request))));
  };
  judge("reversed", [](const Request&, const std::string& text) {
    const auto members = ordered_json::parse(text);
    ordered_json reversed = ordered_json::object();
    for (const std::string_view name : {"mode", "args", "cmd", "id"}) {
      reversed[std::string{name}] = members.at(std::string{name});
    }
    return reversed.dump();
  });
  judge("white-space",
        [](const Request&, const std::string& text) { return "\r\n\t " + ordered_json::parse(text).dump(4, ' ') + " \n\r\t"; });
  judge("escaped-names", [](const Request&, std::string text) {
    for (const std::string_view name : {"id", "cmd", "args", "mode"}) {
      replace_all(text, "\"" + std::string{name} + "\":", "\"" + escaped(name) + "\":");
    }
    return text;
  });
  judge("escaped-values", [](const Request& request, std::string text) {
    for (const std::string_view value :
         {std::string_view{request.id}, std::string_view{request.cmd}, to_string(request.mode)}) {
      replace_all(text, "\"" + std::string{value} + "\"", "\"" + escaped(value) + "\"");
    }
    return text;
  });
}

void fragments(Case& c) {
  Connection& connection = c.session();
  const auto in_parts = [&](Request request, std::size_t parts) {
    Exchange& exchange = connection.send_fragments(request, parts);
    connection.until_over(exchange);
    return ends_with(exchange, Status::finished);
  };
  c.judge("answered", in_parts(c.request(Need::quick), 5));
  // Each byte alone, so that characters of the id are cut through.
  Request request = c.request(Need::quick);
  request.id = "\u00e9\u4e16\U0001F30D-" + request.id;
  c.judge("bytes", in_parts(request, connection.text_of(request).size()));
  request = c.request(Need::quick);
  c.judge("empty", in_parts(request, 3 * connection.text_of(request).size()));
}

/// A style that the profile claims is held against the agent; of another it is only told how it fares.
Finding as_claimed(const Profile& profile, protocol::ArgsStyle style, Finding seen) {
  if (profile.claims(style)) {
    return seen;
  }
  return Finding::note(kept(seen) ? "not claimed by the profile, and understood"
                                  : "not claimed by the profile, and not understood: " + seen.came);
}

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
  if (kept(seen) && style == protocol::ArgsStyle::module_first) {
    seen = without_own_name(exchange, echo.cmd, args.front());
  }
  return as_claimed(c.profile(), style, std::move(seen));
}

/// With the name first, an argument that happens to be the name as well is an argument.
Finding takes_one_name(Case& c, Connection& connection) {
  constexpr auto style = protocol::ArgsStyle::module_first;
  const Request request = c.request(Need::echo);
  const std::vector<std::string> words = {request.cmd, c.fresh_word("style")};
  std::vector<std::string> args = request.args;
  args.insert(args.end(), words.begin(), words.end());
  std::string text;
  protocol::append_request(text, request.id, request.cmd, args, request.mode, style);
  Exchange& exchange = connection.send_as(request, std::move(text));
  connection.until_over(exchange);
  return as_claimed(c.profile(), style, result_holds(exchange, words));
}

void args_style(Case& c) {
  Connection& connection = c.session();
  c.judge("module-first", honours(c, connection, protocol::ArgsStyle::module_first));
  c.judge("bare", honours(c, connection, protocol::ArgsStyle::bare));
  c.judge("name-once", takes_one_name(c, connection));
}

void args_verbatim(Case& c) {
  Connection& connection = c.session();
  c.judge("order", comes_back(c, connection, {"b", "a", "b", "10", "9"}));
  c.judge("empty", comes_back(c, connection, {"before", "", "after"}));
  c.judge("unicode", comes_back(c, connection, {"\u00e9\u4e16\u754c", "\U0001F30D", "a\"b\\c\nd"}));
  c.judge("options", comes_back(c, connection, {"--x", "--n=4", "-1", "--", "[1,2]"}));
  c.judge("space", comes_back(c, connection, {" before", "after ", " ", "\t", "two  blanks", "line\r\nbreak"}));
}

void args_many(Case& c) {
  Connection& connection = c.session();
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(std::to_string(i % 7) + "-" + std::to_string(i));
  }
  c.judge("many", comes_back(c, connection, many));
  std::string longest;
  while (longest.size() < std::size_t{64} * 1024) {
    longest += c.fresh_id();
  }
  c.judge("long", comes_back(c, connection, {longest}));
}

}  // namespace

void add_request(Registry& all) {
  all.push_back({.id = "request/minimal",
                 .title = "The four members and no more, under an id of one byte",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"sync", "REQ-1", Source::documented, "finished, under the same id"},
                            {"async", "REQ-1", Source::documented, "finished, for the same id or its job"}},
                 .run = minimal});
  all.push_back({.id = "request/id",
                 .title = "Ids of every kind, on the quick module",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"digits", "REQ-2", Source::documented, "the id \"007\", a string, byte for byte"},
                            {"unicode", "REQ-2", Source::documented, "the id byte for byte"},
                            {"escapes", "REQ-2", Source::documented, "the id byte for byte, however it is escaped"},
                            {"long", "REQ-2", Source::documented, "an id of 256 bytes, byte for byte"},
                            {"job", "REQ-2", Source::documented, "such an id of an asynchronous request, too"}},
                 .run = ids});
  all.push_back(
      {.id = "request/id-lookalikes",
       .title = "Requests at once, under ids that are nearly the same",
       .needs = {Need::quick, Need::echo},
       .after = {finishes},
       .checks = {{"case", "REQ-2", Source::documented, "to each its own result, where ids differ in upper and lower case"},
                  {"space", "REQ-2", Source::documented, "where they differ in white space around them"},
                  {"normal-form", "REQ-2", Source::documented, "where they are the same text in two Unicode normal forms"},
                  {"number", "REQ-2", Source::documented, "where they would be the same number"}},
       .run = lookalikes});
  all.push_back({.id = "request/unknown-members",
                 .title = "A request with members that the protocol does not name",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"ignored", "REQ-1", Source::documented, "finished, as without them"},
                            {"lookalikes", "REQ-1", Source::documented,
                             "finished, though they are named as its own are in other letters, and as those of a reply"}},
                 .run = unknown_members});
  all.push_back({.id = "request/json",
                 .title = "The same request in other words of JSON",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"reversed", "CON-2", Source::documented, "finished, with its members in reverse order"},
                            {"white-space", "CON-2", Source::documented, "with white space wherever JSON allows it"},
                            {"escaped-names", "CON-2", Source::documented, "with member names written as escapes"},
                            {"escaped-values", "CON-2", Source::documented, "with id, cmd and mode written as escapes"}},
                 .run = json_forms});
  all.push_back(
      {.id = "request/fragments",
       .title = "A request in several WebSocket fragments",
       .needs = {Need::quick},
       .after = {finishes},
       .checks = {{"answered", "CON-1", Source::documented, "finished, as in one piece"},
                  {"bytes", "CON-1", Source::documented, "each byte in a fragment of its own, also within characters"},
                  {"empty", "CON-1", Source::documented, "with empty fragments among them"}},
       .run = fragments});
  all.push_back({.id = "request/module",
                 .title = "Two modules, told apart by their names",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"echo", "REQ-3", Source::documented, "the result of the echo module, with its argument"},
                            {"quick", "REQ-3", Source::documented, "the result of the quick module, as the profile promises"}},
                 .run = named});
  all.push_back({.id = "request/args-style",
                 .title = "Arguments with the module's name first, and without it",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"module-first", "REQ-4", Source::documented, "the arguments, without the name"},
                            {"bare", "REQ-4", Source::observed, "the arguments"},
                            {"name-once", "REQ-4", Source::documented,
                             "an argument equal to the name, behind the name, is one of the arguments"}},
                 .run = args_style});
  all.push_back({.id = "request/args-verbatim",
                 .title = "Arguments of every kind come to the module as they were sent",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"order", "REQ-1", Source::documented, "the same strings in the same order"},
                            {"empty", "REQ-1", Source::documented, "the empty string in its place"},
                            {"unicode", "REQ-1", Source::documented, "the same characters"},
                            {"options", "REQ-1", Source::documented, "what looks like an option too"},
                            {"space", "REQ-1", Source::documented, "the same white space"}},
                 .run = args_verbatim});
  all.push_back({.id = "request/args-many",
                 .title = "A thousand arguments, and one of 64 KiB",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"many", "REQ-1", Source::documented, "all of them, in their order"},
                            {"long", "REQ-1", Source::documented, "the whole of it"}},
                 .run = args_many});
}

}  // namespace procedura::conformance::cases
