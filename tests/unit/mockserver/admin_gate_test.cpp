// CON-11: who may speak to the admin side, and how one may not get round it.
#include "admin_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view world = R"({"version": 1})";

unsigned status_for_host(Admin& admin, std::string_view host) {
  auto request = Admin::request("GET", "health");
  request.host = host;
  return admin.answer(request).status;
}

unsigned status_for_origin(Admin& admin, std::string_view origin, std::string_view host = "127.0.0.1:8765") {
  auto request = Admin::request("GET", "health");
  request.host = host;
  request.origin = origin;
  return admin.answer(request).status;
}

TEST(AdminGate, KnowsItsOwnNamesAndNoOther) {
  Admin admin{world};
  for (const char* own : {"127.0.0.1:8765", "localhost:8765", "LocalHost:8765", "[::1]:8765", "127.1.2.3:8765",
                          "[0:0:0:0:0:0:0:1]:8765", "127.0.0.1:08765"}) {
    EXPECT_EQ(status_for_host(admin, own), 200U) << own;
  }
  for (const char* foreign : {"",
                              "evil.example:8765",
                              "evil.example",
                              "localhost.evil.example:8765",
                              "127.0.0.1.evil.example:8765",
                              "127.0.0.1.nip.io:8765",
                              "127.evil.example:8765",
                              "localhost.:8765",
                              "127.0.0.1.:8765",
                              "localhost",
                              "127.0.0.1",
                              "localhost:80",
                              "localhost:8766",
                              "localhost:",
                              "localhost:8765,evil.example",
                              "localhost:8765 evil.example",
                              "localhost:8765:8765",
                              "localhost:74301",
                              "user@localhost:8765",
                              "user:pass@127.0.0.1:8765",
                              "evil.example@127.0.0.1:8765",
                              "loc%61lhost:8765",
                              "127%2e0%2e0%2e1:8765",
                              "127.1:8765",
                              "2130706433:8765",
                              "0x7f000001:8765",
                              "0177.0.0.1:8765",
                              "0.0.0.0:8765",
                              "192.168.0.1:8765",
                              "[::]:8765",
                              "[::1",
                              "::1:8765",
                              "[::ffff:127.0.0.1]:8765",
                              "[::1%25lo]:8765",
                              "localhost:8765/",
                              "localhost:8765#",
                              "//localhost:8765",
                              "\xd9\xa1\xd9\xa2\xd9\xa7.0.0.1:8765",
                              "\xef\xbd\x8cocalhost:8765"}) {
    EXPECT_EQ(status_for_host(admin, foreign), 421U) << foreign;
  }
}

TEST(AdminGate, LeavesThePortAwayWhereItIsTheUsualOne) {
  AdminOptions options;
  options.port = 80;
  Admin plain{world, options};
  EXPECT_EQ(status_for_host(plain, "localhost"), 200U);
  EXPECT_EQ(status_for_host(plain, "localhost:80"), 200U);
  EXPECT_EQ(status_for_host(plain, "localhost:443"), 421U);
  options.port = 443;
  options.tls = true;
  Admin tls{world, options};
  EXPECT_EQ(status_for_host(tls, "localhost"), 200U);
  EXPECT_EQ(status_for_origin(tls, "https://localhost", "localhost"), 200U);
  EXPECT_EQ(status_for_origin(tls, "http://localhost", "localhost"), 403U);
}

TEST(AdminGate, KnowsTheNamesThatItListensOn) {
  AdminOptions options;
  options.hosts = {"mock.test", "10.1.2.3"};
  Admin named{world, options};
  EXPECT_EQ(status_for_host(named, "Mock.Test:8765"), 200U);
  EXPECT_EQ(status_for_host(named, "10.1.2.3:8765"), 200U);
  EXPECT_EQ(status_for_host(named, "10.1.2.4:8765"), 421U);
  EXPECT_EQ(status_for_host(named, "mock.test.evil.example:8765"), 421U);
  options.any_address = true;
  Admin everywhere{world, options};
  EXPECT_EQ(status_for_host(everywhere, "10.1.2.4:8765"), 200U) << "no name leads here, so nobody can have bent one";
  EXPECT_EQ(status_for_host(everywhere, "[2001:db8::1]:8765"), 200U);
  EXPECT_EQ(status_for_host(everywhere, "evil.example:8765"), 421U);
}

