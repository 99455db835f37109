#include "cases.hpp"
#include "common.hpp"

#include <nlohmann/json.hpp>

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

/// What every agent takes at least (CON-3), and what this one says that it takes, if it says so.
std::size_t taken_at_most(const Profile& profile) {
  return profile.message_bytes != 0 ? profile.message_bytes : 8 * mebibyte;
}

void big_request(Case& c) {
  Connection& connection = c.session();
  Exchange& exchange = connection.send_padded(c.request(Need::quick), taken_at_most(c.profile()));
  connection.until_over(exchange);
  c.judge("finished", ends_with(exchange, Status::finished));
  c.judge("alive", sound(c, connection) ? Finding::kept() : Finding::broken("the quick module does not finish afterwards"));
}

void big_result(Case& c) {
  // Short of the limit by what an agent may put around its result.
  const std::size_t size = std::min(taken_at_most(c.profile()), 8 * mebibyte) - mebibyte / 4;
  Connection& connection = c.session();
  std::string word = c.fresh_word("big");
  word.resize(size, '.');
  word.replace(size - 8, 8, c.fresh_id());
  Request request = c.request(Need::echo);
  request.args.push_back(word);
  const Exchange& exchange = connection.call(request);
  c.judge("finished", ends_with(exchange, Status::finished));
  // Quoted in full by result_holds, which nobody wants to read.
  const bool whole = kept(result_holds(exchange, std::vector<std::string>{word}));
  c.judge("whole", whole             ? Finding::kept()
                   : exchange.over() ? Finding::broken("a result without the " + std::to_string(size) + " bytes that were sent")
                                     : Finding::untestable("the request did not end: " + story(exchange)));
}

void over_limit(Case& c) {
  Finding seen = Finding::kept();
  bool without_code = true;
  // Who closes with bytes unread resets the connection, and that may overtake the Close: for once, not every time.
  for (int attempt = 0; attempt < 3 && without_code && (attempt == 0 || kept(lives_on(c))); ++attempt) {
    Connection& connection = c.session();
    const bool before = sound(c, connection);
    connection.send_padded(c.request(Need::quick), taken_at_most(c.profile()) + 1);
    const bool closed = connection.until_closed();
    without_code = before && closed && connection.close_code() == 0;
    seen = !before ? unsound()
           : closed && connection.close_code() == 1009
               ? Finding::kept()
               : Finding::broken(closed ? connection.why() : "the connection stayed open");
  }
  c.judge("closed", seen);
  c.judge("elsewhere", lives_on(c));
}

/// A member whose value makes the request nest so many levels deep, itself among them.
std::string nested(std::size_t depth) {
  return R"("deep":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + ",";
}

