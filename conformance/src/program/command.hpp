#pragma once

#include <procedura/conformance/program.hpp>
#include <procedura/url.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

/// What the commands of the program share. A command is a file of its own, and is made known in program.cpp.
namespace procedura::conformance::program {

/// One word after the program's name: its options, and what it does once they are read.
class Command {
 public:
  virtual ~Command() = default;
  /// Adds it to the program. The options are bound to this object.
  virtual CLI::App* define(CLI::App& app) = 0;
  /// The process's exit code; throws `Refused`.
  virtual int run(Process& process) = 0;
};

std::unique_ptr<Command> server_command();
std::unique_ptr<Command> client_command();
std::unique_ptr<Command> compare_command();
std::unique_ptr<Command> list_command();
std::unique_ptr<Command> mapping_command();
std::unique_ptr<Command> probe_command();

/// Bad usage, a file that cannot be read, a report that cannot be written: what, where, and what to do next. Exit code 2.
/// Several lines where there are several problems.
struct Refused {
  std::string what;
};

/// A word as a shell takes it.
std::string for_shell(const std::string& word);

/// Of --url; throws `Refused`. What is odd about it is said on stderr.
Endpoint parse_endpoint(const std::string& url, Process& process);

/// True where a line can be drawn over and over, and colours be shown.
bool is_capable(const Process& process);
bool wants_colour(const Process& process);

}  // namespace procedura::conformance::program
