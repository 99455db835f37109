#include "sabotages.hpp"

namespace procedura::conformance::mutants {

void add_request(Catalogue& all) {
  all.push_back({.name = "numbers-for-ids",
                 .clause = "REQ-2",
                 .checks = {"request/id:digits"},
                 .breaks = "turns an id of digits into a number",
                 .sabotage = [] { return replace_in_replies("", R"("007")", "7"); }});
  all.push_back({.name = "ascii-ids",
                 .clause = "REQ-2",
                 .checks = {"request/id:unicode"},
                 .breaks = "knows only ASCII in ids",
                 .sabotage = [] { return replace_in_replies("", "\u00e9", "?"); }});
  all.push_back({.name = "unescaped-ids",
                 .clause = "REQ-2",
                 .checks = {"request/id:escapes"},
                 .breaks = "loses a backslash in ids",
                 .sabotage = [] { return replace_in_replies("", R"(\\)", "/"); }});
  all.push_back(
      {.name = "short-ids", .clause = "REQ-2", .checks = {"request/id:long"}, .breaks = "cuts ids to 64 bytes", .sabotage = [] {
         return on_reply("", [](Reply& reply) {
           if (reply.id.size() > 64) {
             reply.replace(reply.id, reply.id.substr(0, 64));
           }
         });
       }});
  all.push_back({.name = "minds-unknown-members",
                 .clause = "REQ-1",
                 .checks = {"request/unknown-members:ignored"},
                 .breaks = "refuses requests with members that it does not know",
                 .sabotage = [] {
                   return on_request("", [](Asked& asked) {
                     if (asked.text.find("\"trace\"") != std::string::npos) {
                       asked.answer({error(asked.request.id, "BAD_REQUEST", "what is trace?")});
                     }
                   });
                 }});
  all.push_back({.name = "loses-fragments",
                 .clause = "CON-1",
                 .checks = {"request/fragments:answered"},
                 .breaks = "takes no message that comes in fragments",
                 .sabotage = [] {
                   Sabotage sabotage;
                   sabotage.from_client = [](Frame& frame, Hand& hand) {
                     if (!frame.fin || frame.opcode == Opcode::continuation) {
                       hand.drop();
                       hand.fired("lost a fragment");
                     }
                   };
                   return sabotage;
                 }});
  all.push_back({.name = "keeps-the-name",
                 .clause = "REQ-4",
                 .checks = {"request/args-style:module-first"},
                 .breaks = "hands the module its own name as first argument",
                 .sabotage = [] { return replace_in_requests("echo", R"("args":["echo",)", R"("args":["echo","echo",)"); }});
  all.push_back({.name = "cuts-bare-args",
                 .clause = "REQ-4",
                 .checks = {"request/args-style:bare"},
                 .breaks = "spoils arguments that do not begin with the module's name",
                 .sabotage = [] {
                   return on_reply("echo", [](Reply& reply) {
                     if (reply.args.size() == 1) {
                       reply.replace("style-", "");
                     }
                   });
                 }});
  all.push_back({.name = "sorts-args",
                 .clause = "REQ-1",
                 .checks = {"request/args-verbatim:order"},
                 .breaks = "hands arguments on in another order",
                 .sabotage = [] { return replace_in_replies("echo", R"("b","a","b")", R"("a","b","b")"); }});
  all.push_back({.name = "drops-empty-args",
                 .clause = "REQ-1",
                 .checks = {"request/args-verbatim:empty"},
                 .breaks = "drops empty arguments",
                 .sabotage = [] { return replace_in_replies("echo", R"(,"",)", ","); }});
  all.push_back({.name = "ascii-args",
                 .clause = "REQ-1",
                 .checks = {"request/args-verbatim:unicode"},
                 .breaks = "knows only the basic plane in arguments",
                 .sabotage = [] { return replace_in_replies("echo", "\U0001F30D", "?"); }});
  all.push_back({.name = "reads-options",
                 .clause = "REQ-1",
                 .checks = {"request/args-verbatim:options"},
                 .breaks = "takes -- for itself",
                 .sabotage = [] { return replace_in_replies("echo", R"("--",)", ""); }});
}

}  // namespace procedura::conformance::mutants
