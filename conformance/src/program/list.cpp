#include "command.hpp"

#include <procedura/conformance/render.hpp>

#include <ostream>

namespace procedura::conformance::program {
namespace {

class List final : public Command {
 public:
  CLI::App* define(CLI::App& app) override {
    CLI::App* list = app.add_subcommand("list", "Show all cases, their checks and clauses");
    list->add_flag("--json", as_json_, "For programs; with all clauses");
    return list;
  }

  int run(Process& process) override {
    process.out << (as_json_ ? list_json(server_cases(), client_cases()) : list_text(server_cases())) << std::flush;
    return 0;
  }

 private:
  bool as_json_ = false;
};

}  // namespace

std::unique_ptr<Command> list_command() {
  return std::make_unique<List>();
}

}  // namespace procedura::conformance::program
