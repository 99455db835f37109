// The bytes of frames and of HTTP answers that the server writes itself.
#include "net/frame_header.hpp"
#include "net/http_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace procedura::mock::net {
namespace {

using namespace std::string_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(FrameHeader, TakesTheShortestLength) {
  struct Case {
    std::size_t size;
    std::string header;
  };
  for (const auto& one : {Case{0, "\x81\x00"s}, Case{1, "\x81\x01"s}, Case{125, "\x81\x7D"s}, Case{126, "\x81\x7E\x00\x7E"s},
                          Case{65535, "\x81\x7E\xFF\xFF"s}, Case{65536, "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s},
                          Case{0x0102030405060708, "\x81\x7F\x01\x02\x03\x04\x05\x06\x07\x08"s}}) {
    std::string out;
    append_header(out, Opcode::text, true, one.size);
    EXPECT_EQ(out, one.header) << one.size;
  }
}

TEST(FrameHeader, WholeMessages) {
  std::string out = "before";
  append_message(out, Opcode::binary, "\x00\xff"s);
  EXPECT_EQ(out, "before\x82\x02\x00\xff"s);
}

TEST(FrameHeader, Fragments) {
  struct Case {
    std::string payload;
    std::size_t most;
    std::string frames;
  };
  for (const auto& one : {Case{"", 3, "\x81\x00"s},
                          Case{"ab", 3,
                               "\x81\x02"s
                               "ab"},
                          Case{"abc", 3,
                               "\x81\x03"s
                               "abc"},
                          Case{"abcd", 3,
                               "\x01\x03"s
                               "abc"
                               "\x80\x01"s
                               "d"},
                          Case{"abcdef", 3,
                               "\x01\x03"s
                               "abc"
                               "\x80\x03"s
                               "def"},
                          Case{"abc", 1,
                               "\x01\x01"s
                               "a"
                               "\x00\x01"s
                               "b"
                               "\x80\x01"s
                               "c"}}) {
    std::string out;
    append_fragments(out, Opcode::text, one.payload, one.most);
    EXPECT_EQ(out, one.frames) << one.payload;
  }
  std::string out;
  append_fragments(out, Opcode::binary, "ab", 1);
  EXPECT_EQ(out,
            "\x02\x01"s
            "a"
            "\x80\x01"s
            "b");
}

TEST(FrameHeader, Closes) {
  const auto close = [](std::uint16_t code, std::string_view reason = {}) {
    std::string out;
    append_close(out, code, reason);
    return out;
  };
  EXPECT_EQ(close(0), "\x88\x00"s);
  EXPECT_EQ(close(1000), "\x88\x02\x03\xE8"s);
  EXPECT_EQ(close(65535), "\x88\x02\xFF\xFF"s);
  EXPECT_EQ(close(1008, "slow"), "\x88\x06\x03\xF0slow"s);
  EXPECT_EQ(close(1000, std::string(123, 'x')).size(), 127U);
  EXPECT_EQ(close(1000, std::string(124, 'x')).size(), 127U) << "a control frame holds 125 bytes";
  std::string cut(122, 'x');
  cut.append("\xC3\xA4");
  EXPECT_EQ(close(1000, cut).size(), 126U) << "half a character is no UTF-8";
  EXPECT_EQ(close(1000, cut.substr(1)).size(), 127U);
}

HttpResponse response(unsigned status, std::string body = {}) {
  HttpResponse made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

std::string rendered(const HttpResponse& response, const HttpFraming& framing) {
  std::string out;
  append_response(out, response, framing);
  return out;
}

TEST(HttpText, AResponseWithABody) {
  EXPECT_EQ(rendered(response(200, "{}"), {true, false, true}),
            "HTTP/1.1 200 OK\r\nServer: mock-agent\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(rendered(response(404, "{}"), {false, true, true}),
            "HTTP/1.1 404 Not Found\r\nServer: mock-agent\r\nContent-Type: application/json\r\nConnection: close\r\n"
            "Content-Length: 2\r\n\r\n")
      << "HEAD: as for GET, but for the body";
  EXPECT_EQ(rendered(response(204, "dropped"), {true, false, true}), "HTTP/1.1 204 No Content\r\nServer: mock-agent\r\n\r\n");
}

TEST(HttpText, HeadersOfAResponse) {
  HttpResponse upgrade = response(426);
  upgrade.headers = {{"Upgrade", "websocket"}, {"Connection", "upgrade"}};
  EXPECT_THAT(rendered(upgrade, {}), HasSubstr("\r\nConnection: upgrade, close\r\n"));
  HttpResponse split = response(200);
  split.headers = {{"X-Name", "a\r\nSet-Cookie: evil"}};
  EXPECT_THAT(rendered(split, {}), Not(HasSubstr("\r\nSet-Cookie"))) << "one header stays one header";
}

class NoBody final : public BodySource {
  std::string more() override { return {}; }
  bool over() const override { return true; }
};

TEST(HttpText, ABodyThatIsMadeWhileItIsSent) {
  HttpResponse streamed = response(200);
  streamed.source = std::make_shared<NoBody>();
  EXPECT_THAT(rendered(streamed, {true, false, true}), EndsWith("Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_THAT(rendered(streamed, {false, false, false}), Not(HasSubstr("chunked"))) << "HTTP/1.0 knows no chunks";
  EXPECT_THAT(rendered(streamed, {true, false, true}), Not(HasSubstr("Content-Length")));
  std::string out;
  append_chunk(out, "");
  EXPECT_EQ(out, "") << "an empty chunk would be the last";
  append_chunk(out, std::string(26, 'x'));
  EXPECT_EQ(out, "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(HttpText, EveryStatusHasItsWords) {
  for (unsigned status = 200; status < 600; ++status) EXPECT_FALSE(reason_of(status).empty()) << status;
  EXPECT_EQ(reason_of(413), "Content Too Large");
  EXPECT_EQ(reason_of(499), "Client Error");
  EXPECT_EQ(reason_of(599), "Server Error");
}

}  // namespace
}  // namespace procedura::mock::net
