// Two runs and two streams on one agent, and the bytes that an agent answers them with: for tests that end the connection
// somewhere in between.
#pragma once

#include "scripted_peer.hpp"

#include <procedura/async_agent.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace procedura::testing {

inline constexpr std::size_t requests = 4;  // 0 and 1: runs; 2 and 3: streams
using Ids = std::array<std::string, requests>;

/// The bytes that the agent sends when it has the four requests, and where the terminal frame of each of them ends.
struct Script {
  std::string bytes;
  std::array<std::size_t, requests> ends{};

  void text(const std::string& payload) { bytes += server_frame(0x81, payload); }
  void end(std::size_t request, const std::string& id) {
    text(R"({"id":")" + id + R"(","status":"finished","result":"of )" + std::to_string(request) + "\"}");
    ends.at(request) = bytes.size();
  }

  explicit Script(const Ids& ids) {
    auto of = [&](std::size_t request, const std::string& rest) { return R"({"id":")" + ids.at(request) + "\"," + rest + "}"; };
    text(of(0, R"("status":"ack")"));
    text(of(2, R"("status":"started","job_id":"j-2")"));
    text(R"({"job_id":"j-2","status":"running","n":0})");
    text(R"({"status":"running","of":"nobody"})");
    end(0, ids[0]);
    text(of(3, R"("status":"started","job_id":"j-3")"));
    bytes += server_frame(0x89, "ping");
    text(of(3, R"("status":"running","pad":")" + std::string(130, 'x') + "\""));
    text(R"({"job_id":"j-2","status":"running","n":1})");
    end(3, ids[3]);
    text(of(1, R"("status":"ack")"));
    end(1, ids[1]);
    end(2, ids[2]);
    bytes += server_frame(0x88, std::string{"\x03\xe8", 2});
  }
};

struct Request {
  int ends = 0;
  errc code = errc::ok;
  std::string result;
  std::optional<Stream> stream;

  void finish(errc how) {
    ++ends;
    code = how;
  }
  void next() {
    stream->async_next([this](Result<Event> event) {
      if (event) {
        if (event->phase() == "finished") result = event->result();
        return next();
      }
      finish(event.error().code == errc::end_of_stream ? errc::ok : event.error().code);
    });
  }
};

/// Four requests on an agent of their own, until all is over.
struct Requests {
  explicit Requests(Options options) {
    AsyncAgent agent{context.get_executor(), std::move(options)};
    for (std::size_t i = 0; i < 2; ++i) {
      agent.async_run("snap", {"--terse"}, [&to = all[i]](Result<RunResult> result) {
        if (result) to.result = result->text();
        to.finish(result ? errc::ok : result.error().code);
      });
    }
    for (std::size_t i = 2; i < requests; ++i) {
      agent.async_stream("job", {"--n", "2"}, [&to = all[i]](Result<Stream> stream) {
        if (!stream) return to.finish(stream.error().code);
        to.stream = std::move(stream).value();
        to.next();
      });
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (over() < requests && std::chrono::steady_clock::now() < until) context.run_one_for(std::chrono::milliseconds{100});
    took = std::chrono::steady_clock::now() - (until - std::chrono::seconds{10});
    for (auto& request : all) request.stream.reset();
  }
  void drain() {
    context.restart();
    context.run_for(std::chrono::seconds{5});
    EXPECT_TRUE(context.stopped()) << "something is pending for ever";
    for (const Request& request : all) EXPECT_EQ(request.ends, 1);
  }
  std::size_t over() const {
    std::size_t sum = 0;
    for (const Request& request : all) sum += request.ends > 0 ? 1U : 0U;
    return sum;
  }

  boost::asio::io_context context{1};
  std::array<Request, requests> all;
  std::chrono::steady_clock::duration took{};
};

}  // namespace procedura::testing
