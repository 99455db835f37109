#include "sabotages.hpp"

#include <algorithm>
#include <cctype>

namespace procedura::conformance::mutants {
namespace {

/// Replies bear another id than the request.
Sabotage with_ids(void (*change)(std::string&)) {
  return on_reply("", [change](Reply& reply) {
    std::string id = reply.id;
    change(id);
    if (id != reply.id) {
      reply.edit([&id](Json& frame) { frame["id"] = id; });
    }
  });
}

/// The module gets other arguments.
Sabotage with_args(std::function<void(Json&)> change) {
  return on_reply("echo", [change = std::move(change)](Reply& reply) {
    if (reply.status == Status::finished) {
      reply.edit([&change](Json& frame) { change(frame["result"]["args"]); });
    }
  });
}

/// Requests with this in their text are refused.
Sabotage cannot_read(std::string_view words) {
  return on_request("", [words = std::string{words}](Asked& asked) {
    if (asked.text.find(words) != std::string::npos) {
      asked.answer({error(asked.request.id, "BAD_FRAME", "unreadable")});
    }
  });
}

}  // namespace

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
  all.push_back({.name = "short-ids",
                 .clause = "REQ-2",
                 .checks = {"request/id:long", "request/id:job"},
                 .breaks = "cuts ids to 64 bytes",
                 .sabotage = [] {
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
                 .checks = {"request/fragments:answered", "request/fragments:bytes", "request/fragments:empty",
                            "keepalive/between-fragments:answered"},
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
                 .checks = {"request/args-verbatim:unicode", "limits/characters:astral"},
                 .breaks = "knows only the basic plane in arguments",
                 .sabotage = [] { return replace_in_replies("echo", "\U0001F30D", "?"); }});
  all.push_back({.name = "reads-options",
                 .clause = "REQ-1",
                 .checks = {"request/args-verbatim:options"},
                 .breaks = "takes -- for itself",
                 .sabotage = [] { return replace_in_replies("echo", R"("--",)", ""); }});
  all.push_back({.name = "minds-short-ids",
                 .clause = "REQ-1",
                 .checks = {"request/minimal:sync", "request/minimal:async"},
                 .breaks = "refuses the four documented members where the id is short",
                 .sabotage = [] {
                   return on_request("", [](Asked& asked) {
                     if (asked.request.id.size() == 1) {
                       asked.answer({error(asked.request.id, "BAD_REQUEST", "an id has 8 digits")});
                     }
                   });
                 }});
  all.push_back({.name = "ids-in-lower-case",
                 .clause = "REQ-2",
                 .checks = {"request/id-lookalikes:case"},
                 .breaks = "sends ids back in lower case",
                 .sabotage = [] {
                   return with_ids([](std::string& id) {
                     std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return std::tolower(c); });
                   });
                 }});
  all.push_back({.name = "trims-ids",
                 .clause = "REQ-2",
                 .checks = {"request/id-lookalikes:space"},
                 .breaks = "takes white space off ids",
                 .sabotage = [] {
                   return with_ids([](std::string& id) { std::erase_if(id, [](char c) { return c == ' ' || c == '\t'; }); });
                 }});
  all.push_back({.name = "composes-ids",
                 .clause = "REQ-2",
                 .checks = {"request/id-lookalikes:normal-form"},
                 .breaks = "brings ids to a Unicode normal form",
                 .sabotage = [] { return replace_in_replies("echo", "e\u0301", "\u00e9"); }});
  all.push_back({.name = "ids-as-numbers",
                 .clause = "REQ-2",
                 .checks = {"request/id-lookalikes:number"},
                 .breaks = "takes ids that are numbers for the same where their values are",
                 .sabotage = [] {
                   return with_ids([](std::string& id) {
                     if (id == "01" || id == "1.0" || id == "1e0") {
                       id = "1";
                     }
                   });
                 }});
  all.push_back({.name = "names-in-any-case",
                 .clause = "REQ-1",
                 .checks = {"request/unknown-members:lookalikes"},
                 .breaks = "takes a member ID for its id",
                 .sabotage = [] {
                   return on_request("", [](Asked& asked) {
                     if (asked.text.find("\"ID\"") != std::string::npos) {
                       asked.edit([](Json& frame) { frame["id"] = frame["ID"]; });
                     }
                   });
                 }});
  all.push_back({.name = "wants-the-id-first",
                 .clause = "CON-2",
                 .checks = {"request/json:reversed"},
                 .breaks = "reads requests only in the documented order",
                 .sabotage = [] { return cannot_read(R"({"mode":)"); }});
  all.push_back({.name = "wants-compact-json",
                 .clause = "CON-2",
                 .checks = {"request/json:white-space"},
                 .breaks = "reads no JSON over several lines",
                 .sabotage = [] { return cannot_read("{\n"); }});
  all.push_back({.name = "escapes-no-names",
                 .clause = "CON-2",
                 .checks = {"request/json:escaped-names"},
                 .breaks = "compares member names without looking at escapes",
                 .sabotage = [] { return cannot_read(R"({"\u)"); }});
  all.push_back({.name = "escapes-no-values",
                 .clause = "CON-2",
                 .checks = {"request/json:escaped-values"},
                 .breaks = "compares the mode without looking at escapes",
                 .sabotage = [] { return cannot_read(R"("mode":"\u)"); }});
  all.push_back({.name = "drops-every-name",
                 .clause = "REQ-4",
                 .checks = {"request/args-style:name-once"},
                 .breaks = "takes all leading arguments away that are its name",
                 .sabotage = [] { return replace_in_requests("echo", R"("args":["echo","echo",)", R"("args":["echo",)"); }});
  all.push_back({.name = "trims-args",
                 .clause = "REQ-1",
                 .checks = {"request/args-verbatim:space"},
                 .breaks = "takes white space off arguments",
                 .sabotage = [] { return replace_in_replies("echo", R"("after ")", R"("after")"); }});
  all.push_back({.name = "one-module-for-all",
                 .clause = "REQ-3",
                 .checks = {"request/module:echo"},
                 .breaks = "runs the quick module, whichever is named",
                 .overlay = stub("echo", R"("match":{"cmd":"echo"},"reply":[{"finished":{"meta":{},"entities":{}}}])")});
  all.push_back(
      {.name = "echo-for-all",
       .clause = "REQ-3",
       .checks = {"request/module:quick"},
       .breaks = "runs the echo module, whichever is named",
       .overlay = stub("quick", R"("match":{"cmd":"worldstate_snapshot"},"reply":[{"finished":{"args":"${raw_args}"}}])")});
  all.push_back({.name = "few-args",
                 .clause = "REQ-1",
                 .checks = {"request/args-many:many"},
                 .breaks = "hands on no more than 256 arguments",
                 .sabotage = [] {
                   return with_args([](Json& args) {
                     if (args.size() > 256) {
                       args.erase(args.begin() + 256, args.end());
                     }
                   });
                 }});
  all.push_back({.name = "short-args",
                 .clause = "REQ-1",
                 .checks = {"request/args-many:long"},
                 .breaks = "cuts arguments to 4 KiB",
                 .sabotage = [] {
                   return with_args([](Json& args) {
                     for (Json& arg : args) {
                       arg = arg.get<std::string>().substr(0, 4096);
                     }
                   });
                 }});
}

}  // namespace procedura::conformance::mutants
