#include "cases.hpp"
#include "common.hpp"

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

void bad_frames(Case& c) {
  Connection& connection = c.session();
  const auto binary = [&](std::string bytes) {
    return told(c, connection, "BAD_FRAME", [&] { connection.send_binary(std::move(bytes)); });
  };
  c.judge("text", told(c, connection, "BAD_FRAME", "hello"));
  c.judge("truncated", told(c, connection, "BAD_FRAME", R"({"id":"x","cmd":)"));
  c.judge("array", told(c, connection, "BAD_FRAME", "[]"));
  c.judge("binary", binary("{}"));
  c.judge("number", told(c, connection, "BAD_FRAME", "7"));
  c.judge("string", told(c, connection, "BAD_FRAME", R"("id")"));
  c.judge("null", told(c, connection, "BAD_FRAME", "null"));
  c.judge("boolean", told(c, connection, "BAD_FRAME", "true"));
  c.judge("empty", told(c, connection, "BAD_FRAME", ""));
  c.judge("white-space", told(c, connection, "BAD_FRAME", " \n"));
  c.judge("empty-binary", binary(""));
}

/// A request that is sound but for one thing, which makes it none: it is refused, and nothing is run.
Finding refused_whole(Case& c, Connection& connection, const std::function<std::string(std::string)>& spoil,
                      bool binary = false) {
  const Request request = c.request(Need::quick);
  Exchange& exchange = connection.expect(request);
  const Finding seen = told(c, connection, "BAD_FRAME", [&] {
    std::string text = spoil(connection.text_of(request));
    if (binary) {
      connection.send_binary(std::move(text));
    } else {
      connection.send_raw(std::move(text));
    }
  });
  return exchange.frames.empty() ? seen : Finding::broken("it was answered: " + story(exchange));
}

void bad_json(Case& c) {
  Connection& connection = c.session();
  const auto with = [&](const char* member) {
    return refused_whole(c, connection, [member](std::string text) { return text.insert(1, member); });
  };
  const auto behind = [&](const char* more) {
    return refused_whole(c, connection, [more](std::string text) { return text + more; });
  };
  c.judge("trailing-comma", refused_whole(c, connection, [](std::string text) { return text.insert(text.size() - 1, ","); }));
  c.judge("two-objects", behind("{}"));
  c.judge("text-behind", behind(" end"));
  c.judge("comment", behind(" // so be it"));
  c.judge("single-quotes", with("'x':1,"));
  c.judge("bare-name", with("x:1,"));
  c.judge("nan", with(R"("x":NaN,)"));
  c.judge("infinity", with(R"("x":-Infinity,)"));
  c.judge("leading-zero", with(R"("x":01,)"));
  c.judge("lone-point", with(R"("x":1.,)"));
  c.judge("control-character", with("\"x\":\"a\nb\","));
  c.judge("bad-escape", with(R"("x":"\q",)"));
  c.judge("in-an-array", refused_whole(c, connection, [](std::string text) { return "[" + std::move(text) + "]"; }));
  c.judge("binary-request", refused_whole(
                                c, connection, [](std::string text) { return text; }, true));
}

}  // namespace

void add_bad_frames(Registry& all) {
  using enum Source;
  all.push_back({.id = "errors/bad-frames",
                 .title = "Messages that are no request",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"text", "CON-4", ours, "an untargeted BAD_FRAME for text that is no JSON"},
                            {"truncated", "CON-4", ours, "and for JSON that breaks off"},
                            {"array", "CON-4", ours, "and for JSON that is no object"},
                            {"binary", "CON-4", ours, "and for a binary message"},
                            {"number", "CON-4", ours, "and for a number"},
                            {"string", "CON-4", ours, "and for a string"},
                            {"null", "CON-4", ours, "and for null"},
                            {"boolean", "CON-4", ours, "and for true"},
                            {"empty", "CON-4", ours, "and for an empty message"},
                            {"white-space", "CON-4", ours, "and for a message of white space"},
                            {"empty-binary", "CON-4", ours, "and for an empty binary message"}},
                 .run = bad_frames,
                 .deadline = std::chrono::seconds{40}});
  all.push_back(
      {.id = "errors/bad-json",
       .title = "Requests that are nearly JSON",
       .needs = {Need::quick},
       .after = {finishes},
       .checks = {{"trailing-comma", "CON-9", ours, "BAD_FRAME for a comma behind the last member, and nothing is run"},
                  {"two-objects", "CON-9", ours, "for one object behind another"},
                  {"text-behind", "CON-9", ours, "for words behind the object"},
                  {"comment", "CON-9", ours, "for a comment"},
                  {"single-quotes", "CON-9", ours, "for a name in single quotes"},
                  {"bare-name", "CON-9", ours, "for a name without quotes"},
                  {"nan", "CON-9", ours, "for NaN"},
                  {"infinity", "CON-9", ours, "for -Infinity"},
                  {"leading-zero", "CON-9", ours, "for a number that begins with 0"},
                  {"lone-point", "CON-9", ours, "for a number that ends with a point"},
                  {"control-character", "CON-9", ours, "for a line break within a string"},
                  {"bad-escape", "CON-9", ours, "for an escape that JSON does not have"},
                  {"in-an-array", "CON-4", ours, "for an array that holds a request"},
                  {"binary-request", "CON-4", ours, "for a whole request as a binary message"}},
       .run = bad_json,
       .deadline = std::chrono::seconds{40}});
}

}  // namespace procedura::conformance::cases
