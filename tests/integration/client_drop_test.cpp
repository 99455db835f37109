// An agent that drops the connection after every k-th byte, for every k, by FIN and by RST, in both directions: every request
// ends with its result or a named error, at once and not at its deadline, and nothing is left behind. The ends of all frames
// are among the bytes. Random and mutated bytes after the upgrade follow; a failing seed is printed, and repeated with
//
//     PROCEDURA_FUZZ_SEED=<seed> client_endurance_test --gtest_filter='RandomBytes.*'
#include "four_requests.hpp"
#include "process_resources.hpp"
#include "scripted_peer.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/protocol/random.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::accepted;
using testing::Ids;
using testing::member;
using testing::read_client_frame;
using testing::Request;
using testing::Requests;
using testing::requests;
using testing::Resources;
using testing::Script;
using testing::ScriptedPeer;
using testing::server_frame;

Options to(const ScriptedPeer& peer) {
  Options options;
  options.url = peer.url();
  return options;
}

enum class By { fin, rst };

class Drop : public ::testing::TestWithParam<By> {
 protected:
  static void cut(ScriptedPeer::Link& link) { GetParam() == By::fin ? link.finish() : link.reset(); }
};

TEST_P(Drop, AfterEachByteThatTheAgentSends) {
  std::atomic<std::size_t> cut_at{0};
  std::atomic<std::size_t> answer_size{0};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    const std::size_t bytes = cut_at;
    const std::string answer = accepted(link.read_head());
    answer_size = answer.size();
    link.write(std::string_view{answer}.substr(0, bytes));
    if (bytes > answer.size()) {
      Ids ids;
      for (auto& id : ids) id = member(read_client_frame(link), "id");
      link.write(std::string_view{Script{ids}.bytes}.substr(0, bytes - answer.size()));
    }
    cut(link);
  }};
  const Script script{Ids{"00000000", "00000000", "00000000", "00000000"}};  // ids have this size
  const Resources before = Resources::now();
  answer_size = 1;
  for (std::size_t bytes = 0; bytes <= answer_size + script.bytes.size() && !HasFailure(); ++bytes) {
    SCOPED_TRACE("after " + std::to_string(bytes) + " bytes");
    cut_at = bytes;
    Requests outcome{to(peer)};
    outcome.drain();
    EXPECT_LT(outcome.took, 3s);
    for (std::size_t i = 0; i < requests; ++i) {
      const Request& request = outcome.all.at(i);
      const bool whole = bytes >= answer_size + script.ends.at(i);
      if (request.code == errc::ok) {
        EXPECT_TRUE(whole) << i;
        EXPECT_EQ(request.result, "\"of " + std::to_string(i) + "\"");
      } else {
        const bool lost = request.code == errc::connection_lost && bytes >= answer_size;
        const bool refused = request.code == errc::handshake_refused && (bytes < answer_size || GetParam() == By::rst);
        const bool at_once = request.code == errc::connect_failed && bytes == 0 && GetParam() == By::rst;
        EXPECT_TRUE(lost || refused || at_once) << i << ": " << code_name(request.code);
        EXPECT_TRUE(!whole || GetParam() == By::rst) << i << ": its result had come";
      }
    }
  }
  EXPECT_GT(answer_size + script.bytes.size(), 800U);
  EXPECT_TRUE(Resources::back_to(before, 5s)) << "a descriptor or a thread is left";
}

TEST_P(Drop, AfterEachByteThatTheAgentReads) {
  std::atomic<std::size_t> cut_at{0};
  std::atomic<std::size_t> head_size{1000};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    std::string head;
    std::size_t left = cut_at;
    for (; left > 0 && !head.ends_with("\r\n\r\n"); --left) head += link.read(1);
    if (head.ends_with("\r\n\r\n")) {
      head_size = head.size();
      link.write(accepted(head));
      link.read(left);
    }
    cut(link);
  }};
  const Resources before = Resources::now();
  for (std::size_t bytes = 0; bytes <= head_size + 280 && !HasFailure(); ++bytes) {
    SCOPED_TRACE("after " + std::to_string(bytes) + " bytes");
    cut_at = bytes;
    Requests outcome{to(peer)};
    outcome.drain();
    EXPECT_LT(outcome.took, 3s);
    for (const Request& request : outcome.all) {
      // By RST, the answer to the upgrade may be lost with what was behind it.
      if (request.code == errc::connect_failed && bytes == 0 && GetParam() == By::rst) continue;
      if (bytes < head_size || (GetParam() == By::rst && request.code == errc::handshake_refused)) {
        EXPECT_EQ(request.code, errc::handshake_refused);
      } else {
        EXPECT_EQ(request.code, errc::connection_lost);
      }
    }
  }
  EXPECT_LT(head_size, 1000U);
  EXPECT_TRUE(Resources::back_to(before, 5s)) << "a descriptor or a thread is left";
}

INSTANTIATE_TEST_SUITE_P(By, Drop, ::testing::Values(By::fin, By::rst),
                         [](const auto& instance) { return std::string{instance.param == By::fin ? "Fin" : "Rst"}; });

