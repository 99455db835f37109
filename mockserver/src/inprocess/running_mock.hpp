#pragma once

#include "engine/engine.hpp"
#include "inprocess/change_signal.hpp"
#include "inprocess/script_texts.hpp"
#include "net/server.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace procedura::mock::inprocess {

/// An engine on a server on a thread of its own, and how other threads get at it.
class RunningMock {
 public:
  /// Listens when it returns. Throws `MockError`.
  RunningMock(std::vector<ScenarioText> texts, MockAgent::Options options);
  ~RunningMock() { stop(); }
  RunningMock(const RunningMock&) = delete;
  RunningMock& operator=(const RunningMock&) = delete;

  const std::string& url() const noexcept { return url_; }
  std::uint16_t port() const noexcept { return port_; }

  Verdict stop();
  void advance(std::chrono::nanoseconds by);
  void add(std::string_view key, std::string name, std::string_view scenario);
  void replace(std::string_view scenario);

  /// Calls `look` with the engine while nothing else does.
  template <typename Look>
  auto between_inputs(Look look) {
    const std::lock_guard lock{mutex_};
    if (!thread_.joinable()) return look(std::as_const(engine_));
    return on_its_thread<decltype(look(std::as_const(engine_)))()>([&] { return look(std::as_const(engine_)); },
                                                                   [this](auto task) { server_.post([task] { (*task)(); }); });
  }

  /// The same with something for the engine to do; what that leads to is on its way when it returns.
  template <typename Give>
  auto input(Give give) {
    engine::Outputs none;
    const std::lock_guard lock{mutex_};
    if (!thread_.joinable()) return give(engine_, net::this_moment(), none);
    return on_its_thread<decltype(give(engine_, engine::Moment{}, none))(const engine::Moment&, engine::Outputs&)>(
        [&](const engine::Moment& moment, engine::Outputs& out) { return give(engine_, moment, out); },
        [this](auto task) {
          server_.post_input([task](const engine::Moment& moment, engine::Outputs& out) { (*task)(moment, out); });
        });
  }

  /// Waits until `satisfied` is true, which is looked at after inputs.
  template <typename Satisfied>
  bool wait_until(Satisfied satisfied, std::chrono::nanoseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (true) {
      const auto seen = changes_.count();
      if (satisfied()) return true;
      if (!changes_.wait(seen, deadline)) return false;
    }
  }

 private:
  /// Has `post` run `work` on the mock's thread, and waits for what it returns or throws. That thread keeps the task for
  /// itself: it is not done with it when the answer is there.
  template <typename Signature, typename Work, typename Post>
  static auto on_its_thread(Work work, Post post) {
    const auto task = std::make_shared<std::packaged_task<Signature>>(std::move(work));
    auto answer = task->get_future();
    post(task);
    return answer.get();
  }

  void adopt(std::shared_ptr<const Scenario> scenario);
  void log(std::string_view line) const;

  std::mutex mutex_;          // of `thread_`: whether it runs decides who may touch the engine
  std::mutex scripts_mutex_;  // of `scripts_`, and that the engine gets what they come to in their order
  MockAgent::Options options_;
  ChangeSignal changes_;
  ScriptTexts scripts_;
  engine::Engine engine_;
  net::Server server_;
  std::string url_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace procedura::mock::inprocess
