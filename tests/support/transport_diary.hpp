#pragma once

#include <procedura/transport.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace procedura::testing {

/// Writes down what a transport says.
struct TransportDiary : TransportHandler {
  void on_open(HandshakeInfo info) override {
    opened = std::move(info);
    if (when_open) when_open();
  }
  void on_text(std::string message) override {
    texts.push_back(std::move(message));
    if (on_message) on_message();
  }
  void on_binary(std::string message) override { texts.push_back(std::move(message)); }
  void on_end(TransportEnd how) override { end = std::move(how); }

  std::optional<HandshakeInfo> opened;
  std::vector<std::string> texts;
  std::optional<TransportEnd> end;
  std::function<void()> when_open;
  std::function<void()> on_message;
};

/// One transport, from its opening to its end.
struct TransportRun : ::testing::Test {
  static TransportOptions to(const std::string& url) {
    TransportOptions options;
    options.endpoint = Endpoint::parse(url).value();
    return options;
  }
  /// Runs until the connection is over, and says how it ended.
  TransportEnd outcome(TransportOptions options) {
    const auto began = std::chrono::steady_clock::now();
    transport.open(std::move(options), diary);
    context.run_for(std::chrono::seconds{20});
    took = std::chrono::steady_clock::now() - began;
    EXPECT_TRUE(diary.end) << "it never ended";
    return diary.end.value_or(TransportEnd{});
  }

  boost::asio::io_context context{1};
  TransportDiary diary;
  Transport transport{context.get_executor()};
  std::chrono::steady_clock::duration took{};
};

}  // namespace procedura::testing
