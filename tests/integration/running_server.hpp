#pragma once

#include "engine/engine.hpp"
#include "net/server.hpp"
#include "scenario/load.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace procedura::mock {

/// A server of the mock on a thread of its own, so that a test can set its limits and give its engine outputs.
struct RunningServer {
  RunningServer(std::string_view scenario, net::ServerOptions options) {
    const std::array texts{ScenarioText{"test.json", std::string{scenario}}};
    engine = std::make_unique<engine::Engine>(load_scenario(texts).scenario, engine::EngineOptions{}, net::this_moment());
    options.port = 0;
    server = std::make_unique<net::Server>(*engine, options, [this](std::string_view line) {
      const std::lock_guard lock{mutex};
      log.append(line).append("\n");
    });
    const auto at = server->listen().value();
    port = at.port;
    url = at.url();
    thread = std::thread{[this] { server->run(); }};
  }
  ~RunningServer() {
    server->stop();
    if (thread.joinable()) thread.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  /// Has these outputs carried out, and comes back when that is done.
  void carry_out(const std::function<void(engine::Outputs&)>& add) const {
    std::promise<void> done;
    server->post_input([&](const engine::Moment&, engine::Outputs& out) { add(out); });
    server->post([&] { done.set_value(); });
    done.get_future().wait();
  }
  template <typename Look>
  auto look(Look look) const {
    std::promise<decltype(look(*engine))> looked;
    server->post([&] { looked.set_value(look(*engine)); });
    return looked.get_future().get();
  }
  std::size_t open_connections() const {
    return look([](const engine::Engine& agent) { return agent.connections().size(); });
  }
  /// Waits for it, with a deadline.
  bool comes_to(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds{10}) const {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
  }
  std::string logged() const {
    const std::lock_guard lock{mutex};
    return log;
  }

  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<net::Server> server;
  std::uint16_t port = 0;
  std::string url;
  mutable std::mutex mutex;  // of `log`
  std::string log;
  std::thread thread;
};

inline void append_text(engine::Outputs& out, engine::ConnectionId to, std::string_view payload) {
  const auto offset = out.buffer().size();
  out.buffer() += payload;
  out.text(to, offset);
}

inline void append_bytes(engine::Outputs& out, engine::ConnectionId to, std::string_view payload) {
  const auto offset = out.buffer().size();
  out.buffer() += payload;
  out.bytes(to, offset);
}

}  // namespace procedura::mock
