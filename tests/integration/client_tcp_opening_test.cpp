// From a name to a connected byte stream, over real sockets: several addresses, some of them dead.

#include "scripted_peer.hpp"
#include "tcp_opening.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using boost::system::error_code;
using procedura::testing::ScriptedPeer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::StartsWith;
using Tcp = boost::asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// An address that neither takes a connection nor refuses it: the queue of a socket that nobody accepts from is full, and the
/// kernel drops what more comes.
class BlackHole {
 public:
  BlackHole(const std::string& address, std::uint16_t port) : acceptor_{context_, Tcp::v4()} {
    acceptor_.set_option(Tcp::acceptor::reuse_address{true});
    acceptor_.bind({make_address(address), port});
    ::listen(acceptor_.native_handle(), 0);
    for (int i = 0; i < 8; ++i) {
      Tcp::socket& filler = fillers_.emplace_back(context_);
      filler.open(Tcp::v4());
      filler.non_blocking(true);
      const auto here = acceptor_.local_endpoint();
      ::connect(filler.native_handle(), here.data(), static_cast<socklen_t>(here.size()));  // Asio's own would wait
    }
  }

 private:
  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::vector<Tcp::socket> fillers_;
};

struct TcpOpeningTest : ::testing::Test {
  /// A name that stands for these addresses, in this order, each on the same port.
  static AddressSettings name_for(std::vector<std::string> addresses) {
    AddressSettings settings;
    settings.look_up = [addresses](const std::string& /*host*/, std::uint16_t port, TcpEndpoints& found) {
      for (const auto& address : addresses) found.emplace_back(make_address(address), port);
      return error_code{};
    };
    return settings;
  }

  void open(const std::string& url, AddressSettings settings) {
    TransportOptions options;
    options.endpoint = Endpoint::parse(url).value();
    const auto began = Clock::now();
    const auto stop = [this, began] {
      took = Clock::now() - began;
      context.stop();
    };
    opening = std::make_shared<TcpOpening>(context.get_executor(), options,
                                           TcpOpening::Then{[this, stop](Tcp::socket connected, HandshakeInfo reached) {
                                                              socket = std::move(connected);
                                                              info = std::move(reached);
                                                              stop();
                                                            },
                                                            [this, stop](TransportEnd how) {
                                                              end = std::move(how);
                                                              stop();
                                                            }},
                                           std::move(settings));
    const auto work = boost::asio::make_work_guard(context);  // as the deadline of an opening is
    opening->start();
    context.run_for(10s);
  }

  static std::string url_of(const ScriptedPeer& peer) { return "ws://agent.test:" + std::to_string(peer.port()); }

