#pragma once

#include "record/recorder.hpp"
#include "record/secrets.hpp"
#include "scenario/document.hpp"

#include <procedura/protocol/reply.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::mock::record {

/// One step of a scenario, made of a recorded frame.
struct RecordedStep {
  std::int64_t at_ms = 0;  ///< since the request
  std::string action;      ///< `accept`, `ack`, `started`, `running`, `finished`, `error`, `send`, `raw`, `close` or `fault`
  Node value;              ///< what stands beside the action; of the first three nothing
  std::optional<protocol::Target> target = {};  ///< the ids that the frame bore; only of frames that the mock fills them into
};

/// The steps that replay an exchange: redacted, with placeholders for its ids. Natural steps where the mock would send the very
/// same frame for them, else `send` with the whole frame, else `raw`.
std::vector<RecordedStep> steps_of(const Exchange& exchange, const Secrets& secrets);

/// A text that two lists of steps share if the mock sends the same for both, apart from when.
std::string content_of(const std::vector<RecordedStep>& steps);

/// The ids that a step's frame bears where it does not say so itself: the mock's own rule, see `target_of`. `first`: no frame
/// came before it.
protocol::Target usual_target(const RecordedStep& step, protocol::Mode mode, bool first, protocol::Target chosen);

}  // namespace procedura::mock::record
