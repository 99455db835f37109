#include "engine/engine.hpp"
#include "inprocess/journal_reader.hpp"
#include "inprocess/running_mock.hpp"

#include <procedura/mock/mock_agent.hpp>
#include <procedura/mock/request_search.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace procedura::mock {
namespace {

using engine::Moment;
using engine::Outputs;
using inprocess::JournalReader;

/// `client_test.cpp:42`, to stand before the line and column in what was written there.
std::string name_of(const std::source_location& where) {
  const std::string_view file = where.file_name();
  return fmt::format("{}:{}", file.substr(file.find_last_of("/\\") + 1), where.line());
}

std::string_view only_scenario() {
  return R"({"version":1})";
}

}  // namespace

class MockAgent::Impl : public inprocess::RunningMock {
  using RunningMock::RunningMock;
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
  JournalReader reader{filter};
  impl_->between_inputs([&](const engine::Engine& engine) { reader.read(engine); });
  return std::move(reader).take();
}

bool MockAgent::wait_until(const std::function<bool(const std::vector<JournalEntry>&)>& satisfied,
                           std::chrono::nanoseconds timeout, const JournalFilter& filter) const {
  JournalReader reader{filter};
  const auto look = [&] {
    impl_->between_inputs([&](const engine::Engine& engine) { reader.read(engine); });
    return satisfied(reader.entries());
  };
  return impl_->wait_until(look, timeout);
}

std::optional<JournalEntry> MockAgent::wait_for_request(const script::Request& wanted, std::size_t times,
                                                        std::chrono::nanoseconds timeout) const {
  const RequestSearch search{wanted};
  std::size_t looked_at = 0;
  std::size_t found = 0;
  std::optional<JournalEntry> last;
  const auto enough = [&](const std::vector<JournalEntry>& requests) {
    for (; looked_at < requests.size() && found < std::max<std::size_t>(times, 1); ++looked_at) {
      if (!search.matches(requests[looked_at])) continue;
      ++found;
      last = requests[looked_at];
    }
    return found >= std::max<std::size_t>(times, 1);
  };
  if (!wait_until(enough, timeout, {.direction = JournalEntry::Direction::in})) return std::nullopt;
  return last;
}

bool MockAgent::wait_until_closed(std::chrono::nanoseconds timeout) const {
  const auto none = [](const engine::Engine& engine) { return engine.connections().empty(); };
  return impl_->wait_until([&] { return impl_->between_inputs(none); }, timeout);
}

}  // namespace procedura::mock
