#pragma once

#include "engine/handshake.hpp"
#include "engine/journal.hpp"
#include "engine/moment.hpp"
#include "engine/outputs.hpp"
#include "engine/ruleset.hpp"
#include "engine/schedule.hpp"

#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace procedura::mock::engine {

struct EngineOptions {
  std::optional<std::uint64_t> seed;  ///< instead of the scenario's
  double time_scale = 1;              ///< of the scenario's delays and latencies, and nothing else
  double chaos = 0;                   ///< how often a frame of a reply gets a fault, from 0 to 1
  OriginRules origins;
  protocol::Limits limits;  ///< of what is read; the size of a message is watched by who reads it
  Journal::Bounds journal;
  std::size_t steps_per_turn = 4096;                      ///< that one input may set going before other inputs have their turn
  std::size_t bytes_per_turn = std::size_t{1024} * 1024;  ///< of output, after which the others have theirs, and it can leave
  std::size_t max_live = 100'000;                         ///< requests of one connection that have not ended; more are refused
  std::size_t max_live_bytes = std::size_t{64} * 1024 * 1024;  ///< that these hold; more are refused
  std::size_t max_detached = 10'000;  ///< instances of a partition that have lost their connection; the oldest make room
  std::size_t max_partitions = 1000;  ///< an upgrade into one more is refused
  bool strict = false;                ///< a client that breaks the protocol fails the run
  bool until_met = false;             ///< the run is over when all lower bounds are met and nobody is connected any more
  std::optional<Duration> deadline;   ///< the run is over then, come what may; not scaled
};

/// What all partitions of an agent share.
struct Common {
  Common(EngineOptions its_options, const Moment& its_start)
      : options{std::move(its_options)}, start{its_start.now}, journal{start, options.journal} {}

  EngineOptions options;
  TimePoint start;
  std::uint64_t seed = 0;
  protocol::Redactor secrets;  ///< of every scenario that was used
  Names names;
  Journal journal;
  Schedule timers;
  bool down = false;
};

/// One input being worked on.
struct Turn {
  Moment moment;
  Outputs& out;
  std::size_t budget;           ///< steps that may still be played
  TimePoint intended;           ///< when what is sent now should leave
  std::uint64_t caused_by = 0;  ///< `seq` of the journal's entry that led to it
  bool scheduled = false;       ///< a timer sends it, and nothing holds it up on purpose: its lateness is measured
};

}  // namespace procedura::mock::engine
