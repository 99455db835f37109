#include "program.hpp"

#include "command_line.hpp"
#include "exit_code.hpp"
#include "record.hpp"
#include "scenario/schema.hpp"
#include "scenario_files.hpp"
#include "serve.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace procedura::mock {
namespace {

void say(std::ostream& err, std::string_view line) {
  err << "mock-agent: " << line << '\n' << std::flush;
}

// Who redirects what we print into a file relies on all of it being there.
int print(std::string_view text, std::ostream& out, std::ostream& err) {
  errno = 0;
  out << text << std::flush;
  if (out) return passed;
  say(err, fmt::format("cannot write to stdout{}{}", errno != 0 ? ": " : "", errno != 0 ? std::strerror(errno) : ""));
  return wrong_usage;
}

int check(const Check& check, const Environment& env, std::ostream& out, std::ostream& err) {
  const auto files = load_files(check.scripts, env);
  err << files.problems << std::flush;
  if (!files.scenario) return wrong_usage;
  return print(fmt::format("ok: {}, {}\n", counted(files.scenario->stubs.size(), "stub"),
                           counted(files.scenario->expectations.size(), "expectation")),
               out, err);
}

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

int run(const std::vector<std::string>& args, const Environment& env, std::ostream& out, std::ostream& err) {
  try {
    return std::visit(Overloaded{[&](const Serve& command) { return serve(command, env, out, err); },
                                 [&](const Check& command) { return check(command, env, out, err); },
                                 [&](const Schema&) { return print(scenario_schema(), out, err); },
                                 [&](const Record& command) { return run_record(command, out, err); },
                                 [&](const Show& command) { return print(command.text, out, err); },
                                 [&](const Usage& command) {
                                   say(err, command.message);
                                   return int{wrong_usage};
                                 }},
                      parse_command_line(args));
  } catch (const std::exception& mistake) {
    say(err, fmt::format("a bug in mock-agent: {}", protocol::printable(mistake.what())));
    return bug;
  }
}

}  // namespace procedura::mock
