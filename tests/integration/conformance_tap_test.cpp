// The tap between real sockets: it adds nothing, loses nothing, and passes ends on.
#include <procedura/conformance/tap.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace procedura::conformance {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using tap::Frame;
using tap::Hand;
using tap::Record;
using tap::Side;

/// A client and an agent as bare sockets, with a tap between.
struct Pair {
  explicit Pair(tap::Sabotage sabotage = {}) : tap{acceptor.local_endpoint().port(), std::move(sabotage)} { meet(); }

  void meet() {
    clients.emplace_back(context).connect({asio::ip::address_v4::loopback(), tap.port()});
    agents.push_back(acceptor.accept());
  }
  tcp::socket& client(std::size_t i = 0) { return clients.at(i); }
  tcp::socket& agent(std::size_t i = 0) { return agents.at(i); }

  void upgrade(std::size_t i = 0) {
    asio::write(client(i), asio::buffer(std::string{"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"}));
    std::string read;
    asio::read_until(agent(i), asio::dynamic_buffer(read), "\r\n\r\n");
    asio::write(agent(i), asio::buffer(std::string{"HTTP/1.1 101 OK\r\n\r\n"}));
    read.clear();
    asio::read_until(client(i), asio::dynamic_buffer(read), "\r\n\r\n");
  }

  asio::io_context context;
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  Tap tap;
  std::vector<tcp::socket> clients;
  std::vector<tcp::socket> agents;
};

std::string read(tcp::socket& socket, std::size_t size) {
  std::string out(size, '\0');
  asio::read(socket, asio::buffer(out));
  return out;
}

/// How a socket ends: nothing more comes, and this error.
boost::system::error_code end_of(tcp::socket& socket) {
  boost::system::error_code error;
  char byte = 0;
  asio::read(socket, asio::buffer(&byte, 1), error);
  return error;
}

bool saw(const std::vector<Record>& records, Record::Kind kind, Side from, std::string_view text = {}) {
  return std::any_of(records.begin(), records.end(), [&](const Record& record) {
    return record.kind == kind && record.from == from && (text.empty() || record.text == text);
  });
}

TEST(Tap, passes_megabytes_both_ways_at_once) {
  Pair pair;
  std::string much(std::size_t{6} * 1024 * 1024, '\x16');
  for (std::size_t i = 0; i < much.size(); i += 7) {
    much[i] = static_cast<char>(i);
  }
  auto one = std::async(std::launch::async, [&] { asio::write(pair.client(), asio::buffer(much)); });
  auto other = std::async(std::launch::async, [&] { asio::write(pair.agent(), asio::buffer(much)); });
  auto came = std::async(std::launch::async, [&] { return read(pair.agent(), much.size()); });
  EXPECT_TRUE(read(pair.client(), much.size()) == much);
  EXPECT_TRUE(came.get() == much);
}

TEST(Tap, writes_down_what_passed_and_when) {
  Pair pair;
  pair.upgrade();
  asio::write(pair.agent(), asio::buffer(render(Frame::ping("x"))));
  read(pair.client(), 3);
  asio::write(pair.client(), asio::buffer(render(Frame::pong("x"))));
  read(pair.agent(), 3);
  const auto records = pair.tap.records();
  ASSERT_EQ(records.size(), 5U);
  EXPECT_EQ(records[3].frame.opcode, tap::Opcode::ping);
  EXPECT_EQ(records[4].frame.opcode, tap::Opcode::pong);
  for (std::size_t i = 1; i < records.size(); ++i) {
    EXPECT_GE(records[i].at, records[i - 1].at);
  }
}

TEST(Tap, passes_a_fin_on_and_lets_the_other_side_finish) {
  Pair pair;
  pair.client().shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(end_of(pair.agent()), asio::error::eof);
  asio::write(pair.agent(), asio::buffer(std::string{"still here"}));
  EXPECT_EQ(read(pair.client(), 10), "still here");
  pair.agent().close();
  EXPECT_EQ(end_of(pair.client()), asio::error::eof);
  EXPECT_TRUE(pair.tap.wait_until([](const auto& records) { return saw(records, Record::Kind::end, Side::agent, "FIN"); }));
}

TEST(Tap, passes_a_reset_on) {
  Pair pair;
  pair.upgrade();
  pair.agent().set_option(asio::socket_base::linger{true, 0});
  pair.agent().close();
  EXPECT_EQ(end_of(pair.client()), asio::error::connection_reset);
  EXPECT_TRUE(saw(pair.tap.records(), Record::Kind::end, Side::agent, "RST"));
}

