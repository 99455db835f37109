// Plain HTTP on the mock's port: how requests are read and answers are sent, whoever gives them.
#include "net/http_side.hpp"
#include "raw_client.hpp"
#include "running_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

namespace procedura::mock {
namespace {

using procedura::testing::RawClient;
using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Gives what a test puts into it.
class Feed final : public net::BodySource {
 public:
  std::string more() override {
    ++asked;
    const std::lock_guard lock{mutex_};
    return std::exchange(waiting_, {});
  }
  bool over() const override {
    const std::lock_guard lock{mutex_};
    return over_ && waiting_.empty();
  }
  void give(std::string_view text, bool last = false) {
    const std::lock_guard lock{mutex_};
    waiting_ += text;
    over_ = last;
  }
  std::atomic<int> asked = 0;

 private:
  mutable std::mutex mutex_;
  std::string waiting_;
  bool over_ = false;
};

class Side final : public net::HttpSide {
 public:
  net::HttpResponse answer(const net::HttpRequest& request, const engine::Moment&, engine::Outputs& out) override {
    if (request.target == "/__admin/throws") throw std::runtime_error{"on purpose"};
    net::HttpResponse response;
    if (request.target == "/__admin/feed") {
      response.content_type = "application/x-ndjson";
      response.source = feed;
      return response;
    }
    if (request.target == "/__admin/push") append_text(out, 1, "pushed");
    if (request.target == "/__admin/big") {
      response.body.assign(std::size_t{8} * 1024 * 1024, 'x');
      return response;
    }
    response.content_type = "text/plain";
    response.body = request.method + " " + request.target + " " + request.host + " " + request.origin + " " +
                    request.authorization + " " + request.content_type + " " + std::to_string(request.body.size());
    return response;
  }
  std::shared_ptr<Feed> feed = std::make_shared<Feed>();
};

struct Http {
  explicit Http(net::ServerOptions options = {}) : running{R"({"version": 1})", with(options, side)} {}
  static net::ServerOptions with(net::ServerOptions options, Side& side) {
    options.http = &side;
    return options;
  }
  Side side;
  RunningServer running;
};

std::string request(std::string_view method, std::string_view target, std::string_view more = "", std::string_view body = "") {
  std::string text{method};
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: here\r\n").append(more).append("\r\n").append(body);
  return text;
}

TEST(MockHttp, PassesOnWhatWasAsked) {
  Http http;
  RawClient client{http.running.port};
  client.write(request("POST", "/__admin/x?y=1",
                       "Origin: http://o\r\nAuthorization: Bearer t\r\nContent-Type: a/b\r\nContent-Length: 3\r\n", "abc"));
  EXPECT_EQ(client.read_until("Bearer t a/b 3"),
            "HTTP/1.1 200 OK\r\nServer: mock-agent\r\nContent-Type: text/plain\r\nContent-Length: 48\r\n\r\n"
            "POST /__admin/x?y=1 here http://o Bearer t a/b 3");
}

TEST(MockHttp, AConnectionServesOneRequestAfterTheOther) {
  Http http;
  RawClient client{http.running.port};
  for (int i = 0; i < 3; ++i) {
    client.write(request("GET", "/__admin/a"));
    EXPECT_THAT(client.read_until(" 0"), Not(HasSubstr("Connection")));
  }
  client.write(request("GET", "/__admin/a") + request("HEAD", "/__admin/b") +
               request("GET", "/__admin/c", "Connection: close\r\n"));
  EXPECT_THAT(client.read_until("GET /__admin/a here    0"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Content-Length: 25")) << "of a body that does not follow";
  const std::string last = client.read_to_end().value_or("reset");
  EXPECT_THAT(last, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(last, EndsWith("GET /__admin/c here    0"));
}

TEST(MockHttp, OldClientsGetOneAnswer) {
  Http http;
  RawClient client{http.running.port};
  client.write("GET /__admin/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(client.read_to_end().value_or("reset"), HasSubstr("Connection: close\r\n"));
  http.side.feed->give("all", true);
  RawClient other{http.running.port};
  other.write("GET /__admin/feed HTTP/1.0\r\n\r\n");
  EXPECT_THAT(other.read_to_end().value_or("reset"), EndsWith("\r\n\r\nall"));
}

TEST(MockHttp, ABodyHasItsLimit) {
  Http http;
  RawClient client{http.running.port};
  const std::string most(std::size_t{16} * 1024 * 1024, 'x');
  client.write(request("POST", "/__admin/a", "Content-Length: 16777216\r\n", most));
  EXPECT_THAT(client.read_until("16777216"), StartsWith("HTTP/1.1 200"));
  client.write(request("POST", "/__admin/a", "Content-Length: 16777217\r\n"));
  EXPECT_THAT(client.read_to_end().value_or("reset"), StartsWith("HTTP/1.1 413"));
  RawClient chunked{http.running.port};
  chunked.write(request("POST", "/__admin/a", "Transfer-Encoding: chunked\r\n", "1000001\r\n" + most + "x"));
  EXPECT_THAT(chunked.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 413"));
}

// Beast's limits know of headers and bodies alone.
TEST(MockHttp, WhatStandsBetweenAndBehindChunksHasItsLimitToo) {
  Http http;
  const std::string much(std::size_t{1024} * 1024, 'x');
  std::string fields;
  while (fields.size() < much.size()) fields += "Field: value\r\n";
  for (const auto& endless :
       {"2;" + much, "2;a=\"" + much, "0\r\nField: " + much, "0\r\n" + fields, std::string(much.size(), '1')}) {
    RawClient client{http.running.port};
    client.write(request("POST", "/__admin/a", "Transfer-Encoding: chunked\r\n", endless));
    EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 4"));
  }
}

TEST(MockHttp, NoBodyIsWaitedForWhereThereIsNobodyToReadIt) {
  const RunningServer running{R"({"version": 1})", {}};
  RawClient client{running.port};
  client.write(request("POST", "/__admin/a", "Content-Length: 1000\r\n"));
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 404"));
}

TEST(MockHttp, ABodyIsAskedForAndWaitedForWithinLimits) {
  net::ServerOptions options;
  options.upgrade_limit = milliseconds{150};
  Http http{options};
  RawClient client{http.running.port};
  client.write(request("POST", "/__admin/a", "Expect: 100-continue\r\nContent-Length: 2\r\n"));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.write("ab");
  EXPECT_THAT(client.read_until("    2"), StartsWith("HTTP/1.1 200"));
  client.write(request("POST", "/__admin/a", "Content-Length: 2\r\n"));
  EXPECT_EQ(client.read_to_end().value_or(""), "") << "it never comes";
}

TEST(MockHttp, WhatAnAnswerGivesTheEngineIsCarriedOut) {
  Http http;
  RawClient web_socket{http.running.port};
  web_socket.upgrade();
  ASSERT_TRUE(http.running.comes_to([&] { return http.running.open_connections() == 1; }));
  RawClient client{http.running.port};
  client.write(request("POST", "/__admin/push"));
  EXPECT_EQ(web_socket.read_text(), "pushed");
}

TEST(MockHttp, ABodyThatIsMadeWhileItIsSent) {
  Http http;
  RawClient client{http.running.port};
  http.side.feed->give("first\n");
  client.write(request("GET", "/__admin/feed"));
  EXPECT_THAT(client.read_until("6\r\nfirst\n\r\n"), HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(client.silent_for(milliseconds{50}));
  http.side.feed->give("second\n");
  http.running.carry_out([](engine::Outputs&) {});
  EXPECT_EQ(client.read_until("\n\r\n"), "7\r\nsecond\n\r\n");
  http.side.feed->give("x", true);
  http.running.carry_out([](engine::Outputs&) {});
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\nx\r\n0\r\n\r\n");
  client.write(request("GET", "/__admin/a"));
  EXPECT_THAT(client.read_until(" 0"), StartsWith("HTTP/1.1 200")) << "and the connection goes on";
}

TEST(MockHttp, AFollowerIsNotAskedWithEachInput) {
  Http http;
  RawClient client{http.running.port};
  client.write(request("GET", "/__admin/feed"));
  client.read_until("\r\n\r\n");
  const auto began = std::chrono::steady_clock::now();
  const int before = http.side.feed->asked;
  for (int i = 0; i < 500; ++i) http.running.carry_out([](engine::Outputs&) {});
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  EXPECT_LE(http.side.feed->asked - before, took / milliseconds{50} + 2);
}

TEST(MockHttp, AFollowerThatDoesNotReadIsNotAskedAndOneThatLeavesIsForgotten) {
  Http http;
  {
    RawClient client{http.running.port};
    client.write(request("GET", "/__admin/feed"));
    client.read_until("\r\n\r\n");
    int asked = -1;
    // Until all buffers between are full: then it is no longer asked.
    EXPECT_TRUE(http.running.comes_to([&] {
      http.side.feed->give(std::string(std::size_t{4} * 1024 * 1024, 'x'));
      http.running.carry_out([](engine::Outputs&) {});
      std::this_thread::sleep_for(milliseconds{60});
      return std::exchange(asked, http.side.feed->asked.load()) == http.side.feed->asked;
    }));
  }
  ASSERT_TRUE(http.running.comes_to([&] { return http.side.feed.use_count() == 1; })) << "the last one to hold it is the test";
}

TEST(MockHttp, WhoAsksAndDoesNotReadHoldsNothingUp) {
  Http http;
  RawClient greedy{http.running.port, milliseconds{300}};
  const auto ask = [&] {
    for (int i = 0; i < 100'000; ++i) greedy.write(request("GET", "/__admin/big"));
  };
  EXPECT_THROW(ask(), std::runtime_error) << "one answer waits to be read; what is asked behind it is not read";
  RawClient other{http.running.port};
  other.write(request("GET", "/__admin/a"));
  EXPECT_THAT(other.read_until(" 0"), StartsWith("HTTP/1.1 200"));
}

TEST(MockHttp, ABugInAnAnswerIsCountedAndOthersAreServed) {
  Http http;
  RawClient client{http.running.port};
  client.write(request("GET", "/__admin/throws"));
  EXPECT_EQ(client.read_to_end().value_or(""), "");
  EXPECT_EQ(http.running.server->bugs(), 1U);
  EXPECT_THAT(http.running.logged(), HasSubstr("a bug in mock-agent: a session failed: on purpose"));
  RawClient other{http.running.port};
  other.write(request("GET", "/__admin/a"));
  EXPECT_THAT(other.read_until(" 0"), StartsWith("HTTP/1.1 200"));
}

TEST(MockHttp, WithoutAnAdminSideThereIsNothing) {
  const RunningServer running{R"({"version": 1})", {}};
  for (const char* target : {"/__admin/", "/__admin", "/__else"}) {
    RawClient client{running.port};
    client.write(request("GET", target));
    EXPECT_THAT(client.read_to_end().value_or("reset"), StartsWith("HTTP/1.1 404"));
  }
}

TEST(MockHttp, GoingDownEndsFollowers) {
  auto http = std::make_unique<Http>();
  RawClient client{http->running.port};
  client.write(request("GET", "/__admin/feed"));
  client.read_until("\r\n\r\n");
  http->running.server->stop();
  EXPECT_EQ(client.read_to_end().value_or(""), "");
  http->running.thread.join();
}

}  // namespace
}  // namespace procedura::mock
