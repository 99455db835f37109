// The tap's readers and its relay, at every place where a stream can be split.
#include "tap/relay.hpp"
#include "tap/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::conformance::tap {
namespace {

using ::testing::ElementsAre;

const std::string upgrade =
    "GET /p/x HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nsec-websocket-protocol: t0k\r\nSec-WebSocket-Protocol:  u \r\n\r\n";
const std::string accepted = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n";

Frame masked(Frame frame) {
  frame.mask = MaskKey{1, 2, 3, 0xff};
  return frame;
}

Frame part(Opcode opcode, std::string payload, bool fin) {
  Frame frame = Frame::text(std::move(payload));
  frame.opcode = opcode;
  frame.fin = fin;
  return frame;
}

/// What a stream is taken for, in words, one item each; runs of bytes are one.
std::vector<std::string> items(Stream& stream) {
  std::vector<std::string> out;
  while (const auto item = stream.next()) {
    if (item->kind == Item::Kind::head) {
      out.push_back("head " + item->head.start);
    } else if (item->kind == Item::Kind::frame) {
      out.push_back(std::string{to_string(item->frame.opcode)} + (item->frame.fin ? " " : "+ ") +
                    (item->frame.mask ? "masked " : "") + item->frame.payload.substr(0, 20) + " of " +
                    std::to_string(item->frame.length));
    } else if (!out.empty() && out.back().rfind("bytes ", 0) == 0) {
      out.back() += item->raw;
    } else {
      out.push_back("bytes " + item->raw);
    }
  }
  return out;
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  for (const std::string& item : b) {
    if (!a.empty() && a.back().rfind("bytes ", 0) == 0 && item.rfind("bytes ", 0) == 0) {
      a.back() += item.substr(6);
    } else {
      a.push_back(item);
    }
  }
  return a;
}

/// The same, however the bytes are split in three.
void expect_at_every_split(const std::string& bytes, Stream::Expect expect, const std::vector<std::string>& wanted,
                           Stream::Limits limits = {}) {
  for (std::size_t i = 0; i <= bytes.size(); ++i) {
    for (std::size_t j = i; j <= bytes.size(); ++j) {
      Stream stream{limits};
      stream.expect(expect);
      std::vector<std::string> seen;
      for (const auto piece : {std::string_view{bytes}.substr(0, i), std::string_view{bytes}.substr(i, j - i),
                               std::string_view{bytes}.substr(j)}) {
        stream.put(piece);
        seen = joined(std::move(seen), items(stream));
      }
      ASSERT_EQ(seen, wanted) << "split at " << i << " and " << j;
      ASSERT_EQ(stream.rest(), "");
    }
  }
}

TEST(Head, is_read_as_it_stands) {
  const Head head = read_head(upgrade);
  EXPECT_EQ(head.start, "GET /p/x HTTP/1.1");
  EXPECT_THAT(head.all("SEC-websocket-PROTOCOL"), ElementsAre("t0k", "u"));
  EXPECT_TRUE(head.asks_for_websocket());
  EXPECT_EQ(head.status(), 0U);
  EXPECT_EQ(read_head(accepted).status(), 101U);
  EXPECT_EQ(head.find("Origin"), nullptr);
}

TEST(Head, can_be_altered_and_rendered) {
  Head head = read_head(accepted);
  head.set("sec-websocket-accept", "y");
  head.add("Sec-WebSocket-Protocol", "chat");
  EXPECT_EQ(render(head),
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: y\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
  head.remove("SEC-WEBSOCKET-ACCEPT");
  EXPECT_EQ(head.find("Sec-WebSocket-Accept"), nullptr);
}

TEST(Head, survives_what_is_no_http) {
  for (const char* text :
       {"", "\r\n", "\r\n\r\n", ":", "A\r\n:\r\n\r\n", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 1x1", "HTTP/1.1 10"}) {
    EXPECT_EQ(read_head(text).status(), 0U) << text;
  }
  EXPECT_EQ(read_head("A\r\nno colon\r\n\r\n").headers.front().first, "no colon");
}

TEST(Stream, finds_a_head_at_every_split) {
  expect_at_every_split(upgrade, Stream::Expect::head, {"head GET /p/x HTTP/1.1"});
}

TEST(Stream, finds_frames_at_every_split) {
  const std::string bytes = render(masked(part(Opcode::text, "{\"a", false))) + render(masked(Frame::ping("p"))) +
                            render(masked(part(Opcode::continuation, "\":1}", true))) + render(Frame::text("")) +
                            render(Frame::close(1000, "bye")) + render(part(static_cast<Opcode>(3), "?", true));
  expect_at_every_split(bytes, Stream::Expect::frames,
                        {"text+ masked {\"a of 3", "ping masked p of 1", "continuation masked \":1} of 4", "text  of 0",
                         std::string{"close \x03\xe8"} + "bye of 5", "reserved ? of 1"});
}

TEST(Stream, reads_each_form_of_length) {
  for (const std::size_t size : {0U, 125U, 126U, 127U, 65535U, 65536U, 100000U}) {
    for (const bool mask : {false, true}) {
      const Frame frame = mask ? masked(Frame::text(std::string(size, 'x'))) : Frame::text(std::string(size, 'x'));
      const std::string bytes = render(frame);
      for (std::size_t cut = 0; cut < 16 && cut <= bytes.size(); ++cut) {
        Stream stream;
        stream.expect(Stream::Expect::frames);
        stream.put(std::string_view{bytes}.substr(0, cut));
        ASSERT_TRUE(cut == bytes.size() || !stream.next().has_value()) << size << " cut at " << cut;
        stream.put(std::string_view{bytes}.substr(cut));
        const auto item = stream.next();
        ASSERT_TRUE(item || cut == bytes.size());
        if (item) {
          EXPECT_EQ(item->frame, frame);
          EXPECT_EQ(item->raw, bytes);
        }
      }
    }
  }
}

TEST(Stream, reads_a_length_that_could_be_shorter) {
  const std::string bytes =
      std::string{"\x81\x7e\x00\x01", 4} + "x" + std::string{"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x01", 10} + "y";
  expect_at_every_split(bytes, Stream::Expect::frames, {"text x of 1", "text y of 1"});
}

TEST(Stream, lets_a_frame_over_the_limit_pass_as_it_comes) {
  const std::string bytes = render(Frame::text("12345678")) + render(Frame::ping("p"));
  expect_at_every_split(bytes, Stream::Expect::frames, {"text  of 8", "bytes 12345678", "ping p of 1"},
                        {.head = 100, .frame = 7});
}

TEST(Stream, waits_for_no_frame_of_an_impossible_length) {
  std::string bytes = "\x81\x7f" + std::string(8, '\xff') + "all of it";
  expect_at_every_split(bytes, Stream::Expect::frames, {"text  of 18446744073709551615", "bytes all of it"});
}

TEST(Stream, passes_what_is_no_head_at_once) {
  Stream stream;
  stream.put("\x16\x03\x01");
  EXPECT_THAT(items(stream), ElementsAre("bytes \x16\x03\x01"));
  stream.put("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(items(stream), ElementsAre("bytes GET / HTTP/1.1\r\n\r\n"));
}

TEST(Stream, gives_up_on_a_head_over_the_limit) {
  const std::string bytes = "GET " + std::string(30, 'x') + "\r\n\r\n";
  expect_at_every_split(bytes, Stream::Expect::head, {"bytes " + bytes}, {.head = 20, .frame = 100});
}

struct Ended {
  std::string to_agent;
  std::string to_client;
  std::vector<Record> records;
};

/// A whole conversation, in pieces of `size`.
Ended relayed(const Sabotage& sabotage, const std::vector<std::pair<Side, std::string>>& said, std::size_t size) {
  Ended ended;
  const std::function<void(Record)> record = [&ended](Record made) { ended.records.push_back(std::move(made)); };
  Relay relay{7, sabotage, record, {}};
  const auto obey = [&ended](const Orders& orders) {
    ended.to_agent += orders.to_agent;
    ended.to_client += orders.to_client;
  };
  for (const auto& [from, bytes] : said) {
    for (std::size_t i = 0; i < bytes.size(); i += size) {
      obey(relay.take(from, std::string_view{bytes}.substr(i, size), {}));
    }
  }
  obey(relay.ended(Side::client, "FIN", {}));
  obey(relay.ended(Side::agent, "FIN", {}));
  return ended;
}

const std::vector<std::pair<Side, std::string>> conversation = {
    {Side::client, upgrade},
    {Side::agent, accepted},
    {Side::client, render(masked(Frame::text(R"({"id":"1"})"))) + render(masked(Frame::ping("are you there")))},
    {Side::agent, render(Frame::pong("are you there")) + render(Frame::text(R"({"status":"ack"})"))},
    {Side::client, render(masked(Frame::text("never finis"))).substr(0, 9)},
};

TEST(Relay, passes_every_byte_on_unless_it_is_altered) {
  std::string from_client;
  std::string from_agent;
  for (const auto& [from, bytes] : conversation) {
    (from == Side::client ? from_client : from_agent) += bytes;
  }
  const Sabotage witness;
  const Sabotage idle{[](Head&, Hand&) {}, [](Head&, Hand&) {}, [](Frame&, Hand&) {}, [](Frame&, Hand&) {}};
  const Sabotage half{{}, {}, {}, [](Frame&, Hand&) {}};
  for (const Sabotage* sabotage : {&witness, &idle, &half}) {
    for (std::size_t size = 1; size < 250; ++size) {
      const Ended ended = relayed(*sabotage, conversation, size);
      ASSERT_EQ(ended.to_agent, from_client) << size;
      ASSERT_EQ(ended.to_client, from_agent) << size;
      ASSERT_EQ(ended.records.size(), 9U);  // opened, 2 heads, 4 frames, 2 ends
    }
  }
}

TEST(Relay, tells_what_passed) {
  const Ended ended = relayed({}, conversation, 1000);
  EXPECT_EQ(ended.records[1].head.start, "GET /p/x HTTP/1.1");
  EXPECT_EQ(ended.records[3].frame.payload, R"({"id":"1"})");
  EXPECT_TRUE(ended.records[3].frame.mask.has_value());
  EXPECT_EQ(ended.records[5].from, Side::agent);
  EXPECT_EQ(ended.records[5].frame.opcode, Opcode::pong);
  EXPECT_EQ(ended.records.back().text, "FIN");
  EXPECT_EQ(ended.records.back().connection, 7U);
}

TEST(Relay, alters_drops_and_adds_at_every_split) {
  Sabotage sabotage;
  sabotage.request = [](Head& head, Hand&) { head.remove("Sec-WebSocket-Protocol"); };
  sabotage.response = [](Head& head, Hand&) { head.set("X-Spoiled", "yes"); };
  sabotage.from_client = [](Frame& frame, Hand& hand) {
    if (frame.opcode == Opcode::ping) {
      hand.drop();
      hand.fired("swallowed a ping");
    }
  };
  sabotage.from_agent = [](Frame& frame, Hand& hand) {
    if (frame.is_whole_text()) {
      hand.send(Side::client, Frame::text("before"));
      frame.payload = "changed";
      hand.send_after(Frame::text("after"));
      hand.send(Side::agent, Frame::pong("behind its back"));
    }
  };
  for (std::size_t size = 1; size < 250; ++size) {
    const Ended ended = relayed(sabotage, conversation, size);
    Stream agent;
    agent.put(ended.to_agent);
    const auto head = agent.next();
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->head.find("Sec-WebSocket-Protocol"), nullptr);
    agent.expect(Stream::Expect::frames);
    EXPECT_THAT(items(agent), ElementsAre(R"(text masked {"id":"1"} of 10)", "pong masked behind its back of 15"));
    Stream client;
    client.put(ended.to_client);
    EXPECT_EQ(*client.next()->head.find("X-Spoiled"), "yes");
    client.expect(Stream::Expect::frames);
    EXPECT_THAT(items(client),
                ElementsAre("pong are you there of 13", "text before of 6", "text changed of 7", "text after of 5"));
    const auto fired = std::count_if(ended.records.begin(), ended.records.end(),
                                     [](const Record& record) { return record.kind == Record::Kind::fired; });
    EXPECT_EQ(fired, 1);
  }
}

TEST(Relay, takes_what_follows_a_refusal_for_bytes) {
  const std::string body = std::string{"\x81\x05 is no frame", 13};
  const Sabotage idle{{}, {}, [](Frame&, Hand&) { FAIL(); }, [](Frame&, Hand&) { FAIL(); }};
  const Ended ended = relayed(idle,
                              {{Side::client, upgrade},
                               {Side::agent, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\n" + body},
                               {Side::client, "GET / HTTP/1.1\r\n\r\n"}},
                              1000);
  EXPECT_EQ(ended.records[3].kind, Record::Kind::bytes);
  EXPECT_EQ(ended.records[3].text, body);
  EXPECT_EQ(ended.records[4].size, 18U);
}

TEST(Relay, takes_an_interim_response_for_what_it_is) {
  const Ended ended = relayed(
      {}, {{Side::client, upgrade}, {Side::agent, "HTTP/1.1 103 Early Hints\r\n\r\n" + accepted + render(Frame::text("x"))}},
      3);
  EXPECT_EQ(ended.records[3].head.status(), 101U);
  EXPECT_EQ(ended.records[4].frame.payload, "x");
}

TEST(Relay, knows_tls_only_by_its_size) {
  const Ended ended = relayed({}, {{Side::client, "\x16\x03\x01" + std::string(9000, 'x')}}, 6000);
  EXPECT_EQ(ended.records[1].size, 6000U);
  EXPECT_EQ(ended.records[1].text.size(), 4096U);
  EXPECT_EQ(ended.records[2].text, "");
}

TEST(Sabotage, can_be_put_together) {
  const auto add = [](std::string what) {
    return Sabotage{{}, {}, {}, [what](Frame& frame, Hand&) { frame.payload += what; }};
  };
  const Sabotage together = both(add("1"), both({}, add("2")));
  Orders orders;
  Hand hand{1, Side::agent, orders};
  Frame frame = Frame::text("0");
  together.from_agent(frame, hand);
  EXPECT_EQ(frame.payload, "012");
  EXPECT_FALSE(together.request);
}

TEST(Hand, writes_its_orders_down) {
  Orders orders;
  Hand hand{1, Side::client, orders};
  hand.send_later(std::chrono::milliseconds{20}, Side::client, Frame::text("late"));
  hand.send_to_others(Side::client, Frame::text("all"));
  hand.send_bytes(Side::agent, "raw");
  hand.close(1011);
  EXPECT_EQ(orders.later.front().bytes, render(Frame::text("late")));
  EXPECT_EQ(orders.to_other_clients, render(Frame::text("all")));
  EXPECT_EQ(orders.to_agent, "raw");
  EXPECT_EQ(orders.to_client, render(Frame::close(1011)));
  EXPECT_EQ(orders.end, Orders::End::hang_up);
}

TEST(Recorder, forgets_payloads_first_and_records_last) {
  Recorder recorder{3 * sizeof(Record), 3};
  for (int i = 0; i < 4; ++i) {
    Record record;
    record.kind = Record::Kind::frame;
    record.frame = Frame::text(std::string(sizeof(Record), 'x'));
    recorder.add(std::move(record));
  }
  Record end;
  end.kind = Record::Kind::end;
  recorder.add(end);
  ASSERT_EQ(recorder.all().size(), 4U);
  EXPECT_FALSE(recorder.all()[0].frame.payload.empty());
  EXPECT_TRUE(recorder.all()[2].frame.payload.empty());
  EXPECT_EQ(recorder.all()[2].frame.length, sizeof(Record));
  EXPECT_EQ(recorder.forgotten(), 1U);
}

}  // namespace
}  // namespace procedura::conformance::tap
