#include "exit_code.hpp"

namespace procedura::mock {

Exit exit_code(const Ended& ended, const Verdict& verdict) {
  if (ended.bug) return bug;
  if (ended.output_lost) return wrong_usage;
  if (verdict.strict && !verdict.broken.empty()) return broken;
  // A deadline that finds everything there is no failure: some runs are ended by it on purpose.
  if (verdict.deadline_passed && !verdict.all_expectations_met()) return deadline;
  return verdict.met() ? passed : failed;
}

}  // namespace procedura::mock
