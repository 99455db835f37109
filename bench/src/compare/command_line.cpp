#include "report/command_line.hpp"

#include "compare/record.hpp"

#include <fmt/format.h>

namespace procedura::bench {

std::string command_line(const ComparePlan& plan) {
  return fmt::format("procedura-bench compare --a {} --b {} --pairs {} --margin {:g}% --start-within {}{}",
                     shell_quoted(shown_side(plan.a)), shell_quoted(shown_side(plan.b)), plan.pairs, 100 * plan.options.margin,
                     exact_duration(plan.start_within), plan_words(plan.run));
}

}  // namespace procedura::bench
