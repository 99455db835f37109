#include "engine/engine.hpp"
#include "net/server.hpp"
#include "scenario/load.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <fmt/format.h>

#include <array>
#include <future>
#include <mutex>
#include <thread>

namespace procedura::mock {
namespace {

std::shared_ptr<const Scenario> scenario_of(LoadedScenario loaded) {
  if (loaded.scenario) return std::move(loaded.scenario);
  std::string text = "the scenario cannot be used:";
  for (const auto& problem : loaded.problems) text += "\n" + to_string(problem);
  throw MockError{MockError::Kind::scenario, text};
}

engine::EngineOptions engine_options(const MockAgent::Options& options) {
  engine::EngineOptions engine;
  engine.seed = options.seed;
  engine.time_scale = options.time_scale;
  engine.origins = {net::is_loopback(options.host), options.allowed_origins};
  return engine;
}

net::ServerOptions server_options(const MockAgent::Options& options) {
  net::ServerOptions server;
  server.host = options.host;
  server.port = options.port;
  return server;
}

}  // namespace

class MockAgent::Impl {
 public:
  Impl(std::shared_ptr<const Scenario> scenario, const Options& options)
      : engine_{std::move(scenario), engine_options(options), net::this_moment()},
        server_{engine_, server_options(options), options.log ? options.log : [](std::string_view) {}} {
    const auto at = server_.listen();
    if (!at) {
      throw MockError{MockError::Kind::listen,
                      fmt::format("cannot listen on {}:{}: {}", options.host, options.port, at.error().message())};
    }
    url_ = at->url();
    port_ = at->port;
    thread_ = std::thread{[this] { server_.run(); }};
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const std::string& url() const noexcept { return url_; }
  std::uint16_t port() const noexcept { return port_; }

  Verdict stop() {
    const std::lock_guard lock{mutex_};
    end();
    return engine_.verdict();
  }

  /// Calls `look` with the engine while nothing else does.
  template <typename Look>
  auto between_inputs(Look look) {
    const std::lock_guard lock{mutex_};
    if (!thread_.joinable()) return look(engine_);
    std::promise<decltype(look(engine_))> looked;
    server_.post([&] { looked.set_value(look(engine_)); });
    return looked.get_future().get();
  }

 private:
  void end() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
  }

  std::mutex mutex_;  // of `thread_`: whether it runs decides who may touch the engine
  engine::Engine engine_;
  net::Server server_;
  std::string url_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

MockAgent::MockAgent(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

MockAgent::MockAgent(std::string_view scenario, Options options) {
  const std::array texts{ScenarioText{"scenario", std::string{scenario}}};
  impl_ = std::make_unique<Impl>(scenario_of(load_scenario(texts)), options);
}

MockAgent MockAgent::from_files(const std::vector<std::string>& paths, Options options) {
  return MockAgent{std::make_unique<Impl>(scenario_of(load_scenario_files(paths)), options)};
}

MockAgent::MockAgent(MockAgent&&) noexcept = default;
MockAgent& MockAgent::operator=(MockAgent&&) noexcept = default;
MockAgent::~MockAgent() = default;

const std::string& MockAgent::url() const noexcept {
  return impl_->url();
}
std::uint16_t MockAgent::port() const noexcept {
  return impl_->port();
}
Verdict MockAgent::stop() {
  return impl_->stop();
}

Verdict MockAgent::verdict() const {
  return impl_->between_inputs([](const engine::Engine& engine) { return engine.verdict(); });
}

std::vector<JournalEntry> MockAgent::journal() const {
  return impl_->between_inputs([](const engine::Engine& engine) { return engine.journal(); });
}

}  // namespace procedura::mock
