// As client_drop_test, but below TLS: the TCP stream is cut after every k-th byte, in both directions, from the first byte of
// the handshake on. Every request ends with its result or a named error, at once, and nothing is left behind.
#include "four_requests.hpp"
#include "process_resources.hpp"
#include "scripted_peer.hpp"
#include "temporary_folder.hpp"
#include "tls_server.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using testing::accepted;
using testing::Ids;
using testing::member;
using testing::Request;
using testing::Requests;
using testing::requests;
using testing::Resources;
using testing::Script;
using testing::ScriptedPeer;
using testing::server_frame;
using testing::TlsServerSide;

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
constexpr std::size_t stride = 17;  // no record and no frame is so small that it would be skipped everywhere
constexpr std::size_t piece = 40;   // of the script, in a record of its own

/// How far a connection came, as the agent sees it. All of it in whole records.
struct Progress {
  std::size_t handshake = 0;  ///< bytes that the client needs to be secured
  std::size_t sent = 0;
  bool upgraded = false;
  std::size_t script = 0;
};

/// The agent's side of one connection: it reads no more than `may_read` bytes and sends no more than `may_send`.
class Agent {
 public:
  Agent(ScriptedPeer::Link& link, const TlsServerSide::Context& context, std::size_t may_read, std::size_t may_send,
        Progress& progress)
      : link_{link}, tls_{context}, may_read_{may_read}, may_send_{may_send}, progress_{progress} {}

  /// Until it is over or cut.
  void serve() {
    while (tls_.plain.find("\r\n\r\n") == std::string::npos) {
      if (!read()) return;
    }
    const std::size_t head = tls_.plain.find("\r\n\r\n") + 4;
    tls_.send(accepted(tls_.plain.substr(0, head)));
    if (!write()) return;
    progress_.upgraded = true;
    tls_.plain.erase(0, head);
    Ids ids;
    for (auto& id : ids) {
      std::string frame;
      while ((frame = client_frame()).empty()) {
        if (!read()) return;
      }
      id = member(frame, "id");
    }
    const Script script{ids};
    while (progress_.script < script.bytes.size()) {
      tls_.send(std::string_view{script.bytes}.substr(progress_.script, piece));
      if (!write()) return;
      progress_.script = std::min(progress_.script + piece, script.bytes.size());
    }
  }

 private:
  // A record.
  bool read() {
    std::string record = take(5);
    if (record.size() == 5) {
      const auto byte = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(record[at])}; };
      record += take(byte(3) << 8U | byte(4));
    }
    if (may_read_ == 0) return false;
    tls_.received(record);
    return write();
  }

  std::string take(std::size_t bytes) {
    const std::size_t size = std::min(bytes, may_read_);
    may_read_ -= size;
    return link_.read(size);
  }

  bool write() {
    const std::string bytes = tls_.take_output();
    if (!tls_.secured()) progress_.handshake += bytes.size();
    const std::size_t size = std::min(bytes.size(), may_send_ - progress_.sent);
    if (size > 0) link_.write(std::string_view{bytes}.substr(0, size));
    progress_.sent += size;
    return size == bytes.size();
  }

  // The payload of the next whole frame; nothing if it is not there yet.
  std::string client_frame() {
    const std::string& plain = tls_.plain;
    const auto byte = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(plain[at])}; };
    if (plain.size() < 4) return {};
    const bool longer = (byte(1) & 0x7FU) == 126;
    const std::size_t size = longer ? byte(2) << 8U | byte(3) : byte(1) & 0x7FU;
    const std::size_t begin = longer ? 8 : 6;
    if (plain.size() < begin + size) return {};
    std::string payload = plain.substr(begin, size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(payload[i] ^ plain[begin - 4 + i % 4]);
    tls_.plain.erase(0, begin + size);
    return payload;
  }

  ScriptedPeer::Link& link_;
  TlsServerSide tls_;
  std::size_t may_read_;
  std::size_t may_send_;
  Progress& progress_;
};

enum class By { fin, rst };

class TlsDrop : public ::testing::TestWithParam<By> {
 protected:
  Options to(const ScriptedPeer& peer) const {
    Options options;
    options.url = "wss://127.0.0.1:" + std::to_string(peer.port());
    options.tls.ca = authority_.certificate_file;
    return options;
  }

