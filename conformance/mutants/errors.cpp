#include "sabotages.hpp"

namespace procedura::conformance::mutants {
namespace {

/// Text messages of the suite that hold `from` come to the agent with `to` in its place: it does not mind.
Sabotage does_not_mind(std::string_view from, std::string_view to) {
  return on_frame_from_suite(Opcode::text, [from = std::string{from}, to = std::string{to}](Frame& frame, Hand& hand) {
    if (const auto at = frame.payload.find(from); at != std::string::npos) {
      frame.payload.replace(at, from.size(), to);
      hand.fired("took " + from + " for " + to);
    }
  });
}

/// Text messages of the suite that are just this are passed over in silence.
Sabotage passes_over(std::string_view message) {
  return on_frame_from_suite(Opcode::text, [message = std::string{message}](Frame& frame, Hand& hand) {
    if (frame.payload == message) {
      hand.drop();
      hand.fired("passed " + message + " over in silence");
    }
  });
}

Sabotage on_code(std::string_view code, std::function<void(Reply&)> change) {
  return on_reply("", [code = "\"" + std::string{code} + "\"", change = std::move(change)](Reply& reply) {
    if (reply.status == Status::error && reply.text.find(code) != std::string::npos) {
      change(reply);
    }
  });
}

Sabotage does_not_mind(const std::vector<std::pair<std::string, std::string>>& words) {
  Sabotage all;
  for (const auto& [from, to] : words) {
    all = both(std::move(all), does_not_mind(from, to));
  }
  return all;
}

}  // namespace

void add_errors(Catalogue& all) {
  all.push_back({.name = "not-found",
                 .clause = "REQ-6",
                 .checks = {"errors/unknown-module:code", "async/immediate-error:code"},
                 .breaks = "has another code for an unknown module",
                 .sabotage = [] { return replace_in_replies("", "UNKNOWN_MODULE", "NOT_FOUND"); }});
  all.push_back({.name = "unknown-module-without-reason",
                 .clause = "ERR-1",
                 .checks = {"errors/unknown-module:reason"},
                 .breaks = "does not say what is wrong with an unknown module",
                 .sabotage = [] {
                   return on_code("UNKNOWN_MODULE",
                                  [](Reply& reply) { reply.edit([](Json& frame) { frame["message"] = ""; }); });
                 }});
  all.push_back({.name = "takes-any-mode",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-members:mode"},
                 .breaks = "takes a mode that does not exist for sync",
                 .sabotage = [] { return does_not_mind(R"("later")", R"("sync")"); }});
  all.push_back({.name = "needs-no-mode",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-members:mode-missing"},
                 .breaks = "takes a request without a mode for sync",
                 .sabotage = [] { return does_not_mind(R"("mood":)", R"("mode":)"); }});
  all.push_back({.name = "guesses-the-cmd",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-members:cmd-missing"},
                 .breaks = "takes a request without a cmd",
                 .sabotage = [] { return does_not_mind(R"("command":)", R"("cmd":)"); }});
  all.push_back({.name = "takes-numbers-as-args",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-members:args-type"},
                 .breaks = "takes a request with a number among its args",
                 .sabotage = [] { return does_not_mind(R"("args":[7,)", R"("args":[)"); }});
  all.push_back({.name = "silent-on-duplicates",
                 .clause = "REQ-7",
                 .checks = {"errors/duplicate-id:told"},
                 .breaks = "does not tell that an id is live already",
                 .sabotage = [] { return on_code("DUPLICATE_ID", [](Reply& reply) { reply.drop(); }); }});
  all.push_back({.name = "ends-the-first-for-a-duplicate",
                 .clause = "REQ-7",
                 .checks = {"errors/duplicate-id:first-goes-on"},
                 .breaks = "ends the first request with the error about the second",
                 .sabotage = [] {
                   return on_code("DUPLICATE_ID",
                                  [](Reply& reply) { reply.edit([](Json& frame) { frame["id"] = frame["ref"]; }); });
                 }});
  all.push_back({.name = "silent-on-text",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:text"},
                 .breaks = "says nothing to text that is no JSON",
                 .sabotage = [] { return passes_over("hello"); }});
  all.push_back({.name = "silent-on-broken-json",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:truncated"},
                 .breaks = "says nothing to JSON that breaks off",
                 .sabotage = [] { return passes_over(R"({"id":"x","cmd":)"); }});
  all.push_back({.name = "silent-on-arrays",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:array"},
                 .breaks = "says nothing to JSON that is no object",
                 .sabotage = [] { return passes_over("[]"); }});
  all.push_back({.name = "unpacks-arrays",
                 .clause = "CON-4",
                 .checks = {"errors/bad-json:in-an-array"},
                 .breaks = "takes an array for its first element",
                 .sabotage = [] {
                   return does_not_mind({{"[{", "{"}, {"}]", "}"}});
                 }});
  all.push_back({.name = "silent-on-binary",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:binary", "errors/bad-frames:empty-binary", "errors/bad-json:binary-request"},
                 .breaks = "says nothing to a binary message",
                 .sabotage = [] { return deaf_to(Opcode::binary); }});
  all.push_back({.name = "finds-no-ref",
                 .clause = "REQ-7",
                 .checks = {"errors/duplicate-id:ref"},
                 .breaks = "does not say which id is live already",
                 .sabotage = [] {
                   return on_code("DUPLICATE_ID", [](Reply& reply) { reply.edit([](Json& frame) { frame.erase("ref"); }); });
                 }});
  all.push_back({.name = "takes-any-cmd",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-types:cmd-number", "errors/bad-types:cmd-null", "errors/bad-types:cmd-array"},
                 .breaks = "takes a cmd of any type",
                 .sabotage = [] {
                   return does_not_mind({{R"("cmd":7,"x":)", R"("cmd":)"},
                                         {R"("cmd":null,"x":)", R"("cmd":)"},
                                         {R"("cmd":["x"],"x":)", R"("cmd":)"}});
                 }});
  all.push_back({.name = "takes-any-args",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-types:args-string", "errors/bad-types:args-object", "errors/bad-types:args-null",
                            "errors/bad-types:args-missing", "errors/bad-types:args-nested"},
                 .breaks = "takes args of any type, or none",
                 .sabotage = [] {
                   return does_not_mind({{R"("args":"--x","x":)", R"("args":)"},
                                         {R"("args":{},"x":)", R"("args":)"},
                                         {R"("args":null,"x":)", R"("args":)"},
                                         {R"("arguments":)", R"("args":)"},
                                         {R"("args":[["x"],)", R"("args":[)"}});
                 }});
  all.push_back({.name = "takes-every-mode",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-types:mode-number", "errors/bad-types:mode-null", "errors/bad-types:mode-case",
                            "errors/bad-types:mode-empty"},
                 .breaks = "takes whatever the mode is for sync",
                 .sabotage = [] {
                   return does_not_mind({{R"("mode":1,"x":)", R"("mode":)"},
                                         {R"("mode":null,"x":)", R"("mode":)"},
                                         {R"("mode":"SYNC")", R"("mode":"sync")"},
                                         {R"("mode":"")", R"("mode":"sync")"}});
                 }});
  all.push_back({.name = "takes-any-id",
                 .clause = "REQ-5",
                 .checks = {"errors/bad-ids:missing", "errors/bad-ids:number", "errors/bad-ids:null", "errors/bad-ids:array",
                            "errors/bad-ids:empty", "errors/bad-ids:too-long"},
                 .breaks = "runs requests whose id is none",
                 .sabotage = [] {
                   return does_not_mind({{R"("ident":)", R"("id":)"},
                                         {R"("id":7,)", R"("id":"7",)"},
                                         {R"("id":null)", R"("id":"null")"},
                                         {R"("id":["x"])", R"("id":"x")"},
                                         {R"("id":"")", R"("id":"none")"},
                                         {"\"" + std::string(257, 'x') + "\"", R"("long")"}});
                 }});
  all.push_back({.name = "looks-at-members-last",
                 .clause = "REQ-8",
                 .checks = {"errors/order:members-before-duplicate", "errors/order:members-before-module",
                            "errors/order-of-authentication:members-before-authentication"},
                 .breaks = "looks at the id, the module and the token before it looks at the mode",
                 .sabotage = [] { return does_not_mind(R"("later")", R"("sync")"); }});
  all.push_back({.name = "looks-at-modules-first",
                 .clause = "REQ-8",
                 .checks = {"errors/order:duplicate-before-module"},
                 .breaks = "looks at the module before it looks whether the id is live",
                 .sabotage = [] { return replace_in_replies("", "DUPLICATE_ID", "UNKNOWN_MODULE"); }});
  all.push_back({.name = "ends-a-job-for-a-bad-request",
                 .clause = "REQ-5",
                 .checks = {"errors/order:job-goes-on"},
                 .breaks = "ends a job with the error about a bad request under its id",
                 .sabotage = [] {
                   return on_code("BAD_REQUEST", [](Reply& reply) {
                     reply.edit([](Json& frame) {
                       if (frame.contains("ref")) {
                         frame["id"] = frame["ref"];
                       }
                     });
                   });
                 }});
  all.push_back({.name = "gives-no-reasons",
                 .clause = "ERR-1",
                 .checks = {"errors/reasons:bad-frame", "errors/reasons:bad-member", "errors/reasons:bad-id",
                            "errors/reasons:unknown-module", "errors/reasons:duplicate"},
                 .breaks = "sends errors without a message",
                 .sabotage = [] {
                   return on_reply("", [](Reply& reply) {
                     if (reply.status == Status::error) {
                       reply.edit([](Json& frame) { frame.erase("message"); });
                     }
                   });
                 }});
  all.push_back({.name = "silent-on-scalars",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:number", "errors/bad-frames:string", "errors/bad-frames:null",
                            "errors/bad-frames:boolean"},
                 .breaks = "says nothing to JSON that is no object and no array",
                 .sabotage = [] {
                   return both(both(passes_over("7"), passes_over(R"("id")")), both(passes_over("null"), passes_over("true")));
                 }});
  all.push_back({.name = "silent-on-nothing",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:empty", "errors/bad-frames:white-space"},
                 .breaks = "says nothing to a message with nothing in it",
                 .sabotage = [] { return both(passes_over(""), passes_over(" \n")); }});
  all.push_back({.name = "lenient-json",
                 .clause = "CON-9",
                 .checks = {"errors/bad-json:trailing-comma", "errors/bad-json:two-objects", "errors/bad-json:text-behind",
                            "errors/bad-json:comment", "errors/bad-json:single-quotes", "errors/bad-json:bare-name",
                            "errors/bad-json:nan", "errors/bad-json:infinity", "errors/bad-json:leading-zero",
                            "errors/bad-json:lone-point", "errors/bad-json:control-character", "errors/bad-json:bad-escape"},
                 .breaks = "takes what is nearly JSON for JSON",
                 .sabotage = [] {
                   return does_not_mind({{",}", "}"},
                                         {"}{}", "}"},
                                         {"} end", "}"},
                                         {"} // so be it", "}"},
                                         {"'x':1,", ""},
                                         {"{x:1,", "{"},
                                         {R"("x":NaN,)", ""},
                                         {R"("x":-Infinity,)", ""},
                                         {R"("x":01,)", ""},
                                         {R"("x":1.,)", ""},
                                         {"\"x\":\"a\nb\",", ""},
                                         {R"("x":"\q",)", ""}});
                 }});
}

}  // namespace procedura::conformance::mutants
