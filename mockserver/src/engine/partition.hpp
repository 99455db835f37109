#pragma once

#include "engine/accounts.hpp"
#include "engine/builtins.hpp"
#include "engine/common.hpp"
#include "engine/connection.hpp"
#include "engine/judge.hpp"
#include "engine/metrics.hpp"
#include "engine/player.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace procedura::mock::engine {

/// One of the worlds that an agent serves side by side: sessions, variables, counters, instances and expectations of its own.
/// Tests that run at once on one mock do not see each other. The engine gives it the inputs of its connections.
class Partition {
 public:
  /// `common` outlives it. `ordinal` tells it apart from every other, also from one of the same name that was reset.
  Partition(Common& common, std::string name, std::uint64_t ordinal, std::shared_ptr<const Ruleset> rules);
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;
  ~Partition();

  const std::string& name() const noexcept { return name_; }
  const Ruleset& rules() const noexcept { return *rules_; }
  const Accounts& accounts() const noexcept { return accounts_; }
  const Metrics& metrics() const noexcept { return metrics_; }
  const Judge& judge() const noexcept { return judge_; }
  /// Its open connections, by their ordinals.
  const std::map<std::uint64_t, Connection*>& connections() const noexcept { return connections_; }
  /// Those that wait for something.
  const std::unordered_map<std::uint64_t, Instance>& instances() const noexcept { return instances_; }
  /// Nobody has ever connected.
  bool unused() const noexcept { return connections_made_ == 0; }
  std::uint64_t live_jobs() const;

  /// Requests from now on are answered by these rules; what is under way goes on as it began.
  void adopt(std::shared_ptr<const Ruleset> rules);

  /// The ordinal of one more attempt to connect, from 1.
  std::uint64_t attempt() noexcept { return ++attempts_; }
  void opened(Turn& turn, Connection& connection);
  void text(Turn& turn, Connection& from, std::string_view message);
  void binary(Turn& turn, Connection& from, std::size_t size);
  /// The time of an instance has come.
  void due(Turn& turn, std::uint64_t instance);
  /// A client broke RFC 6455 itself.
  void broke(Connection& connection, std::string_view what);
  void closed(Turn& turn, Connection& connection, std::uint16_t code);
  void close(Turn& turn, Connection& connection, std::uint16_t code, std::string_view reason);
  /// Sends a frame that no script asked for.
  void emit(Turn& turn, Connection& to, std::string_view frame);

 private:
  class Sink;

  void request(Turn& turn, Connection& from, protocol::Request request);
  void unmatched(Turn& turn, Connection& from, const ReceivedRequest& request);
  void built_in(Turn& turn, Builtin builtin, Connection& from, const ReceivedRequest& request);
  void login(Turn& turn, Connection& from, const ReceivedRequest& request);
  void finish(Turn& turn, Connection& to, const ReceivedRequest& request, std::string_view result);
  void refuse(Turn& turn, Connection& to, std::string_view id, std::string_view code, std::string_view message);

  void start(Turn& turn, Connection& from, const Stub& stub, ReceivedRequest request);
  std::optional<TimePoint> play(Turn& turn, Instance& instance);
  void played_frame(Turn& turn, const Instance& instance, const Step& step, std::size_t offset,
                    std::optional<protocol::Status> status, std::string_view code);
  void track(Connection& to, std::string_view id, protocol::Status status, const Instance& instance, const Step& step);
  void wait(Instance& instance, TimePoint until);

  void send(Turn& turn, Connection& to, std::size_t offset, const Origin& origin = {});
  void drop_instances(Connection& connection);

  const Session* session_of(const Connection& connection) const;
  /// The same on every run, however its connections interleave.
  std::string new_job(Connection& connection) const;

  Common& common_;
  std::string name_;
  std::string_view kept_name_;  // outlives it, for the journal
  std::uint64_t ordinal_;
  std::shared_ptr<const Ruleset> rules_;
  Accounts accounts_;
  Judge judge_;
  Player player_;
  Metrics metrics_;
  Variables variables_;
  StubCounts runs_;  // of each stub: `when.instance`, and the place in a sequence
  std::uint64_t attempts_ = 0;
  std::uint64_t connections_made_ = 0;
  std::uint64_t instances_made_ = 0;
  std::map<std::uint64_t, Connection*> connections_;
  std::unordered_map<std::uint64_t, Instance> instances_;  // those that wait
};

}  // namespace procedura::mock::engine
