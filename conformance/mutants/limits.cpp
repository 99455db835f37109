#include "sabotages.hpp"

#include <algorithm>
#include <memory>

namespace procedura::conformance::mutants {
namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

/// From the first frame of the suite on that `which` is true of, the agent is gone.
Sabotage dies_of(std::function<bool(const Frame&)> which) {
  const auto dead = std::make_shared<bool>(false);
  Sabotage sabotage;
  sabotage.request = [dead](Head&, Hand& hand) {
    if (*dead) {
      hand.drop();
      hand.hang_up();
    }
  };
  sabotage.from_client = [dead, which = std::move(which)](Frame& frame, Hand& hand) {
    if (!*dead && which(frame)) {
      *dead = true;
      hand.fired("died of a message of " + std::to_string(frame.payload.size()) + " bytes");
    }
    if (*dead) {
      hand.drop();
      hand.hang_up();
    }
  };
  return sabotage;
}

auto brackets(const Frame& frame) {
  return std::count(frame.payload.begin(), frame.payload.end(), '[');
}

Sabotage refuses(std::function<bool(const std::string&)> which) {
  return on_request("", [which = std::move(which)](Asked& asked) {
    if (which(asked.text)) {
      asked.answer({error(asked.request.id, "BAD_REQUEST", "that is too much")});
    }
  });
}

Sabotage in_echoes(std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
  Sabotage all;
  for (const auto& [from, to] : words) {
    all = both(std::move(all), replace_in_replies("echo", from, to));
  }
  return all;
}

}  // namespace

void add_limits(Catalogue& all) {
  all.push_back({.name = "takes-one-mebibyte",
                 .clause = "CON-3",
                 .checks = {"limits/big-request:finished", "limits/big-request:alive", "limits/big-result:finished"},
                 .breaks = "takes no message over 1 MiB",
                 .sabotage = [] {
                   return on_frame_from_suite(Opcode::text, [](Frame& frame, Hand& hand) {
                     if (frame.payload.size() > mebibyte) {
                       hand.close(1009);
                       hand.fired("closed for a message of " + std::to_string(frame.payload.size()) + " bytes");
                     }
                   });
                 }});
  all.push_back({.name = "cuts-big-results",
                 .clause = "CON-3",
                 .checks = {"limits/big-result:whole"},
                 .breaks = "cuts what is long in a result",
                 .sabotage = [] {
                   return on_reply("echo", [](Reply& reply) {
                     if (reply.text.size() > mebibyte) {
                       reply.edit([](Json& frame) {
                         for (Json& arg : frame["result"]["args"]) {
                           arg = arg.get<std::string>().substr(0, mebibyte);
                         }
                       });
                     }
                   });
                 }});
  all.push_back({.name = "no-limit",
                 .clause = "CON-3",
                 .checks = {"limits/over:closed"},
                 .breaks = "takes more than it says",
                 .sabotage = [] {
                   return on_frame_from_suite(Opcode::text, [](Frame& frame, Hand& hand) {
                     if (frame.payload.size() > 8 * mebibyte) {
                       frame.payload.erase(frame.payload.find("..."), frame.payload.size() - 8 * mebibyte);
                       hand.fired("took a message over the limit");
                     }
                   });
                 }});
  all.push_back({.name = "dies-of-big-messages",
                 .clause = "CON-3",
                 .checks = {"limits/over:elsewhere"},
                 .breaks = "does not survive a message over its limit",
                 .sabotage = [] { return dies_of([](const Frame& frame) { return frame.payload.size() > 8 * mebibyte; }); }});
  all.push_back({.name = "shallow",
                 .clause = "CON-9",
                 .checks = {"limits/depth:deepest"},
                 .breaks = "takes no JSON deeper than 100",
                 .sabotage = [] {
                   return refuses([](const std::string& text) { return std::count(text.begin(), text.end(), '[') > 100; });
                 }});
  all.push_back({.name = "bottomless",
                 .clause = "CON-9",
                 .checks = {"limits/depth:deeper", "limits/depth:bottomless"},
                 .breaks = "takes JSON of any depth",
                 .sabotage = [] {
                   return on_frame_from_suite(Opcode::text, [](Frame& frame, Hand& hand) {
                     if (brackets(frame) > 256) {
                       const auto from = frame.payload.find("[[");
                       frame.payload.replace(from, frame.payload.rfind("]]") + 2 - from, "[]");
                       hand.fired("took JSON that nests deeper than 256");
                     }
                   });
                 }});
  all.push_back({.name = "dies-of-depth",
                 .clause = "REQ-1",
                 .checks = {"limits/depth:elsewhere"},
                 .breaks = "overflows its stack",
                 .sabotage = [] { return dies_of([](const Frame& frame) { return brackets(frame) > 5000; }); }});
  all.push_back({.name = "ends-strings-at-nul",
                 .clause = "REQ-1",
                 .checks = {"limits/characters:nul"},
                 .breaks = "takes U+0000 for the end of a string",
                 .sabotage = [] {
                   return in_echoes({{R"(a\u0000b)", "a"}, {R"(\u0000)", ""}});
                 }});
  all.push_back({.name = "cleans-text",
                 .clause = "REQ-1",
                 .checks = {"limits/characters:controls", "limits/characters:separators", "limits/characters:noncharacters"},
                 .breaks = "takes characters away that cannot be seen",
                 .sabotage = [] {
                   return in_echoes({{R"(\u0001)", ""}, {"\u2028", " "}, {"\ufeff", ""}, {"\uffff", "\ufffd"}});
                 }});
  all.push_back({.name = "composes-args",
                 .clause = "REQ-1",
                 .checks = {"limits/characters:normal-forms"},
                 .breaks = "brings arguments to a Unicode normal form",
                 .sabotage = [] {
                   return in_echoes({{"e\u0301", "\u00e9"}});
                 }});
  all.push_back({.name = "halves-characters",
                 .clause = "CON-2",
                 .checks = {"limits/characters:escapes"},
                 .breaks = "cannot read pairs of surrogate escapes",
                 .sabotage = [] { return replace_in_requests("echo", R"(\ud83c\udf0d)", "??"); }});
  all.push_back({.name = "small-numbers",
                 .clause = "REQ-1",
                 .checks = {"limits/numbers:big-integer", "limits/numbers:long-integer", "limits/numbers:exponent",
                            "limits/numbers:fraction"},
                 .breaks = "refuses requests with numbers that it cannot hold in members that it ignores",
                 .sabotage = [] { return refuses([](const std::string& text) { return text.find("\"n\":") != text.npos; }); }});
  all.push_back({.name = "short-requests",
                 .clause = "REQ-1",
                 .checks = {"limits/members:many", "limits/members:long-name", "limits/members:long-string"},
                 .breaks = "refuses requests with much in members that it ignores",
                 .sabotage = [] { return refuses([](const std::string& text) { return text.size() > 32 * 1024; }); }});
  all.push_back({.name = "minds-empty-names",
                 .clause = "REQ-1",
                 .checks = {"limits/members:empty-name"},
                 .breaks = "refuses requests with a member without a name",
                 .sabotage = [] { return refuses([](const std::string& text) { return text.find("{\"\":") != text.npos; }); }});
}

}  // namespace procedura::conformance::mutants