TEST(Tap, tells_that_nobody_is_behind_it) {
  asio::io_context context;
  std::uint16_t port = 0;
  {
    tcp::acceptor gone{context, {asio::ip::address_v4::loopback(), 0}};
    port = gone.local_endpoint().port();
  }
  Tap tap{port};
  tcp::socket client{context};
  client.connect({asio::ip::address_v4::loopback(), tap.port()});
  EXPECT_TRUE(end_of(client));
  EXPECT_TRUE(tap.wait_until([](const auto& records) { return saw(records, Record::Kind::end, Side::agent); }));
}

TEST(Tap, does_not_read_for_who_does_not_read) {
  Pair pair;
  // What the kernel's buffers and the tap take in is far less than this, so the writer has to wait.
  pair.agent().non_blocking(true);
  const std::string piece(std::size_t{1024} * 1024, 'x');
  std::size_t written = 0;
  boost::system::error_code error;
  auto last = std::chrono::steady_clock::now();
  while (written < std::size_t{256} * 1024 * 1024 && std::chrono::steady_clock::now() - last < std::chrono::milliseconds{300}) {
    const std::size_t size = pair.agent().write_some(asio::buffer(piece), error);
    if (!error && size > 0) {
      written += size;
      last = std::chrono::steady_clock::now();
    } else {
      std::this_thread::yield();
    }
  }
  EXPECT_LT(written, std::size_t{128} * 1024 * 1024);
}

TEST(Tap, sabotages_others_later_and_to_the_end) {
  tap::Sabotage sabotage;
  sabotage.from_agent = [](Frame& frame, Hand& hand) {
    if (frame.payload == "go") {
      hand.drop();
      hand.send_to_others(Side::client, Frame::text("spilled"));
      hand.send_later(std::chrono::milliseconds{5}, Side::client, Frame::text("later"));
      hand.fired("spilled on connection " + std::to_string(hand.connection()));
    }
    if (frame.payload == "end") {
      hand.close(1011);
    }
  };
  sabotage.from_client = [](Frame&, Hand& hand) { hand.reset(); };
  Pair pair{std::move(sabotage)};
  pair.meet();
  pair.upgrade(0);
  pair.upgrade(1);
  asio::write(pair.agent(0), asio::buffer(render(Frame::text("go"))));
  EXPECT_EQ(read(pair.client(1), 9), render(Frame::text("spilled")));
  EXPECT_EQ(read(pair.client(0), 7), render(Frame::text("later")));
  EXPECT_EQ(pair.tap.fired(), std::vector<std::string>{"spilled on connection 1"});
  asio::write(pair.agent(0), asio::buffer(render(Frame::text("end"))));
  EXPECT_EQ(read(pair.client(0), 4), render(Frame::close(1011)));
  EXPECT_TRUE(end_of(pair.client(0)));
  asio::write(pair.client(1), asio::buffer(render(Frame::text("x"))));
  EXPECT_EQ(end_of(pair.client(1)), asio::error::connection_reset);
}

TEST(Tap, resets_what_is_too_much_at_once_and_writes_it_down) {
  Pair pair;
  for (int i = 1; i < 64; ++i) {
    pair.meet();
  }
  tcp::socket& refused = pair.clients.emplace_back(pair.context);
  refused.connect({asio::ip::address_v4::loopback(), pair.tap.port()});
  EXPECT_EQ(end_of(refused), asio::error::connection_reset);
  EXPECT_TRUE(saw(pair.tap.records(), Record::Kind::end, Side::agent, "reset: 64 other connections are open"));
  pair.clients.erase(pair.clients.begin());
  pair.agents.erase(pair.agents.begin());
  ASSERT_TRUE(pair.tap.wait_until([](const auto& records) {
    return saw(records, Record::Kind::end, Side::client) && saw(records, Record::Kind::end, Side::agent, "FIN");
  }));
  pair.meet();  // there is room again
}

TEST(Tap, stops_with_connections_open) {
  Pair pair;
  pair.upgrade();
  pair.tap.stop();
  pair.tap.stop();
  EXPECT_TRUE(end_of(pair.client()));
  EXPECT_TRUE(end_of(pair.agent()));
}

}  // namespace
}  // namespace procedura::conformance