void depth(Case& c) {
  Connection& connection = c.session();
  const auto too_deep = [&](std::size_t levels) {
    std::string text = connection.text_of(c.request(Need::quick));
    text.insert(1, nested(levels));
    return told(c, connection, "BAD_FRAME", std::move(text));
  };
  c.judge("deepest", finishes_with(c, connection, nested(256)));
  c.judge("deeper", too_deep(257));
  c.judge("bottomless", too_deep(10'000));
  c.judge("elsewhere", lives_on(c));
}

void characters(Case& c) {
  Connection& connection = c.session();
  c.judge("astral", comes_back(c, connection, {"\U0001F30D", "\U00010000", "\U0010FFFF", "\U0001F468\u200D\U0001F33E"}));
  c.judge("nul", comes_back(c, connection, {{"a\0b", 3}, {"\0", 1}, "after"}));
  std::string controls;
  for (char character = 1; character < 0x20; ++character) {
    controls += character;
  }
  c.judge("controls", comes_back(c, connection, {controls, "\x7f"}));
  c.judge("separators", comes_back(c, connection, {"\u2028\u2029", "\u00a0", "\u200b", "\ufeffmark"}));
  c.judge("noncharacters", comes_back(c, connection, {"\ufffe", "\uffff", "\ufffd"}));
  c.judge("normal-forms", comes_back(c, connection, {"\u00e9", "e\u0301", "\ufb01", "\u212b"}));

  const std::vector<std::string> words = {"\U0001F30D \u00e9\u4e16", "a/b"};
  Request request = c.request(Need::echo);
  request.args.insert(request.args.end(), words.begin(), words.end());
  const auto ascii = nlohmann::ordered_json::parse(connection.text_of(request)).dump(-1, ' ', true);
  Exchange& exchange = connection.send_as(request, ascii);
  connection.until_over(exchange);
  c.judge("escapes", result_holds(exchange, words));
}

void numbers(Case& c) {
  Connection& connection = c.session();
  c.judge("big-integer", finishes_with(c, connection, R"("n":[9007199254740993,18446744073709551616,-9223372036854775809],)"));
  c.judge("long-integer", finishes_with(c, connection, "\"n\":1" + std::string(400, '0') + ","));
  c.judge("exponent", finishes_with(c, connection, R"("n":[1e400,-1E+400,1e-400],)"));
  c.judge("fraction", finishes_with(c, connection, "\"n\":0." + std::string(1000, '3') + ","));
}

void members(Case& c) {
  Connection& connection = c.session();
  std::string many;
  for (int i = 0; i < 10'000; ++i) {
    many += "\"m" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  }
  c.judge("many", finishes_with(c, connection, many));
  c.judge("long-name", finishes_with(c, connection, "\"" + std::string(64 * 1024, 'n') + "\":1,"));
  // Well below 1 MiB, where many a WebSocket library draws the line: how much is taken at once is CON-3's question, a SHOULD.
  c.judge("long-string", finishes_with(c, connection, "\"s\":\"" + std::string(mebibyte / 2, 's') + "\","));
  c.judge("empty-name", finishes_with(c, connection, R"("":1,)"));
}

}  // namespace

void add_limits(Registry& all) {
  using enum Source;
  all.push_back({.id = "limits/big-request",
                 .title = "A request of 8 MiB, or of as much as the profile says",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"finished", "CON-3", observed, "finished, as without the padding"},
                            {"alive", "CON-3", observed, "requests are answered afterwards"}},
                 .run = big_request,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "limits/big-result",
                 .title = "An argument of nearly 8 MiB, there and back",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"finished", "CON-3", observed, "finished, as with a short one"},
                            {"whole", "CON-3", observed, "the argument in it, whole"}},
                 .run = big_result,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "limits/over",
                 .title = "A message of one byte more than the agent takes",
                 .needs = {Need::quick, Need::message_limit},
                 .after = {finishes},
                 .checks = {{"closed", "CON-3", observed, "the connection is closed with 1009"},
                            {"elsewhere", "CON-3", observed, "another connection is answered"}},
                 .run = over_limit,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "limits/depth",
                 .title = "Requests with arrays within arrays",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"deepest", "CON-9", ours, "finished, 256 levels deep"},
                            {"deeper", "CON-9", ours, "BAD_FRAME, 257 levels deep"},
                            {"bottomless", "CON-9", ours, "BAD_FRAME, 10,000 levels deep"},
                            // Whatever it makes of the request, the agent is there afterwards.
                            {"elsewhere", "REQ-1", documented, "another connection is answered"}},
                 .run = depth,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "limits/characters",
                 .title = "Arguments of characters that are easily lost",
                 .needs = {Need::quick, Need::echo},
                 .after = {finishes},
                 .checks = {{"astral", "REQ-1", documented, "characters outside the basic plane, as they were"},
                            {"nul", "REQ-1", documented, "U+0000 and what is behind it"},
                            {"controls", "REQ-1", documented, "all control characters"},
                            {"separators", "REQ-1", documented, "line separators and a byte order mark"},
                            {"noncharacters", "REQ-1", documented, "U+FFFE and U+FFFF"},
                            {"normal-forms", "REQ-1", documented, "no other normal form"},
                            {"escapes", "CON-2", documented, "the same characters where the request has them as \\u escapes"}},
                 .run = characters});
  all.push_back({.id = "limits/numbers",
                 .title = "Requests with numbers that few types hold, in a member that is ignored",
                 .needs = {Need::quick},
                 .after = {finishes},
                 // RFC 8259, 6: an implementation may limit the numbers it takes.
                 .checks = {{"big-integer", "REQ-1", documented, "finished, with integers over 64 bits", Level::should},
                            {"long-integer", "REQ-1", documented, "with one of 400 digits", Level::should},
                            {"exponent", "REQ-1", documented, "with numbers that no double holds", Level::should},
                            {"fraction", "REQ-1", documented, "with a fraction of a thousand digits", Level::should}},
                 .run = numbers});
  all.push_back({.id = "limits/members",
                 .title = "Requests with much in members that are ignored",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"many", "REQ-1", documented, "finished, with ten thousand of them"},
                            {"long-name", "REQ-1", documented, "with a name of 64 KiB"},
                            {"long-string", "REQ-1", documented, "with a string of 512 KiB"},
                            {"empty-name", "REQ-1", documented, "with an empty name"}},
                 .run = members});
}

}  // namespace procedura::conformance::cases