TEST(AdminGate, LearnsWhereItListens) {
  const auto known = [](const char* bound, const char* host) {
    Gate gate{{}};
    gate.listens_on(bound, 1234, false);
    net::HttpRequest request;
    request.host = host;
    return !gate.check_sender(request).has_value();
  };
  EXPECT_TRUE(known("127.0.0.1", "127.0.0.1:1234"));
  EXPECT_FALSE(known("127.0.0.1", "127.0.0.1:8765"));
  EXPECT_TRUE(known("10.1.2.3", "10.1.2.3:1234"));
  EXPECT_FALSE(known("10.1.2.3", "10.1.2.4:1234"));
  EXPECT_TRUE(known("0.0.0.0", "10.1.2.4:1234"));
  EXPECT_TRUE(known("[::]", "[2001:db8::1]:1234"));
  EXPECT_TRUE(known("[2001:db8::1]", "[2001:db8::1]:1234"));
  EXPECT_FALSE(known("[::]", "evil.example:1234"));
}

TEST(AdminGate, TakesPagesOfItsOwnAndThoseThatWereAllowed) {
  AdminOptions options;
  options.allowed_origins = {"https://dash.example"};
  Admin admin{world, options};
  for (const char* good : {"http://127.0.0.1:8765", "HTTP://127.0.0.1:8765", "https://dash.example"}) {
    EXPECT_EQ(status_for_origin(admin, good), 200U) << good;
  }
  for (const char* foreign :
       {"null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:3000", "https://127.0.0.1:8765",
        "http://localhost:8765", "http://127.0.0.1:8765.evil.example", "http://127.0.0.1:8765@evil.example", "127.0.0.1:8765",
        "file://", "http://127.0.0.1:8765/", "http://127.0.0.1:8765, http://evil.example", "https://dash.example.evil.example",
        "https://DASH.example", "http://dash.example", "*", "https://dash.example:443"}) {
    EXPECT_EQ(status_for_origin(admin, foreign), 403U) << foreign;
  }
  EXPECT_EQ(status_for_origin(admin, "http://localhost:8765", "localhost:8765"), 200U);
}