  boost::asio::io_context context{1};
  std::shared_ptr<TcpOpening> opening;
  std::optional<Tcp::socket> socket;
  std::optional<HandshakeInfo> info;
  std::optional<TransportEnd> end;
  Clock::duration took{};
  ScriptedPeer peer{[](ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};  // on 127.0.0.1
};

TEST_F(TcpOpeningTest, ABlackHoleCostsOneDelayAndNotTheTimeout) {
  const BlackHole hole{"127.0.0.2", peer.port()};
  open(url_of(peer), name_for({"127.0.0.2", "127.0.0.1"}));
  ASSERT_TRUE(socket);
  EXPECT_GE(took, 250ms);
  EXPECT_LT(took, 1s) << "on a busy machine; 5 s would be the timeout";
  EXPECT_THAT(info->addresses, ElementsAre(StartsWith("127.0.0.2:"), StartsWith("127.0.0.1:")));
  EXPECT_THAT(info->remote, StartsWith("127.0.0.1:"));
  EXPECT_GE(info->connect_time.value(), 250ms);
}

TEST_F(TcpOpeningTest, ADeadAddressCostsNothing) {
  open(url_of(peer), name_for({"::1", "127.0.0.3", "127.0.0.1"}));
  ASSERT_TRUE(socket);
  EXPECT_LT(took, 200ms);
  EXPECT_THAT(info->remote, StartsWith("127.0.0.1:"));
  EXPECT_THAT(info->addresses, ElementsAre(StartsWith("[::1]:"), StartsWith("127.0.0.3:"), StartsWith("127.0.0.1:")));
}

TEST_F(TcpOpeningTest, TheFirstToAnswerWinsAndTheOthersAreHungUp) {
  const BlackHole one{"127.0.0.2", peer.port()};
  const BlackHole two{"127.0.0.3", peer.port()};
  AddressSettings settings = name_for({"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  settings.attempt_delay = 20ms;
  open(url_of(peer), std::move(settings));
  ASSERT_TRUE(socket);
  EXPECT_THAT(took, AllOf(Gt(39ms), Le(500ms)));
  context.restart();
  opening.reset();
  socket->close();
  context.run_for(5s);
  EXPECT_TRUE(context.stopped()) << "something is still pending";
}

TEST_F(TcpOpeningTest, WhenAllFailEachIsNamedWithItsReason) {
  std::string url;
  {
    const ScriptedPeer gone{[](ScriptedPeer::Link&) {}};
    url = url_of(gone);
  }
  open(url, name_for({"127.0.0.2", "::1", "127.0.0.1"}));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->cause, errc::connect_failed);
  EXPECT_THAT(end->detail, AllOf(StartsWith("cannot connect to " + url + ": 127.0.0.2 (Connection refused), ::1 ("),
                                 HasSubstr("127.0.0.1 (Connection refused); is the agent running there?")));
  EXPECT_EQ(end->reached.addresses.size(), 3U);
}

TEST_F(TcpOpeningTest, OfManyThatFailAFewAreNamed) {
  std::vector<std::string> addresses;
  for (int i = 2; i < 100; ++i) addresses.push_back("127.0.0." + std::to_string(i));
  open(url_of(peer), name_for(addresses));
  ASSERT_TRUE(end);
  EXPECT_THAT(end->detail,
              AllOf(HasSubstr("127.0.0.5 (Connection refused) and 12 more addresses"), ::testing::Not(HasSubstr("127.0.0.6"))));
  EXPECT_EQ(end->reached.addresses.size(), 16U);
}

TEST_F(TcpOpeningTest, ANameWithoutAddresses) {
  open("ws://agent.test:1", name_for({}));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->cause, errc::connect_failed);
  EXPECT_THAT(end->detail, StartsWith("cannot resolve 'agent.test': "));
}

TEST_F(TcpOpeningTest, IfItTakesTooLongThePhaseIsNamed) {
  const BlackHole hole{"127.0.0.2", peer.port()};
  std::promise<void> over;
  AddressSettings settings = name_for({"127.0.0.2"});
  TransportOptions options;
  options.endpoint = Endpoint::parse(url_of(peer)).value();
  settings.look_up = [gate = over.get_future().share(), inner = settings.look_up](const auto& host, auto port, auto& found) {
    gate.wait();
    return inner(host, port, found);
  };
  opening =
      std::make_shared<TcpOpening>(context.get_executor(), options, TcpOpening::Then{[](auto...) {}, [](auto) {}}, settings);
  opening->start();
  EXPECT_EQ(opening->too_slow().detail, "the name 'agent.test' was not resolved within 5 s");
  over.set_value();
  const auto work = boost::asio::make_work_guard(context);
  while (opening->too_slow().reached.addresses.empty()) context.run_one_for(5s);
  EXPECT_EQ(opening->too_slow().detail, url_of(peer) + " did not take the connection within 5 s");
  EXPECT_EQ(opening->too_slow().cause, errc::connect_timeout);
  opening->abandon();
}

// --- look-ups that outlive who asked ----------------------------------------------------------------------------------------

struct ResolutionTest : ::testing::Test {
  /// Waits until it may answer, and tells when it does.
  struct Slow {
    std::promise<void> may;
    std::promise<void> answers;
    LookUp look_up() {
      return [this, gate = may.get_future().share()](const auto& /*host*/, auto port, TcpEndpoints& found) {
        gate.wait();
        found.emplace_back(make_address("127.0.0.1"), port);
        answers.set_value();
        return error_code{};
      };
    }
  };
};

TEST_F(ResolutionTest, NobodyIsToldOnceItIsGone) {
  for (int i = 0; i < 50; ++i) {
    Slow slow;
    boost::asio::io_context context{1};
    std::optional<Resolution> resolution;
    resolution.emplace(
        context.get_executor(), "name.test", std::uint16_t{1}, [](auto...) { FAIL(); }, slow.look_up());
    std::thread let_go{[&] { slow.may.set_value(); }};
    resolution.reset();
    slow.answers.get_future().wait();
    context.run();
    let_go.join();
  }
}

TEST_F(ResolutionTest, TheContextMayGoBeforeWhoAsked) {
  for (int i = 0; i < 50; ++i) {
    Slow slow;
    auto context = std::make_unique<boost::asio::io_context>(1);
    const Resolution resolution{context->get_executor(), "name.test", std::uint16_t{1}, [](auto...) { FAIL(); },
                                slow.look_up()};
    std::thread let_go{[&] { slow.may.set_value(); }};
    context.reset();
    slow.answers.get_future().wait();
    let_go.join();
  }
}

// The process ends while a look-up is on its way; the answer comes when statics are being destroyed.
[[noreturn]] void exit_while_looking_up() {
  static std::promise<void> started;
  static std::promise<void> may;
  static boost::asio::io_context context{1};
  static const Resolution resolution{context.get_executor(), "name.test", std::uint16_t{1}, [](auto...) {},
                                     [gate = may.get_future().share()](const auto& /*host*/, auto port, TcpEndpoints& found) {
                                       started.set_value();
                                       gate.wait();
                                       found.emplace_back(make_address("127.0.0.1"), port);
                                       return error_code{};
                                     }};
  started.get_future().wait();
  struct LetGo {
    ~LetGo() { may.set_value(); }
  };
  static const LetGo let_go;
  std::exit(0);
}

TEST(ResolutionDeathTest, TheProcessMayEndBeforeTheAnswer) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_while_looking_up(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace procedura::detail
