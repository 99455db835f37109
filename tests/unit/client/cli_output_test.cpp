#include "exit_code.hpp"
#include "help.hpp"
#include "render.hpp"
#include "report.hpp"
#include "settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace procedura::cli {
namespace {

using testing::HasSubstr;

constexpr RenderOptions pretty{};
constexpr RenderOptions compact{OutputForm::json, false};
constexpr RenderOptions terminal{OutputForm::pretty, true};

// The expectations are what Python 3.11 prints for json.dumps(json.loads(text), indent=2, ensure_ascii=False), but for numbers,
// which Python would round.
TEST(RenderValue, PrettyIsPythonsLayout) {
  EXPECT_EQ(render_value(R"({"b":[1,2,{"c":[]}],"a":{}})", pretty),
            "{\n  \"b\": [\n    1,\n    2,\n    {\n      \"c\": []\n    }\n  ],\n  \"a\": {}\n}\n");
  EXPECT_EQ(render_value("\"gr\\u00fc\\u00df \\/ \\u0007\"", pretty), "\"gr\xc3\xbc\xc3\x9f / \\u0007\"\n");
  EXPECT_EQ(render_value("null", pretty), "null\n");
}

TEST(RenderValue, NumbersKeepTheirText) {
  EXPECT_EQ(render_value("[1.0,1e400,-0,123456789012345678901234567890]", compact),
            "[1.0,1e400,-0,123456789012345678901234567890]\n");
}

TEST(RenderValue, CompactHasNoSpaceOutsideStrings) {
  EXPECT_EQ(render_value(" { \"a b\" : [ 1 , \"c  d\" ] } ", compact), "{\"a b\":[1,\"c  d\"]}\n");
}

TEST(RenderValue, ControlAndBidirectionalCharactersAreEscapedOnATerminalOnly) {
  const std::string nasty = "\"\xe2\x80\xae evil \x7f \xc2\x9b\"";
  EXPECT_EQ(render_value(nasty, pretty), nasty + "\n");
  const std::string shown = render_value(nasty, terminal);
  EXPECT_EQ(shown.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(shown.find('\x7f'), std::string::npos);
  EXPECT_EQ(shown.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(render_value("{\"a\":1}", terminal), "{\n  \"a\": 1\n}\n");
}

TEST(RenderEvent, PutsPhaseFirst) {
  EXPECT_EQ(render_event(R"({"id":"1","status":"running","n":1})", "running", compact),
            "{\"phase\":\"running\",\"id\":\"1\",\"status\":\"running\",\"n\":1}\n");
  EXPECT_EQ(render_event("{}", "started", pretty), "{\n  \"phase\": \"started\"\n}\n");
}

TEST(RenderEvent, AnOwnPhaseOfTheAgentKeepsItsValueAndComesFirst) {
  EXPECT_EQ(render_event(R"({"a":1,"phase":"warm-up"})", "running", compact), "{\"phase\":\"warm-up\",\"a\":1}\n");
}

TEST(RenderEvent, AsDeepAsAFrameMayBe) {
  const std::string deep = "{\"a\":" + std::string(255, '[') + std::string(255, ']') + "}";
  EXPECT_EQ(render_event(deep, "x", compact), "{\"phase\":\"x\"," + deep.substr(1) + "\n");
}

TEST(EmptyWorld, IsOneWithoutEntities) {
  EXPECT_TRUE(is_empty_world(R"({"meta":{},"entities":{ }})"));
  EXPECT_FALSE(is_empty_world(R"({"entities":{"a":1}})"));
  EXPECT_TRUE(is_empty_world(R"({"entities": [ ] })")) << "as Agent::worldstate_snapshot has it";
  EXPECT_FALSE(is_empty_world(R"({"entities":[[]]})"));
  EXPECT_FALSE(is_empty_world(R"({"entities":null})"));
  EXPECT_FALSE(is_empty_world(R"({"meta":{}})"));
  EXPECT_FALSE(is_empty_world("[]"));
  EXPECT_FALSE(is_empty_world("null"));
}

TEST(UseColor, FollowsFlagThenHabits) {
  const auto with = [](const char* name, const char* value) -> Variables {
    return [=](std::string_view asked) -> std::optional<std::string> {
      if (asked == name) return value;
      if (asked == "TERM") return "xterm";
      return std::nullopt;
    };
  };
  EXPECT_TRUE(use_color(When::automatic, true, with("TERM", "xterm")));
  EXPECT_FALSE(use_color(When::automatic, false, with("TERM", "xterm")));
  EXPECT_FALSE(use_color(When::automatic, true, with("TERM", "dumb")));
  EXPECT_FALSE(use_color(When::automatic, true, with("NO_COLOR", "1")));
  EXPECT_FALSE(use_color(When::automatic, true, [](std::string_view) { return std::nullopt; }));
  EXPECT_TRUE(use_color(When::always, false, with("NO_COLOR", "1")));
  EXPECT_FALSE(use_color(When::never, true, with("TERM", "xterm")));
}

TEST(ExitCode, HasOneForEveryError) {
  using enum ExitCode;
  const std::pair<errc, ExitCode> table[] = {
      {errc::ok, ok},
      {errc::agent_error, failed},
      {errc::connect_timeout, no_connection},
      {errc::connect_failed, no_connection},
      {errc::handshake_refused, no_connection},
      {errc::tls_failed, no_connection},
      {errc::ack_timeout, timeout},
      {errc::final_timeout, timeout},
      {errc::deadline, timeout},
      {errc::connection_lost, no_connection},
      {errc::slow_consumer, timeout},
      {errc::send_queue_full, timeout},
      {errc::cancelled, interrupted},
      {errc::protocol_error, broken_protocol},
      {errc::message_too_big, broken_protocol},
      {errc::invalid_request, usage},
      {errc::invalid_token, login},
      {errc::invalid_url, usage},
      {errc::token_store, login},
      {errc::wrong_origin, login},
      {errc::end_of_stream, broken_protocol},
  };
  for (const auto& [code, expected] : table) EXPECT_EQ(exit_code({code, {}}), expected) << code_name(code);
}

TEST(ExitCode, FourWhereverTheAgentRefusesTheUser) {
  for (const char* code : {"AUTH_REQUIRED", "AUTH_EXPIRED", "AUTH_FAILED"}) {
    EXPECT_EQ(exit_code({errc::agent_error, code}), ExitCode::login) << code;
  }
  EXPECT_EQ(exit_code({errc::handshake_refused, {}, 401}), ExitCode::login);
  EXPECT_EQ(exit_code({errc::handshake_refused, {}, 403}), ExitCode::login);
  EXPECT_EQ(exit_code({errc::handshake_refused, {}, 503}), ExitCode::no_connection);
  EXPECT_EQ(exit_code({errc::connection_lost, {}, 0, 4401}), ExitCode::login);
  EXPECT_EQ(exit_code({errc::connection_lost, {}, 0, 1001}), ExitCode::no_connection);
  EXPECT_EQ(exit_code({errc::agent_error, "UNKNOWN_MODULE"}), ExitCode::failed);
}

TEST(Advice, SendsToTheLoginWhereThatHelps) {
  EXPECT_EQ(advice({errc::agent_error, "AUTH_EXPIRED"}), "run `procedura login`");
  EXPECT_EQ(advice({errc::handshake_refused, {}, 401}), "run `procedura login`");
  EXPECT_EQ(advice({errc::agent_error, "AUTH_FAILED"}), "check user and password");
  EXPECT_EQ(advice({errc::agent_error, "MODULE_FAILED"}), "");
  for (const FailureKind& refused :
       {FailureKind{errc::handshake_refused, {}, 401, 0, true}, FailureKind{errc::connection_lost, {}, 0, 4401, true},
        FailureKind{errc::agent_error, "AUTH_REQUIRED", 0, 0, true}}) {
    EXPECT_EQ(exit_code(refused), ExitCode::login);
    EXPECT_THAT(std::string{advice(refused)},
                testing::AllOf(testing::Not(HasSubstr("run `procedura login`")), HasSubstr("check --url")))
        << "that is what was run";
  }
  EXPECT_EQ(advice({errc::agent_error, "AUTH_FAILED", 0, 0, true}), "check user and password");
}

Failure failure_of(errc code, std::string message = "it broke") {
  return Failure::of(code, std::move(message));
}

TEST(ErrorObject, IsTheAgentsFrameAsItCame) {
  Failure failure = failure_of(errc::agent_error);
  failure.frame = R"({"id":"1", "status":"error","coord":[1.0,2]})";
  EXPECT_EQ(error_object(failure), failure.frame);
}

TEST(ErrorObject, OfOursHasTheSameShape) {
  EXPECT_EQ(error_object(failure_of(errc::wrong_origin, "say \"no\"\n")),
            R"({"status":"error","code":"WRONG_ORIGIN","message":"say \"no\"\n"})");
}

TEST(ErrorLine, SaysWhatHappenedWhichJobAndWhatToDo) {
  Failure lost = failure_of(errc::ack_timeout, "no frame within 10 s");
  lost.job_id = "j-7\x1b";
  const std::string line = error_line(lost);
  EXPECT_THAT(line, HasSubstr("ACK_TIMEOUT: no frame within 10 s"));
  EXPECT_THAT(line, HasSubstr("; job j-7\\x1b may still run"));
  EXPECT_THAT(line, HasSubstr("--ack-timeout SECS waits longer"));

  lost.message = "gone; job j-7\\x1b may still run";
  EXPECT_THAT(error_line(lost), testing::Not(HasSubstr("run; job"))) << "once is enough";

  Failure failed = failure_of(errc::agent_error, "no such file");
  failed.job_id = "j-7";
  EXPECT_THAT(error_line(failed), testing::Not(HasSubstr("may still run"))) << "the agent said that it ended";

  EXPECT_EQ(error_line(failure_of(errc::wrong_origin, "the token is not for it: log in there")),
            "WRONG_ORIGIN: the token is not for it: log in there; for that: `procedura login`, --token or --token-file");
}

TEST(ErrorLine, PutsNoSemicolonBehindAQuestion) {
  EXPECT_EQ(error_line(failure_of(errc::connect_failed, "refused; is it running there?")),
            "CONNECT_FAILED: refused; is it running there? --url says where, --wait SECS waits for it");
}

TEST(ErrorLine, SpeaksOfTheProxyWhereThereIsOne) {
  for (const errc code : {errc::connect_failed, errc::connect_timeout})
    EXPECT_THAT(error_line(failure_of(code), {.proxied = true}),
                testing::AllOf(HasSubstr("--proxy direct"), testing::Not(HasSubstr("--url"))));
}

TEST(ErrorLine, IsNoLongerThanAPersonReads) {
  std::string message = "x";
  while (message.size() < 100'000) message += "\xC3\xA9";
  const std::string line = error_line(failure_of(errc::agent_error, message));
  EXPECT_LT(line.size(), 3000U);
  EXPECT_THAT(line, HasSubstr("\xC3\xA9..."));
}

TEST(RetryDelay, IsForAnAgentThatIsNotUpYet) {
  using namespace std::chrono_literals;
  EXPECT_EQ(retry_delay(failure_of(errc::connect_failed), 0s, 10s), 50ms);
  EXPECT_EQ(retry_delay(failure_of(errc::connect_timeout), 5s, 10s), 500ms);
  EXPECT_EQ(retry_delay(failure_of(errc::connect_failed), 9900ms, 10s), 100ms) << "not beyond the end";
  EXPECT_EQ(retry_delay(failure_of(errc::connect_failed), 10s, 10s), std::nullopt);
  EXPECT_EQ(retry_delay(failure_of(errc::connect_failed), 0s, 0s), std::nullopt) << "off by default";
  for (const unsigned status : {502U, 503U, 504U, 0U, 401U, 404U, 500U, 501U, 505U}) {
    Failure refused = failure_of(errc::handshake_refused);
    refused.http_status = status;
    EXPECT_EQ(retry_delay(refused, 0s, 10s).has_value(), status == 0 || (status >= 502 && status <= 504)) << status;
  }
  for (const errc code : {errc::agent_error, errc::connection_lost, errc::ack_timeout, errc::tls_failed, errc::wrong_origin})
    EXPECT_EQ(retry_delay(failure_of(code), 0s, 10s), std::nullopt) << "what was sent is never sent again";
}

std::vector<std::string> help_pages() {
  std::vector<std::string> pages{help_page(std::nullopt)};
  for (const CommandInfo& row : all_commands()) pages.push_back(help_topic(row.name).value());
  for (const auto topic : help_topics()) pages.push_back(help_topic(topic).value());
  return pages;
}

std::vector<std::string> lines_of(const std::string& page) {
  std::vector<std::string> lines;
  std::istringstream in{page};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Help, BeginsWithExamplesAndFitsATerminal) {
  for (const auto& page : help_pages()) {
    const auto lines = lines_of(page);
    ASSERT_GT(lines.size(), 4U);
    EXPECT_EQ(lines[1], "") << page;
    EXPECT_EQ(lines[2], "Examples") << page;
    for (const auto& line : lines) {
      EXPECT_LE(line.size(), 100U) << line;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    }
  }
}

/// The words of an example as a shell would have them, from `procedura` to a pipe or a redirection; none if it is no such line.
std::vector<std::string> words_of(std::string line) {
  line = line.substr(0, line.find("   ", line.find_first_not_of(' ')));  // behind three spaces stands what it does
  const auto begin = line.find("procedura ");
  if (begin == std::string::npos) return {};
  std::vector<std::string> words{""};
  bool in_quotes = false;
  for (const char byte : line.substr(begin)) {
    if (byte == '"')
      in_quotes = !in_quotes;
    else if (!in_quotes && (byte == '|' || byte == '<' || byte == '>' || byte == ')'))
      break;
    else if (!in_quotes && byte == ' ')
      words.emplace_back();
    else
      words.back() += byte;
  }
  std::erase(words, "");
  words.erase(words.begin());
  return words;
}

TEST(Help, EveryExampleIsACommandLine) {
  std::size_t examples = 0;
  for (const auto& page : help_pages()) {
    bool among_examples = false;
    for (const auto& line : lines_of(page)) {
      if (!line.starts_with(' ')) among_examples = line == "Examples";
      if (!among_examples || line == "Examples") continue;
      const auto words = words_of(line);
      ASSERT_FALSE(words.empty()) << line;
      EXPECT_NO_THROW(resolve_settings(parse_command_line(words), [](auto) { return std::nullopt; }, {})) << line;
      ++examples;
    }
  }
  EXPECT_GT(examples, 50U);
}

TEST(Help, ShowsOnlyWhatBelongsToTheCommand) {
  EXPECT_THAT(help_topic("logout").value(), Not(HasSubstr("--url")));
  EXPECT_THAT(help_topic("logout").value(), HasSubstr("--token-file"));
  EXPECT_THAT(help_topic("config show").value(), Not(HasSubstr("--ca ")));
  EXPECT_THAT(help_topic("run").value(), Not(HasSubstr("--ttl")));
  EXPECT_THAT(help_topic("config").value(), HasSubstr("Usage: procedura [options] config set NAME VALUE"));
}

TEST(Help, NamesEveryOptionAndVariable) {
  std::string all;
  for (const CommandInfo& row : all_commands()) all += help_topic(row.name).value();
  const std::string environment = help_topic("environment").value();
  for (const Option& option : all_options()) {
    if (!option.shared && commands_of(option).empty()) continue;  // of a command that is not in the table
    EXPECT_THAT(all, HasSubstr((option.kind == ValueKind::toggle ? "--[no-]" : "--") + std::string{option.name}));
    EXPECT_THAT(environment, HasSubstr(std::string{option.environment}));
  }
  EXPECT_FALSE(help_topic("nonsense"));
}

TEST(Help, DocumentsEveryExitCode) {
  const std::string page = help_topic("exit-codes").value();
  for (const char* code : {"\n  0 ", "\n  1 ", "\n  2 ", "\n  3 ", "\n  4 ", "\n  5 ", "\n  6 ", "\n  130 ", "\n  143 "})
    EXPECT_THAT(page, HasSubstr(code));
}

}  // namespace
}  // namespace procedura::cli