  /// Serves connections; each is cut after so many bytes.
  ScriptedPeer::Script agent() {
    return [this](ScriptedPeer::Link& link) {
      Progress progress;
      try {
        Agent{link, context_, may_read_, may_send_, progress}.serve();
      } catch (const std::exception&) {
        // The client has hung up.
      }
      {
        const std::lock_guard lock{mutex_};
        latest_ = progress;
        ++served_;
      }
      changed_.notify_all();
      GetParam() == By::fin ? link.finish() : link.reset();
    };
  }

  /// How far the `number`th connection came.
  Progress progress_of(int number) {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, 10s, [&] { return served_ == number; })) << served_;
    return latest_;
  }

  testing::TemporaryFolder folder_;
  testing::PemPair authority_ = testing::make_pem_pair(folder_.path().string(), "Test CA");
  TlsServerSide::Context context_ = TlsServerSide::make_context(server());
  std::atomic<std::size_t> may_read_ = never;
  std::atomic<std::size_t> may_send_ = never;

 private:
  TlsServerSide::Options server() const {
    TlsServerSide::Options options;
    options.own = testing::make_pem_pair(folder_.path().string(), "agent", &authority_);
    return options;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Progress latest_;
  int served_ = 0;
};

TEST_P(TlsDrop, AfterEveryKthByteThatTheAgentSends) {
  ScriptedPeer peer{agent()};
  const Script script{Ids{"00000000", "00000000", "00000000", "00000000"}};  // ids have this size
  const Resources before = Resources::now();
  int results = 0;
  int connections = 0;
  Progress progress;
  for (std::size_t bytes = 0; progress.script < script.bytes.size() && !HasFailure(); bytes += stride) {
    SCOPED_TRACE("after " + std::to_string(bytes) + " bytes");
    may_send_ = bytes;
    Requests outcome{to(peer)};
    outcome.drain();
    EXPECT_LT(outcome.took, 3s);
    progress = progress_of(++connections);
    for (std::size_t i = 0; i < requests; ++i) {
      const Request& request = outcome.all.at(i);
      const bool whole = progress.script >= script.ends.at(i);
      if (request.code == errc::ok) {
        EXPECT_TRUE(whole) << i;
        EXPECT_EQ(request.result, "\"of " + std::to_string(i) + "\"");
        ++results;
      } else if (GetParam() == By::rst) {  // which may take with it what was sent before
        EXPECT_THAT(request.code,
                    ::testing::AnyOf(errc::connect_failed, errc::tls_failed, errc::handshake_refused, errc::connection_lost));
      } else {
        EXPECT_FALSE(whole) << i << ": its result had come";
        EXPECT_EQ(request.code, bytes == 0                   ? errc::connect_failed
                                : bytes < progress.handshake ? errc::tls_failed
                                : !progress.upgraded         ? errc::handshake_refused
                                                             : errc::connection_lost);
      }
    }
    ASSERT_LT(bytes, 20'000U) << "it never ends";
  }
  EXPECT_GT(results, 0);
  EXPECT_TRUE(Resources::back_to(before, 5s)) << "a descriptor or a thread is left";
}

TEST_P(TlsDrop, AfterEveryKthByteThatTheAgentReads) {
  ScriptedPeer peer{agent()};
  const Resources before = Resources::now();
  int connections = 0;
  Progress progress;
  for (std::size_t bytes = 0; progress.script == 0 && !HasFailure(); bytes += stride) {
    SCOPED_TRACE("after " + std::to_string(bytes) + " bytes");
    may_read_ = bytes;
    Requests outcome{to(peer)};
    outcome.drain();
    EXPECT_LT(outcome.took, 3s);
    progress = progress_of(++connections);
    for (const Request& request : outcome.all) {
      if (progress.script > 0 && request.code == errc::ok) continue;
      if (GetParam() == By::rst) {
        EXPECT_THAT(request.code,
                    ::testing::AnyOf(errc::connect_failed, errc::tls_failed, errc::handshake_refused, errc::connection_lost));
      } else {
        EXPECT_EQ(request.code, progress.sent == 0   ? errc::connect_failed
                                : !progress.upgraded ? errc::handshake_refused
                                                     : errc::connection_lost);
      }
    }
    ASSERT_LT(bytes, 20'000U) << "it never ends";
  }
  EXPECT_TRUE(Resources::back_to(before, 5s)) << "a descriptor or a thread is left";
}

INSTANTIATE_TEST_SUITE_P(By, TlsDrop, ::testing::Values(By::fin, By::rst),
                         [](const auto& instance) { return std::string{instance.param == By::fin ? "Fin" : "Rst"}; });

}  // namespace
}  // namespace procedura
