#pragma once

#include "engine/moment.hpp"
#include "scenario/model.hpp"

#include <procedura/mock/verdict.hpp>
#include <procedura/protocol/agent_session.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace procedura::mock::engine {

/// Texts for a verdict: the first hundred, each cut short, and how many there were.
class KeptTexts {
 public:
  void add(std::string_view text, const protocol::Redactor& secrets);
  const std::vector<std::string>& texts() const noexcept { return texts_; }
  std::uint64_t more() const noexcept { return more_; }

 private:
  std::vector<std::string> texts_;
  std::uint64_t more_ = 0;
};

/// The ids that open connections have asked with, as long as they fit into a memory that is bounded.
class SeenIds {
 public:
  enum class Answer : std::uint8_t { first, again, unknown };
  Answer see(std::uint64_t connection, const std::string& id);
  void forget(std::uint64_t connection);

 private:
  std::unordered_map<std::uint64_t, std::unordered_set<std::string>> ids_;
  std::size_t bytes_ = 0;
};

/// Watches a run and judges it against the scenario's expectations at the end. Keeps counts, not requests: its memory does not
/// grow with the run.
class Judge {
 public:
  /// Both must outlive it.
  Judge(const Scenario& scenario, const protocol::Redactor& secrets);

  // --- what happened. Connections are told by their ordinals in the partition.

  void opened(TimePoint now);
  /// One that the session took, whatever becomes of it.
  void request(TimePoint now, const ReceivedRequest& request);
  /// A message was refused before it was a request.
  void refused(std::uint64_t connection, const protocol::Refusal& refusal);
  /// A client broke RFC 6455 itself.
  void broke(std::uint64_t connection, std::string_view what);
  /// A connection ended with this code (1005 and 1006 as RFC 6455 has them). Those that the mock closes on going down are not
  /// told.
  void closed(std::uint64_t connection, std::uint16_t code);
  /// Something that fails the run.
  void failure(std::string_view text);
  void note(std::string_view text);

  /// Other expectations from now on. One of the same name that asks for the same requests keeps what was counted for it, if
  /// that says how soon they came; a new one counts from now on, but for closes, of which all count.
  void adopt(const Scenario& scenario);
  /// Whether nothing has to come any more for what must have come. How often at most, how fast, and with which code it came is
  /// for the verdict.
  bool lower_bounds_met() const;

  /// As that of the partition of this name.
  Verdict verdict(std::string_view partition = "default") const;

 private:
  struct Nearest {
    std::size_t distance = 0;
    std::uint64_t request = 0;  // ordinal
    std::uint64_t connection = 0;
    std::vector<FieldReport> fields;
  };
  struct Watch {
    std::uint64_t count = 0;      // of requests that matched; of ids that were used again
    std::size_t reached = 0;      // of an order
    std::uint64_t looked_at = 0;  // how many misses were explained
    std::optional<Nearest> nearest;
    std::optional<TimePoint> met_at;  // when the last request came that had to come
    // Of an order with `within`: the latest time at which its first request came, for the first one, the first two ... of them.
    std::vector<std::optional<TimePoint>> begun;
    std::optional<Duration> quickest;  // of an order that came
    std::string first_again;           // words about the first id that was used again
    std::uint64_t unlooked = 0;        // ids that did not fit into memory
  };

  void watch(Watch& watch, const expectation::Count& rule, TimePoint now, const ReceivedRequest& request) const;
  void watch(Watch& watch, const expectation::Order& rule, TimePoint now, const ReceivedRequest& request) const;
  void watch_quick(Watch& watch, const expectation::Order& rule, TimePoint now, const ReceivedRequest& request) const;
  void consider(Watch& watch, const Match& match, const ReceivedRequest& request) const;
  void watch_id(const ReceivedRequest& request);
  template <typename Rule, typename Do>
  void for_each(Do act);

  std::string describe_nearest(const Watch& watch) const;
  std::string unmet(const expectation::Count& rule, const Watch& watch) const;
  std::string unmet(const expectation::Order& rule, const Watch& watch) const;
  std::string unmet(const expectation::Close& rule, const Watch& watch) const;
  std::string unmet(const expectation::UniqueIds& rule, const Watch& watch) const;

  const Scenario* scenario_;
  const protocol::Redactor& secrets_;
  std::vector<Watch> watches_;  // one per expectation, in the same order
  bool ids_watched_ = false;    // an expectation asks for it
  SeenIds ids_;
  std::optional<TimePoint> first_opened_;
  std::uint64_t requests_ = 0;
  std::uint64_t connections_ = 0;
  std::map<std::uint16_t, std::uint64_t> closes_;  // by their codes
  KeptTexts failures_;
  KeptTexts broken_;
  KeptTexts notes_;
};

}  // namespace procedura::mock::engine
