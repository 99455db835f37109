#include "program.hpp"

#include "command_line.hpp"
#include "engine/engine.hpp"
#include "net/server.hpp"
#include "record.hpp"
#include "scenario/load.hpp"
#include "scenario/schema.hpp"

#include <procedura/protocol/json_text.hpp>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <unistd.h>

namespace procedura::mock {
namespace {

enum Exit : int { passed = 0, failed = 1, wrong_usage = 2, cannot_listen = 3, bug = 70 };

void say(std::ostream& err, std::string_view line) {
  err << "mock-agent: " << line << '\n' << std::flush;
}

/// Loads scenarios and says all that is wrong with them. Null if they cannot be used.
std::shared_ptr<const Scenario> load(const std::vector<std::string>& paths, const Environment& env, std::ostream& err) {
  LoadOptions options;
  options.environment = env;
  auto loaded = load_scenario_files(paths, options);
  for (const auto& problem : loaded.problems) err << to_string(problem) << '\n';
  if (!loaded.scenario) {
    const auto errors = std::count_if(loaded.problems.begin(), loaded.problems.end(),
                                      [](const auto& one) { return one.severity == Problem::Severity::error; });
    say(err,
        fmt::format("the scenario cannot be used: {} {}; mend what is listed above", errors, errors == 1 ? "error" : "errors"));
  }
  return std::move(loaded.scenario);
}

std::string why_not_listening(const Serve& serve, const boost::system::error_code& ec) {
  if (ec == boost::asio::error::address_in_use) {
    return fmt::format("port {} on {} is in use: stop who has it, or take another with --port (0 picks a free one)", serve.port,
                       serve.host);
  }
  if (ec == boost::asio::error::access_denied) {
    return fmt::format("port {} may not be used by this user: take one above 1023 with --port", serve.port);
  }
  if (ec == boost::asio::error::host_not_found || ec == boost::asio::error::host_not_found_try_again ||
      ec == boost::asio::error::no_data) {
    return fmt::format("the host {} is unknown: give an address of this machine with --host", protocol::printable(serve.host));
  }
  if (ec == boost::system::errc::address_not_available) {
    return fmt::format("{} is no address of this machine: give one with --host", protocol::printable(serve.host));
  }
  return fmt::format("cannot listen on {} port {}: {}", protocol::printable(serve.host), serve.port, ec.message());
}

/// Who waits for the file finds nothing or all of it.
bool write_atomically(const std::string& path, std::string_view text) {
  const std::string unfinished = path + "." + std::to_string(::getpid());
  std::ofstream file{unfinished, std::ios::binary | std::ios::trunc};
  file << text;
  file.close();
  if (file && std::rename(unfinished.c_str(), path.c_str()) == 0) return true;
  const int why = errno;
  std::remove(unfinished.c_str());
  errno = why;
  return false;
}

int serve(const Serve& serve, const Environment& env, std::ostream& out, std::ostream& err) {
  const auto scenario = load(serve.scripts, env, err);
  if (!scenario) return wrong_usage;

  // Of an earlier run: who waits for ours must not take it for that. (std::remove would take an empty folder, too.)
  if (serve.ready_file) ::unlink(serve.ready_file->c_str());

  engine::EngineOptions engine_options;
  engine_options.seed = serve.seed;
  engine_options.time_scale = serve.time_scale;
  engine_options.origins = {net::is_loopback(serve.host), serve.allowed_origins};
  engine::Engine engine{scenario, std::move(engine_options), net::this_moment()};

  net::ServerOptions server_options;
  server_options.host = serve.host;
  server_options.port = serve.port;
  net::Server server{engine, std::move(server_options), [&err](std::string_view line) { say(err, line); }};
  const auto at = server.listen();
  if (!at) {
    say(err, why_not_listening(serve, at.error()));
    return cannot_listen;
  }
  server.stop_on_signals();

  std::string ready = "{\"listening\":";
  protocol::append_string(ready, at->url());
  ready += fmt::format(",\"pid\":{}}}\n", ::getpid());
  if (serve.ready_file && !write_atomically(*serve.ready_file, ready)) {
    say(err, fmt::format("cannot write the ready file {}: {}", protocol::printable(*serve.ready_file), std::strerror(errno)));
    return wrong_usage;
  }
  out << ready << std::flush;

  server.run();
  const Verdict verdict = engine.verdict();
  err << "mock-agent: " << verdict.report() << std::flush;
  return verdict.met() ? passed : failed;
}

int check(const Check& check, const Environment& env, std::ostream& out, std::ostream& err) {
  const auto scenario = load(check.scripts, env, err);
  if (!scenario) return wrong_usage;
  const auto count = [](std::size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
  out << "ok: " << count(scenario->stubs.size(), "stub") << ", " << count(scenario->expectations.size(), "expectation") << '\n';
  return passed;
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
                                 [&](const Schema&) {
                                   out << scenario_schema();
                                   return int{passed};
                                 },
                                 [&](const Record& command) { return run_record(command, out, err); },
                                 [&](const Show& command) {
                                   out << command.text;
                                   return int{passed};
                                 },
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