TEST(FallsSilent, AfterSoManyBytesEachRequestEndsAtItsDeadline) {
  std::atomic<std::size_t> cut_at{0};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    std::size_t left = cut_at;
    const std::string answer = accepted(link.read_head());
    link.write(std::string_view{answer}.substr(0, left));
    if (left > answer.size()) {
      Ids ids;
      for (auto& id : ids) id = member(read_client_frame(link), "id");
      link.write(std::string_view{Script{ids}.bytes}.substr(0, left - answer.size()));
    }
    link.wait_for_hang_up();
  }};
  const Resources before = Resources::now();
  for (std::size_t bytes = 0; bytes < 900; bytes += 83) {
    SCOPED_TRACE("after " + std::to_string(bytes) + " bytes");
    cut_at = bytes;
    Options options = to(peer);
    options.connect_timeout = 200ms;
    options.run_deadlines = options.stream_deadlines = {200ms, 200ms, {}};
    options.close_timeout = 100ms;
    Requests outcome{std::move(options)};
    outcome.drain();
    EXPECT_LT(outcome.took, 3s);
    for (const Request& request : outcome.all) {
      EXPECT_THAT(request.code, ::testing::AnyOf(errc::ok, errc::connect_timeout, errc::ack_timeout, errc::final_timeout));
    }
  }
  EXPECT_TRUE(Resources::back_to(before, 5s)) << "a descriptor or a thread is left";
}

TEST(BreaksTheProtocol, JustAsWeClose) {
  std::atomic<int> frames{0};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.write(accepted(link.read_head()));
    std::string bytes = server_frame(0x81, R"({"id":")" + member(read_client_frame(link), "id") + R"(","status":"finished"})");
    for (int i = 0; i < frames; ++i) bytes += server_frame(0x81, "{}");
    link.write(bytes + server_frame(0x81, "\xff"));
    link.wait_for_hang_up();
  }};
  for (frames = 0; frames < 20; ++frames) {
    SCOPED_TRACE(std::to_string(frames) + " frames between the result and the end");
    asio::io_context context{1};
    Options options = to(peer);
    options.close_timeout = 50ms;
    std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
    agent->async_run("snap", {}, [&](Result<RunResult>) { agent.reset(); });
    context.run_for(2s);
    EXPECT_TRUE(context.stopped()) << "something is pending for ever";
  }
}

// --- nonsense -------------------------------------------------------------------------------------------------------------

/// Draws that follow from the seed alone.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : seed_{seed} {}
  std::size_t operator()(std::size_t below) { return static_cast<std::size_t>(protocol::mix(seed_, ++drawn_) % below); }

 private:
  std::uint64_t seed_;
  std::uint64_t drawn_ = 0;
};

std::string mutated(std::string bytes, Draw& draw) {
  for (std::size_t times = draw(6) + 1; times > 0 && !bytes.empty(); --times) {
    const std::size_t at = draw(bytes.size());
    switch (draw(5)) {
      case 0:
        bytes[at] = static_cast<char>(draw(256));
        break;
      case 1:
        bytes.erase(at, draw(20) + 1);
        break;
      case 2:
        bytes.insert(at, bytes.substr(draw(bytes.size()), draw(40)));
        break;
      case 3:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw(8)));
        break;
      default:
        bytes.insert(at, 1, "\"\\{}[]:,\x00\xff\x7f"[draw(11)]);
        break;
    }
  }
  return bytes;
}

/// One seed: whole noise, a script whose bytes are mutated, or whole frames with mutated payloads.
std::string nonsense(const Script& script, const Ids& ids, Draw& draw) {
  std::string bytes;
  switch (draw(3)) {
    case 0:
      for (std::size_t left = draw(400); left > 0; --left) bytes.push_back(static_cast<char>(draw(256)));
      return bytes;
    case 1:
      return mutated(script.bytes, draw);
    default:
      for (std::size_t left = draw(20) + 1; left > 0; --left) {
        const std::string status[] = {"ack", "started", "running", "finished", "error", "dancing"};
        std::string frame = R"({"id":")" + ids.at(draw(requests)) + R"(","job_id":"j-)" + std::to_string(draw(5)) +
                            R"(","status":")" + status[draw(6)] + R"(","result":{"a":[1,2.50,"é"]},"message":"m"})";
        if (draw(2) == 0) frame = mutated(std::move(frame), draw);
        bytes += server_frame(static_cast<unsigned char>(draw(10) == 0 ? draw(256) : 0x81), frame);
      }
      return bytes;
  }
}

TEST(RandomBytes, FromAPeerEndEachRequestOnce) {
  const char* const one = std::getenv("PROCEDURA_FUZZ_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t last = one != nullptr ? first : 400;
  std::atomic<std::uint64_t> seed{0};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    Draw draw{seed};
    link.write(accepted(link.read_head()));
    Ids ids;
    for (auto& id : ids) id = member(read_client_frame(link), "id");
    link.write(nonsense(Script{ids}, ids, draw));
    draw(2) == 0 ? link.finish() : link.wait_for_hang_up();
  }};
  const Resources before = Resources::now();
  for (seed = first; seed <= last && !HasFailure(); ++seed) {
    SCOPED_TRACE("PROCEDURA_FUZZ_SEED=" + std::to_string(seed));
    Options options = to(peer);
    options.run_deadlines = options.stream_deadlines = {50ms, 50ms, {}};
    options.close_timeout = 50ms;
    Requests outcome{std::move(options)};
    outcome.drain();
    EXPECT_LT(outcome.took, 3s);
    for (const Request& request : outcome.all) {
      EXPECT_THAT(request.code, ::testing::AnyOf(errc::ok, errc::agent_error, errc::connection_lost, errc::protocol_error,
                                                 errc::ack_timeout, errc::final_timeout, errc::message_too_big));
    }
  }
  EXPECT_TRUE(Resources::back_to(before, 5s)) << "a descriptor or a thread is left";
}

}  // namespace
}  // namespace procedura