TEST(AdminGate, SaysToBrowsersWhomItLetsIn) {
  AdminOptions options;
  options.allowed_origins = {"https://dash.example"};
  Admin admin{world, options};
  auto request = Admin::request("GET", "health");
  request.origin = "https://dash.example";
  auto response = admin.answer(request);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://dash.example");
  EXPECT_EQ(header(response, "Vary"), "Origin");
  request.method = "OPTIONS";
  response = admin.answer(request);
  EXPECT_EQ(response.status, 204U);
  EXPECT_THAT(header(response, "Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  for (const char* foreign : {"", "http://evil.example", "null", "http://127.0.0.1:8765"}) {
    request.origin = foreign;
    response = admin.answer(request);
    EXPECT_THAT(header(response, "Access-Control-Allow-Origin"), IsEmpty()) << foreign;
    EXPECT_GE(response.status, 400U) << foreign;
  }
}

TEST(AdminGate, IsNotThereWhereItIsOff) {
  AdminOptions options;
  options.enabled = false;
  options.token = "letmein-0123";
  Admin admin{world, options};
  for (const char* path : {"", "ui", "health", "state", "nothing"}) {
    auto request = Admin::request("GET", path);
    request.authorization = "Bearer letmein-0123";
    EXPECT_EQ(admin.answer(request).status, 404U) << path;
  }
  EXPECT_EQ(admin.send("POST", "reset").status, 404U);
}

TEST(AdminGate, AsksForItsTokenEverywhereButOnThePage) {
  AdminOptions options;
  options.token = "letmein-0123";
  Admin admin{world, options};
  EXPECT_EQ(admin.get("ui").status, 200U);
  EXPECT_EQ(admin.get("").status, 302U);
  for (const char* path : {"health", "ready", "state", "connections", "jobs", "journal", "metrics", "verdict", "scenario",
                           "nothing", "verify", "emit"}) {
    const auto response = admin.get(path);
    EXPECT_EQ(response.status, 401U) << path;
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer") << path;
    EXPECT_THAT(Admin::drained(response), ::testing::Not(HasSubstr("letmein"))) << path;
  }
  EXPECT_EQ(admin.send("POST", "reset").status, 401U);
  EXPECT_EQ(admin.send("DELETE", "connections/1").status, 401U);
  auto request = Admin::request("GET", "health");
  for (const char* wrong :
       {"letmein-0123", "Bearer", "Bearer ", "Bearer letmein", "Bearer letmein-01234", "Bearer LETMEIN-0123",
        "Bearer letmein-0123 x", "Basic letmein-0123", "Bearer letmein-0123letmein-0123"}) {
    request.authorization = wrong;
    EXPECT_EQ(admin.answer(request).status, 401U) << wrong;
  }
  for (const char* right : {"Bearer letmein-0123", "bearer letmein-0123"}) {
    request.authorization = right;
    EXPECT_EQ(admin.answer(request).status, 200U) << right;
  }
}

TEST(AdminGate, TakesAPathOnlyAsItIsWritten) {
  Admin admin{world};
  struct Case {
    const char* target;
    unsigned status;
  };
  for (const auto& one : std::initializer_list<Case>{{"/__admin/health", 200},
                                                     {"/__admin/health?", 200},
                                                     {"/__admin", 302},
                                                     {"/__admin/", 302},
                                                     {"//__admin/health", 404},
                                                     {"/__admin//health", 404},
                                                     {"/__admin/health/", 404},
                                                     {"/__admin/./health", 404},
                                                     {"/__admin/x/../health", 404},
                                                     {"/__admin/%68ealth", 404},
                                                     {"/%5f%5fadmin/health", 404},
                                                     {"/__admin/x/%2e%2e/health", 404},
                                                     {"/__admin%2fhealth", 404},
                                                     {"/__ADMIN/health", 404},
                                                     {"/__admin/Health", 404},
                                                     {"/__adminhealth", 404},
                                                     {"/__admin/health;x=1", 404},
                                                     {"http://127.0.0.1:8765/__admin/health", 400},
                                                     {"http://evil.example/__admin/health", 400},
                                                     {"*", 400},
                                                     {"", 400},
                                                     {"__admin/health", 400},
                                                     {"/__admin/health#x", 400},
                                                     {"/__admin/health\r\nX: y", 400},
                                                     {"/__admin/%zz", 400},
                                                     {"/__admin/health?x=%zz", 400}}) {
    auto request = Admin::request("GET", "");
    request.target = one.target;
    EXPECT_EQ(admin.answer(request).status, one.status) << one.target;
  }
}

TEST(AdminGate, ChangesNothingForAForm) {
  Admin admin{world};
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                           "text/plain; application/json", "application/jsonx", "application/json, text/plain"}) {
    for (const char* path : {"reset", "verify", "emit"}) {
      auto request = Admin::request("POST", path);
      request.content_type = type;
      EXPECT_EQ(admin.answer(request).status, 415U) << type << " " << path;
    }
  }
  for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8", " application/json "}) {
    auto request = Admin::request("POST", "reset");
    request.content_type = type;
    EXPECT_EQ(admin.answer(request).status, 200U) << type;
  }
}

TEST(AdminGate, LetsNoAnswerBeMoreThanItIs) {
  Admin admin{world};
  for (const char* path : {"ui", "health", "journal", "metrics", "nothing"}) {
    const auto response = admin.get(path);
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(header(response, "Cross-Origin-Resource-Policy"), "same-origin") << path;
    EXPECT_EQ(header(response, "Cache-Control"), "no-store") << path;
    EXPECT_THAT(header(response, "Access-Control-Allow-Origin"), IsEmpty()) << path;
  }
  EXPECT_THAT(header(admin.get("ui"), "Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(header(admin.get("ui"), "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
}

}  // namespace
}  // namespace procedura::mock::admin
