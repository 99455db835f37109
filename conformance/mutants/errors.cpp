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

}  // namespace

void add_errors(Catalogue& all) {
  all.push_back({.name = "not-found",
                 .clause = "REQ-6",
                 .checks = {"errors/unknown-module:code"},
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
  all.push_back({.name = "silent-on-binary",
                 .clause = "CON-4",
                 .checks = {"errors/bad-frames:binary"},
                 .breaks = "says nothing to a binary message",
                 .sabotage = [] { return deaf_to(Opcode::binary); }});
}

}  // namespace procedura::conformance::mutants
