#include "command.hpp"
#include "files.hpp"

#include <procedura/conformance/results.hpp>

namespace procedura::conformance::program {
namespace {

constexpr const char* examples = R"(Examples:
  procedura-conformance server --url ws://127.0.0.1:8765 --profile agent.json --json today.json
  procedura-conformance compare yesterday.json today.json
  procedura-conformance compare --json yesterday.json today.json

Exit codes: 0 nothing is worse than before, 1 something is, 2 bad usage or a file that is no results of a run
)";

class Compare final : public Command {
 public:
  CLI::App* define(CLI::App& app) override {
    CLI::App* compare = app.add_subcommand("compare", "Show what changed between the results of two runs");
    compare->footer(examples);
    compare->add_option("before", before_, "What the earlier run wrote with --json")->required();
    compare->add_option("now", now_, "What the later run wrote")->required();
    compare->add_flag("--json", as_json_, "For programs");
    return compare;
  }

  int run(Process& process) override {
    const Results before = read_results(before_);
    const Results now = read_results(now_);
    if (before.subject != now.subject) {
      throw Refused{before_ + " judges an " + before.subject + ", " + now_ + " a " + now.subject +
                    ": the two have no check in common"};
    }
    const Comparison comparison = compare(before, now);
    print(process, "comparison", as_json_ ? render_json(comparison) : render_text(comparison, wants_colour(process)));
    return comparison.regressed() ? 1 : 0;
  }

 private:
  std::string before_;
  std::string now_;
  bool as_json_ = false;
};

}  // namespace

std::unique_ptr<Command> compare_command() {
  return std::make_unique<Compare>();
}

}  // namespace procedura::conformance::program
