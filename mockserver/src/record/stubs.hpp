#pragma once

#include "record/recorder.hpp"
#include "record/steps.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace procedura::mock::record {

/// What one instance of a stub replies.
struct RecordedReply {
  std::vector<RecordedStep> steps;
  std::vector<std::int64_t> delays_ms;  ///< before each of the steps
};

/// All requests of one shape: the same command, mode and arguments, apart from what is secret in them.
struct RecordedStub {
  std::string name;
  Node match;
  protocol::Mode mode = protocol::Mode::sync;
  std::vector<RecordedReply> replies;  ///< to the first such request, the second ...; the last one stays
  std::size_t requests = 0;            ///< that were recorded
  protocol::Target target;             ///< that most of its frames have
};

/// The stubs that replay these exchanges, but for those with a secret in their command. Commands in the order in which they
/// first came. Of those for one command a narrower one stands before a wider one. Requests that were all answered alike have
/// one reply, with the median of their delays.
std::vector<RecordedStub> stubs_of(const std::vector<Exchange>& exchanges, const Secrets& secrets);

}  // namespace procedura::mock::record
