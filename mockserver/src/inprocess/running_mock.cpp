#include "inprocess/running_mock.hpp"

#include "net/limits.hpp"

#include <fmt/format.h>

namespace procedura::mock::inprocess {
namespace {

engine::EngineOptions engine_options(const MockAgent::Options& options) {
  engine::EngineOptions engine;
  engine.seed = options.seed;
  engine.time_scale = options.time_scale;
  engine.chaos = options.chaos;
  engine.strict = options.strict;
  engine.origins = {net::is_loopback(options.host), options.allowed_origins};
  engine.journal = {options.journal_entries, options.journal_bytes};
  engine.max_partitions = options.max_partitions;
  return engine;
}

net::ServerOptions server_options(const MockAgent::Options& options, const LimitSettings& limits,
                                  std::function<void()> after_input) {
  net::ServerOptions server;
  server.host = options.host;
  server.port = options.port;
  server.manual_clock = options.clock == MockAgent::Clock::manual;
  server.after_input = std::move(after_input);
  net::apply(limits, server);
  return server;
}

}  // namespace

RunningMock::RunningMock(std::vector<ScenarioText> texts, MockAgent::Options options)
    : options_{std::move(options)},
      scripts_{{.environment = options_.environment, .read_file = read_beside}, [this](auto line) { log(line); }},
      engine_{scripts_.replace(std::move(texts)), engine_options(options_), net::this_moment()},
      server_{engine_, server_options(options_, engine_.scenario().settings.limits, [this] { changes_.happened(); }),
              [this](auto line) { log(line); }} {
  const auto at = server_.listen();
  if (!at) {
    throw MockError{MockError::Kind::listen,
                    fmt::format("cannot listen on {}:{}: {}", options_.host, options_.port, at.error().message())};
  }
  url_ = at->url();
  port_ = at->port;
  thread_ = std::thread{[this] { server_.run(); }};
}

Verdict RunningMock::stop() {
  const std::lock_guard lock{mutex_};
  if (thread_.joinable()) {
    server_.stop();
    thread_.join();
    changes_.end();
  }
  return engine_.verdict();
}

void RunningMock::advance(std::chrono::nanoseconds by) {
  if (options_.clock != MockAgent::Clock::manual) {
    throw MockError{MockError::Kind::usage, "this clock goes by itself: make the mock with Options::clock = Clock::manual"};
  }
  if (by < by.zero()) throw MockError{MockError::Kind::usage, "time does not go back"};
  server_.advance(by);
}

void RunningMock::add(std::string_view key, std::string name, std::string_view scenario) {
  const std::lock_guard lock{scripts_mutex_};
  adopt(scripts_.add(key, {std::move(name), std::string{scenario}}));
}

void RunningMock::replace(std::string_view scenario) {
  const std::lock_guard lock{scripts_mutex_};
  adopt(scripts_.replace({{"scenario", std::string{scenario}}}));
}

void RunningMock::adopt(std::shared_ptr<const Scenario> scenario) {
  input([&](engine::Engine& engine, const engine::Moment& moment, engine::Outputs&) {
    engine.adopt(moment, std::move(scenario));
  });
}

void RunningMock::log(std::string_view line) const {
  if (options_.log) options_.log(line);
}

}  // namespace procedura::mock::inprocess
