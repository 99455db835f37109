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
#include <set>
#include <span>
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
  Partition(Common& common, std::string name, std::uint64_t ordinal, std::shared_ptr<const Ruleset> rules, TimePoint start);
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

  /// Requests from now on are answered by these rules; what is under way goes on as it began, and who is logged in stays so.
  void adopt(TimePoint now, std::shared_ptr<const Ruleset> rules);

  /// One more attempt to connect: what becomes of it if it has a fault.
  std::optional<DoorDecision> attempt(Turn& turn);
  void opened(Turn& turn, Connection& connection);
  void text(Turn& turn, Connection& from, std::string_view message);
  void binary(Turn& turn, Connection& from, std::size_t size);
  /// The time of an instance has come.
  void due(Turn& turn, std::uint64_t instance);
  /// A client broke RFC 6455 itself.
  void broke(Connection& connection, std::string_view what);
  void closed(Turn& turn, Connection& connection, std::uint16_t code);
  void close(Turn& turn, Connection& connection, std::uint16_t code, std::string_view reason);
  /// Ends what still runs, without a word.
  void forget_instances();
  /// Sends a frame that no script asked for.
  void emit(Turn& turn, Connection& to, std::string_view frame);

 private:
  using Instances = std::unordered_map<std::uint64_t, Instance>;
  class Sink;
  struct Fire;
  // What was seen of a request before it is answered.
  struct Looked {
    std::size_t size = 0;              // of its text
    bool module_first = false;         // its arguments began with the module's name
    const Session* session = nullptr;  // dead or alive
    bool live = false;
  };

  // --- requests
  void request(Turn& turn, Connection& from, protocol::Request request, std::size_t size);
  void answer(Turn& turn, Connection& from, ReceivedRequest request, const Looked& looked);
  void unmatched(Turn& turn, Connection& from, const ReceivedRequest& request);
  void built_in(Turn& turn, Builtin builtin, Connection& from, const ReceivedRequest& request);
  void login(Turn& turn, Connection& from, const ReceivedRequest& request);
  void finish(Turn& turn, Connection& to, const ReceivedRequest& request, std::string_view result);
  void refuse(Turn& turn, Connection& to, std::string_view id, std::string_view code, std::string_view message);

  // --- instances
  void start(Turn& turn, Connection& from, const Stub& stub, ReceivedRequest request);
  void resume(Turn& turn, std::uint64_t ordinal);
  bool play(Turn& turn, Instance& instance);
  static bool goes_on(Instance& instance);
  void fail(Turn& turn, Instance& instance, const Step& step, std::string_view why);
  void wait(Turn& turn, Instance& instance);
  Timer timer_of(const Instance& instance) noexcept;
  void charge(Instance& instance);
  void uncharge(Instance& instance);
  void forget(Instances::iterator at);
  void drop_instances(Turn& turn, Connection& connection);
  void trim_detached(Turn& turn);
  std::vector<std::uint64_t> awaiting(const ReceivedRequest& request) const;
  void wake(Turn& turn, std::span<const std::uint64_t> ordinals);

  // --- frames
  void played_frame(Turn& turn, Instance& instance, const Step& step, std::size_t offset,
                    std::optional<protocol::Status> status, std::string_view code);
  void track(Connection& to, std::string_view id, protocol::Status status, const Instance& instance, const Step& step);
  void send(Turn& turn, Connection& to, std::size_t offset);
  void post(Turn& turn, Connection& to, std::size_t offset, const Origin& origin);
  std::uint64_t record_sent(Turn& turn, const Connection& to, std::string_view frame, const Origin& origin);
  Origin here(const Turn& turn, Origin origin) const noexcept;
  void broadcast(Turn& turn, std::size_t offset, const Origin& origin);
  void not_delivered(Turn& turn, const Origin& origin, std::string_view what);
  static Departure take(Turn& turn, std::size_t offset, bool binary, const Origin& origin);
  void distort(Turn& turn, Connection& to, Departure frame, Instance* instance, std::uint64_t draw);
  void depart(Turn& turn, Connection& to, const Departure& frame);
  void release(Turn& turn, Instance& instance);

  // --- faults
  static bool is_for_the_upgrade(const Fault& fault) noexcept;
  void fire_at_opening(Turn& turn, Connection& connection);
  void act(Turn& turn, Instance& instance, const Step& step, std::uint64_t draw);
  void fire(Turn& turn, Connection& to, const Fault& fault, const Origin& origin, std::uint64_t draw, bool chaos = false);
  void send_extra(Turn& turn, Instance& instance, const Step& step, const fault::Extra& extra, std::uint64_t draw);
  void note_broken(Turn& turn, const Connection& connection);
  // Every fault that fires is in the journal.
  void fired(Turn& turn, ConnectionId connection, const Origin& origin, const Fault& fault, std::string words,
             bool chaos = false);

  // The same on every run, however its connections interleave.
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
  Instances instances_;               // those that wait
  std::set<std::uint64_t> awaiting_;  // of these, those that wait for a request
  std::set<std::uint64_t> detached_;  // and those whose connection has ended
  std::size_t detached_bytes_ = 0;
};

}  // namespace procedura::mock::engine
