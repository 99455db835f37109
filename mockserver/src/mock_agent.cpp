#include "engine/engine.hpp"
#include "inprocess/changes.hpp"
#include "inprocess/script_texts.hpp"
#include "net/server.hpp"

#include <procedura/mock/mock_agent.hpp>
#include <procedura/mock/request_search.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

namespace procedura::mock {
namespace {

using engine::Moment;
using engine::Outputs;

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

net::ServerOptions server_options(const MockAgent::Options& options, std::function<void()> after_input) {
  net::ServerOptions server;
  server.host = options.host;
  server.port = options.port;
  server.manual_clock = options.clock == MockAgent::Clock::manual;
  server.after_input = std::move(after_input);
  return server;
}

/// `client_test.cpp:42`, to stand before the line and column in what was written there.
std::string name_of(const std::source_location& where) {
  const std::string_view file = where.file_name();
  return fmt::format("{}:{}", file.substr(file.find_last_of("/\\") + 1), where.line());
}

std::string_view only_scenario() {
  return R"({"version":1})";
}

}  // namespace

class MockAgent::Impl {
 public:
  Impl(std::vector<ScenarioText> texts, Options options)
      : options_{std::move(options)},
        scripts_{{.environment = options_.environment, .read_file = read_beside}, [this](auto line) { log(line); }},
        engine_{scripts_.replace(std::move(texts)), engine_options(options_), net::this_moment()},
        server_{engine_, server_options(options_, [this] { changes_.happened(); }), [this](auto line) { log(line); }} {
    const auto at = server_.listen();
    if (!at) {
      throw MockError{MockError::Kind::listen,
                      fmt::format("cannot listen on {}:{}: {}", options_.host, options_.port, at.error().message())};
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
    if (thread_.joinable()) {
      server_.stop();
      thread_.join();
      changes_.end();
    }
    return engine_.verdict();
  }

  /// Calls `look` with the engine while nothing else does.
  template <typename Look>
  auto between_inputs(Look look) {
    const std::lock_guard lock{mutex_};
    if (!thread_.joinable()) return look(std::as_const(engine_));
    std::packaged_task<decltype(look(std::as_const(engine_)))()> task{[&] { return look(std::as_const(engine_)); }};
    auto seen = task.get_future();
    server_.post([&task] { task(); });
    return seen.get();
  }

  /// The same with something for the engine to do; what that leads to is on its way when it returns.
  template <typename Give>
  auto input(Give give) {
    Outputs none;
    const std::lock_guard lock{mutex_};
    if (!thread_.joinable()) return give(engine_, net::this_moment(), none);
    std::packaged_task<decltype(give(engine_, Moment{}, none))(const Moment&, Outputs&)> task{
        [&](const Moment& moment, Outputs& out) { return give(engine_, moment, out); }};
    auto given = task.get_future();
    server_.post_input([&task](const Moment& moment, Outputs& out) { task(moment, out); });
    return given.get();
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

  void advance(std::chrono::nanoseconds by) {
    if (options_.clock != Clock::manual) {
      throw MockError{MockError::Kind::usage, "this clock goes by itself: make the mock with Options::clock = Clock::manual"};
    }
    if (by < by.zero()) throw MockError{MockError::Kind::usage, "time does not go back"};
    server_.advance(by);
  }

  void add(std::string_view key, std::string name, std::string_view scenario) {
    const std::lock_guard lock{scripts_mutex_};
    adopt(scripts_.add(key, {std::move(name), std::string{scenario}}));
  }

  void replace(std::string_view scenario) {
    const std::lock_guard lock{scripts_mutex_};
    adopt(scripts_.replace({{"scenario", std::string{scenario}}}));
  }

 private:
  void adopt(std::shared_ptr<const Scenario> scenario) {
    input([&](engine::Engine& engine, const Moment& moment, Outputs&) { engine.adopt(moment, std::move(scenario)); });
  }
  void log(std::string_view line) const {
    if (options_.log) options_.log(line);
  }

  std::mutex mutex_;          // of `thread_`: whether it runs decides who may touch the engine
  std::mutex scripts_mutex_;  // of `scripts_`, and that the engine gets what they come to in their order
  Options options_;
  Changes changes_;
  ScriptTexts scripts_;
  engine::Engine engine_;
  net::Server server_;
  std::string url_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// ------------------------------------------------------------------------------------------------------------ life and place

MockAgent::MockAgent(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
MockAgent::MockAgent(Options options) : MockAgent{only_scenario(), std::move(options)} {}
MockAgent::MockAgent(std::string_view scenario, Options options)
    : impl_{std::make_unique<Impl>(std::vector{ScenarioText{"scenario", std::string{scenario}}}, std::move(options))} {}

MockAgent MockAgent::from_files(const std::vector<std::string>& paths, Options options) {
  return MockAgent{std::make_unique<Impl>(read_scenario_files(paths), std::move(options))};
}

MockAgent::MockAgent(MockAgent&&) noexcept = default;
MockAgent& MockAgent::operator=(MockAgent&&) noexcept = default;
MockAgent::~MockAgent() = default;

const std::string& MockAgent::url() const noexcept {
  return impl_->url();
}
std::string MockAgent::url_of(std::string_view partition) const {
  return fmt::format("{}/p/{}", url(), partition);
}
std::uint16_t MockAgent::port() const noexcept {
  return impl_->port();
}
std::uint64_t MockAgent::seed() const {
  return impl_->between_inputs([](const engine::Engine& engine) { return engine.seed(); });
}
Verdict MockAgent::stop() {
  return impl_->stop();
}

// ------------------------------------------------------------------------------------------------------- what it answers, does

script::StubBuilder MockAgent::stub(const script::Condition& cmd, const std::source_location& where) {
  return {[impl = impl_.get()](std::string_view key, const std::string& scenario, const std::source_location& at) {
            impl->add(key, name_of(at), scenario);
          },
          cmd, where};
}

script::ExpectationBuilder MockAgent::expect(std::string_view name, const std::source_location& where) {
  return {[impl = impl_.get()](std::string_view key, const std::string& scenario, const std::source_location& at) {
            impl->add(key, name_of(at), scenario);
          },
          name, where};
}

void MockAgent::add_script(std::string_view scenario, const std::source_location& where) {
  impl_->add({}, name_of(where), scenario);
}
void MockAgent::adopt(std::string_view scenario) {
  impl_->replace(scenario);
}

bool MockAgent::emit(std::uint64_t connection, const script::JsonText& frame) {
  return impl_->input([&](engine::Engine& engine, const Moment& moment, Outputs& out) {
    return engine.emit(moment, connection, frame.text(), out);
  });
}
bool MockAgent::emit(std::uint64_t connection, const nlohmann::ordered_json& frame) {
  return emit(connection, script::JsonText{frame.dump()});
}

std::size_t MockAgent::emit_to_all(const script::JsonText& frame, std::string_view partition) {
  return impl_->input([&](engine::Engine& engine, const Moment& moment, Outputs& out) {
    std::size_t sent = 0;
    for (const auto& connection : engine.connections()) {
      if (connection.partition == partition && engine.emit(moment, connection.id, frame.text(), out)) ++sent;
    }
    return sent;
  });
}
std::size_t MockAgent::emit_to_all(const nlohmann::ordered_json& frame, std::string_view partition) {
  return emit_to_all(script::JsonText{frame.dump()}, partition);
}

bool MockAgent::drop(std::uint64_t connection, std::uint16_t code) {
  return impl_->input(
      [&](engine::Engine& engine, const Moment& moment, Outputs& out) { return engine.drop(moment, connection, code, out); });
}
bool MockAgent::reset(std::string_view partition) {
  return impl_->input(
      [&](engine::Engine& engine, const Moment& moment, Outputs& out) { return engine.reset(moment, partition, out); });
}

void MockAgent::advance(std::chrono::nanoseconds by) {
  impl_->advance(by);
}

// -------------------------------------------------------------------------------------------------------------- what it saw

Verdict MockAgent::verdict() const {
  return impl_->between_inputs([](const engine::Engine& engine) { return engine.verdict(); });
}
std::optional<Verdict> MockAgent::verdict(std::string_view partition) const {
  return impl_->between_inputs([&](const engine::Engine& engine) { return engine.verdict(partition); });
}

std::vector<JournalEntry> MockAgent::journal(const JournalFilter& filter) const {
  return impl_->between_inputs([&](const engine::Engine& engine) {
    const auto& journal = engine.journal_kept();
    std::vector<JournalEntry> entries;
    for (std::uint64_t seen = 0; seen < journal.recorded();) {
      auto page = journal.since(seen, journal.recorded(), filter, engine.secrets());
      seen = page.next;
      std::move(page.entries.begin(), page.entries.end(), std::back_inserter(entries));
    }
    return entries;
  });
}

bool MockAgent::wait_until(const std::function<bool(const std::vector<JournalEntry>&)>& satisfied,
                           std::chrono::nanoseconds timeout, const JournalFilter& filter) const {
  return impl_->wait_until([&] { return satisfied(journal(filter)); }, timeout);
}

bool MockAgent::wait_until_closed(std::chrono::nanoseconds timeout) const {
  const auto none = [](const engine::Engine& engine) { return engine.connections().empty(); };
  return impl_->wait_until([&] { return impl_->between_inputs(none); }, timeout);
}

std::optional<JournalEntry> MockAgent::wait_for_request(const script::Request& wanted, std::size_t times,
                                                        std::chrono::nanoseconds timeout) const {
  const RequestSearch search{wanted};
  std::optional<JournalEntry> last;
  wait_until(
      [&](const std::vector<JournalEntry>& journal) {
        auto found = search.in(journal);
        if (found.size() < times || found.empty()) return false;
        last = std::move(found[times == 0 ? 0 : times - 1]);
        return true;
      },
      timeout, {.direction = JournalEntry::Direction::in});
  return last;
}

}  // namespace procedura::mock
