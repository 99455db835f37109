#pragma once

#include "temporary_folder.hpp"
#include "tls_peer.hpp"
#include "tls_server.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace procedura::testing {

using namespace std::chrono_literals;

inline constexpr auto token = "secret-token-0123456789";

/// A transport's whole life, run to its end. `close` is sent as soon as it is open.
struct Visit : TransportHandler {
  explicit Visit(TransportOptions options, std::string say = {}) : say_{std::move(say)} {
    transport.open(std::move(options), *this);
    context.run_for(20s);
  }
  void on_open(HandshakeInfo info) override {
    opened = std::move(info);
    if (say_.empty()) return transport.close();
    transport.send_text(say_);
  }
  void on_text(std::string message) override {
    heard.push_back(std::move(message));
    if (heard.size() == 2) transport.close();  // an ack and a result
  }
  void on_binary(std::string) override {}
  void on_end(TransportEnd how) override { end = std::move(how); }

  boost::asio::io_context context{1};
  Transport transport{context.get_executor()};
  std::optional<HandshakeInfo> opened;
  std::vector<std::string> heard;
  TransportEnd end;

 private:
  std::string say_;
};

/// Certificates of a test's own, and how they are trusted and shown.
class TlsTest : public ::testing::Test {
 protected:
  TransportOptions to(const std::string& url, const TlsOptions& tls) const {
    TransportOptions options;
    options.endpoint = Endpoint::parse(url).value();
    options.subprotocols = {token};
    options.headers.emplace_back("Authorization", std::string{"Bearer "} + token);
    options.tls = TlsContext::make(tls).value();
    options.close_timeout = 300ms;
    return options;
  }
  TlsOptions trusting(const PemPair& whom) const {
    TlsOptions options;
    options.ca = whom.certificate_file;
    return options;
  }
  RecordingTlsServer::Options showing(const PemPair& own) const {
    RecordingTlsServer::Options options;
    options.own = own;
    return options;
  }
  static void expect_no_token(const RecordingTlsServer& server) {
    const auto record = server.record();
    EXPECT_GT(record.connections, 0);
    EXPECT_EQ(record.plain, "") << "application data";
    EXPECT_THAT(record.raw, ::testing::Not(::testing::HasSubstr(token)));
    EXPECT_THAT(record.raw, ::testing::Not(::testing::HasSubstr("GET /")));
  }

  procedura::testing::TemporaryFolder folder;
  const std::string at = folder.path().string();
  const PemPair authority = make_pem_pair(at, "Test CA");
  const PemPair agent = make_pem_pair(at, "agent", &authority);
  const PemPair stranger = make_pem_pair(at, "Stranger CA");
};

}  // namespace procedura::testing
