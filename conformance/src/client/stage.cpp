#include <procedura/conformance/client_case.hpp>
#include <procedura/conformance/tap.hpp>
#include <procedura/mock/mock_agent.hpp>

#include <set>

namespace procedura::conformance {

class Stage::Impl {
 public:
  Impl(const std::string& scenario, tap::Sabotage sabotage) : mock{scenario}, tap{mock.port(), std::move(sabotage)} {}

  mock::MockAgent mock;
  Tap tap;
};

Stage::Stage(const std::string& scenario, tap::Sabotage sabotage)
    : impl_{std::make_unique<Impl>(scenario, std::move(sabotage))} {}
Stage::~Stage() = default;

std::string Stage::url() const {
  return impl_->tap.url();
}

std::uint16_t Stage::port() const {
  return impl_->tap.port();
}

std::vector<tap::Record> Stage::records() const {
  return impl_->tap.records();
}

std::vector<std::string> Stage::fired() const {
  return impl_->tap.fired();
}

std::vector<mock::JournalEntry> Stage::journal() const {
  return impl_->mock.journal();
}

bool Stage::wait_for_ends() const {
  const auto all_ended = [](const std::vector<tap::Record>& records) {
    std::set<unsigned> open;
    for (const tap::Record& record : records) {
      if (record.kind == tap::Record::Kind::opened) {
        open.insert(record.connection);
      } else if (record.kind == tap::Record::Kind::end && (record.from == tap::Side::client || record.text != "FIN")) {
        open.erase(record.connection);  // a reset by the agent ends both sides
      }
    }
    return open.empty();
  };
  return impl_->tap.wait_until(all_ended, std::chrono::seconds{1});
}

void Stage::stop() {
  impl_->tap.stop();
  impl_->mock.stop();
}

}  // namespace procedura::conformance
