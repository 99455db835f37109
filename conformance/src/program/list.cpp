#include "command.hpp"
#include "files.hpp"

#include <procedura/conformance/render.hpp>

#include <algorithm>

namespace procedura::conformance::program {
namespace {

constexpr const char* examples = R"(Examples:
  procedura-conformance list
  procedura-conformance list --select 'sync/**' --verbose
  procedura-conformance list --json
)";

class List final : public Command {
 public:
  CLI::App* define(CLI::App& app) override {
    CLI::App* list = app.add_subcommand("list", "Show all cases of both directions, their checks and clauses");
    list->footer(examples);
    list->add_option("--select", select_, "Only cases that match: 'sync/*', 'client-*/**'; may be given several times")
        ->allow_extra_args(false);
    list->add_flag("-v,--verbose", verbose_, "With the sentences of the clauses, deadlines, and what proves each check");
    list->add_flag("--json", as_json_, "For programs; with all that there is, and all clauses");
    return list;
  }

  int run(Process& process) override {
    const Proofs proofs = process.proofs ? process.proofs() : Proofs{};
    const Registry server = selected(server_cases());
    const Registry client = selected(client_cases());
    for (const std::string& pattern : select_) {
      if (!fits(server_cases(), pattern) && !fits(client_cases(), pattern)) {
        throw Refused{"--select " + pattern + " matches no case"};
      }
    }
    if (as_json_) {
      print(process, "list", list_json(server, client, proofs));
      return 0;
    }
    print(process, "list", list_text(server, proofs, verbose_) + list_text(client, proofs, verbose_));
    return 0;
  }

 private:
  static bool fits(const Registry& registry, const std::string& pattern) {
    return std::any_of(registry.begin(), registry.end(),
                       [&pattern](const CaseSpec& spec) { return matches(pattern, spec.id); });
  }

  Registry selected(const Registry& registry) const {
    Registry out;
    for (const CaseSpec& spec : registry) {
      if (select_.empty() || std::any_of(select_.begin(), select_.end(),
                                         [&spec](const std::string& pattern) { return matches(pattern, spec.id); })) {
        out.push_back(spec);
      }
    }
    return out;
  }

  std::vector<std::string> select_;
  bool verbose_ = false;
  bool as_json_ = false;
};

}  // namespace

std::unique_ptr<Command> list_command() {
  return std::make_unique<List>();
}

}  // namespace procedura::conformance::program
