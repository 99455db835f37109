#pragma once

#include <procedura/conformance/mutants.hpp>
#include <procedura/conformance/report.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace procedura::conformance::mutants {

using Verdicts = std::map<std::string, Outcome>;  ///< by full id of the check

/// All cases against the reference agent as it is; through a tap that only looks, if `tapped`.
Verdicts judge_reference(const Reference& reference, unsigned jobs, std::uint64_t seed, bool tapped = false);

/// All cases against this client.
Verdicts judge_client(const ClientProfile& client, unsigned jobs, std::uint64_t seed);

/// Checks that are not what they should be: of a correct agent that keeps everything, PASS or INFO.
std::vector<std::string> not_green(const Verdicts& verdicts);
/// What is different: "sync/ack-early:not-held-back was PASS and is WARN".
std::vector<std::string> changed(const Verdicts& before, const Verdicts& now);

/// Keeps every core busy while it lives, with twice as many threads as there are cores.
class BusyMachine {
 public:
  BusyMachine();
  BusyMachine(const BusyMachine&) = delete;
  BusyMachine& operator=(const BusyMachine&) = delete;
  ~BusyMachine();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::conformance::mutants
