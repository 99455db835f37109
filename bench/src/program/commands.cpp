#include "program/command.hpp"
#include "program/compare_command.hpp"
#include "program/merge_command.hpp"
#include "program/report_command.hpp"
#include "program/run_command.hpp"

#include <array>

namespace procedura::bench {

std::span<const Command> commands() {
  // One line each, so that two changes that add one do not meet.
  static const std::array all{
      run_command(),
      merge_command(),
      report_command(),
      compare_command(),
  };
  return all;
}

}  // namespace procedura::bench
