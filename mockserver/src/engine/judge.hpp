#pragma once

#include "scenario/model.hpp"

#include <procedura/mock/verdict.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::engine {

/// Watches a run and judges it against the scenario's expectations at the end. Keeps counts, not requests: its memory does not
/// grow with the run.
class Judge {
 public:
  /// Both must outlive it.
  Judge(const Scenario& scenario, const protocol::Redactor& secrets);

  void opened() { ++connections_; }
  void request(const ReceivedRequest& request);
  /// A connection ended with this code (1005 and 1006 as RFC 6455 has them). Those that the mock closes on going down are not
  /// told.
  void closed(std::uint16_t code);
  /// Something that fails the run.
  void failure(std::string_view text);
  void note(std::string_view text);

  /// Other expectations from now on; those of the same name keep what was counted for them.
  void adopt(const Scenario& scenario);
  /// Whether nothing has to come any more for what must have come.
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
    std::uint64_t count = 0;      // of what matched: requests, or closes with the code
    std::size_t reached = 0;      // of an order
    std::uint64_t looked_at = 0;  // how many misses were explained
    std::optional<Nearest> nearest;
    std::uint16_t first_other_code = 0;  // of the closes
  };

  void consider(Watch& watch, const Match& match, const ReceivedRequest& request) const;
  std::string describe_nearest(const Watch& watch) const;
  std::string unmet_count(const expectation::Count& rule, const Watch& watch) const;
  std::string unmet_order(const expectation::Order& rule, const Watch& watch) const;
  std::string unmet_close(const expectation::Close& rule, const Watch& watch) const;

  const Scenario* scenario_;
  const protocol::Redactor& secrets_;
  std::vector<Watch> watches_;  // one per expectation, in the same order
  std::uint64_t requests_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t closed_ = 0;
  std::vector<std::string> failures_;
  std::uint64_t more_failures_ = 0;
  std::vector<std::string> notes_;
  std::uint64_t more_notes_ = 0;
};

}  // namespace procedura::mock::engine
