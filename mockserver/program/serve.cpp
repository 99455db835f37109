// `mock-agent --script`: everything around the server that a run has on a command line.
#include "serve.hpp"

#include "admin/admin_side.hpp"
#include "admin_access.hpp"
#include "engine/junit.hpp"
#include "exit_code.hpp"
#include "journal_file.hpp"
#include "net/limits.hpp"
#include "net/server.hpp"
#include "net/tls.hpp"
#include "output_file.hpp"
#include "repeat_line.hpp"
#include "scenario_files.hpp"
#include "ticker.hpp"

#include <procedura/protocol/json_text.hpp>

#include <boost/asio/error.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace procedura::mock {
namespace {

void say(std::ostream& err, std::string_view line) {
  err << "mock-agent: " << line << '\n' << std::flush;
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

int cannot_write(std::ostream& err, std::string_view what, const std::string& path) {
  say(err, fmt::format("cannot write {} {}: {}", what, protocol::printable(path), std::strerror(errno)));
  return wrong_usage;
}

engine::EngineOptions engine_options(const Serve& serve, const LimitSettings& limits) {
  engine::EngineOptions options;
  options.seed = serve.seed;
  options.time_scale = serve.time_scale;
  options.chaos = serve.chaos;
  options.origins = {net::is_loopback(serve.host), serve.allowed_origins};
  options.strict = serve.strict;
  options.until_met = serve.until_met;
  options.deadline = serve.deadline;
  if (limits.live_requests) options.max_live = *limits.live_requests;
  if (limits.live_bytes) options.max_live_bytes = *limits.live_bytes;
  return options;
}

net::ServerOptions server_options(const Serve& serve, const LimitSettings& limits) {
  net::ServerOptions options;
  options.host = serve.host;
  options.port = serve.port;
  net::apply(limits, options);
  if (serve.max_connections) options.max_connections = *serve.max_connections;
  return options;
}

/// Each connection takes a file, and the limit that a shell sets is often 1024: we take what may be had.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Looks at the scenario's files, and gives the agent what they have become. On a thread of its own, since reading a large
/// scenario takes a while; only the last step is the agent's.
class Reload {
 public:
  Reload(const Serve& serve, const Environment& env, FileLooks looks, engine::Engine& engine, net::Server& server,
         std::ostream& err)
      : serve_{serve}, env_{env}, engine_{engine}, server_{server}, err_{err}, changes_{std::move(looks)} {}

  void operator()() {
    if (!changes_.settled(look_at(changes_.paths()))) return;
    auto files = load_files(serve_.scripts, env_);
    changes_.know(files.looks);
    server_.post_input([this, files = std::move(files)](const engine::Moment& moment, engine::Outputs&) {
      err_ << files.problems;
      if (!files.scenario) return say(err_, "what was in use before stays in use");
      engine_.adopt(moment, files.scenario);
      say(err_, fmt::format("another scenario is in use: {}, {}", counted(files.scenario->stubs.size(), "stub"),
                            counted(files.scenario->expectations.size(), "expectation")));
    });
  }

 private:
  const Serve& serve_;
  const Environment& env_;
  engine::Engine& engine_;
  net::Server& server_;
  std::ostream& err_;
  Changes changes_;
};

void say_if_lost(JournalFile& journal, const Serve& serve, std::ostream& err) {
  const std::string problem = journal.new_problem();
  if (problem.empty()) return;
  say(err, fmt::format("cannot write the journal {} any more: {}; what follows is not in it",
                       protocol::printable(*serve.journal), problem));
}

/// Judges a run that is over, and writes what there is to write about it.
int conclude(const Serve& serve, const engine::Engine& engine, bool had_bugs, JournalFile* journal, std::ostream& err) {
  Ended ended;
  ended.bug = had_bugs;
  if (journal) {
    ended.output_lost = !journal->finish(engine.journal_kept(), engine.secrets());
    say_if_lost(*journal, serve, err);
  }
  const Verdict verdict = engine.verdict();
  const std::string repeat = engine.secrets()(repeat_line(serve, engine.seed()));
  if (serve.junit) {
    const auto& name = engine.scenario().settings.name;
    const std::string xml = engine::junit_xml(
        engine.verdicts(), {name.empty() ? "mock-agent" : name, std::chrono::steady_clock::now() - engine.start(), repeat});
    if (!write_atomically(*serve.junit, xml)) {
      cannot_write(err, "the JUnit report", *serve.junit);
      ended.output_lost = true;
    }
  }
  const Exit code = exit_code(ended, verdict);
  err << "mock-agent: " << verdict.report();
  if (code != passed) err << "repeat: " << protocol::printable(repeat) << '\n';
  err << std::flush;
  return code;
}

}  // namespace

int serve(const Serve& serve, const Environment& env, std::ostream& out, std::ostream& err) {
  const auto files = load_files(serve.scripts, env);
  err << files.problems << std::flush;
  if (!files.scenario) return wrong_usage;

  const auto access = admin_access(serve, env, net::is_loopback(serve.host));
  if (!access.problem.empty()) {
    say(err, access.problem);
    return wrong_usage;
  }
  if (!access.warning.empty()) say(err, access.warning);

  // Of an earlier run: who waits for ours must not take it for that.
  if (serve.ready_file) remove_earlier(*serve.ready_file);
  if (serve.junit && !make_place(*serve.junit)) return cannot_write(err, "the JUnit report", *serve.junit);
  GrowingFile journal_file;
  if (serve.journal && !journal_file.open(*serve.journal)) return cannot_write(err, "the journal", *serve.journal);

  const auto& limits = files.scenario->settings.limits;
  engine::Engine engine{files.scenario, engine_options(serve, limits), net::this_moment()};
  admin::AdminSide admin{engine, access.options, resident_bytes};
  std::function<void()> after_input = [] {};
  net::ServerOptions options = server_options(serve, limits);
  options.http = &admin;
  if (serve.journal) options.after_input = [&after_input] { after_input(); };
  if (serve.tls()) {
    auto identity = net::make_tls_identity({serve.tls_certificate, serve.tls_key, serve.tls_client_ca}, serve.host);
    if (const auto* wrong = std::get_if<std::string>(&identity)) {
      say(err, *wrong);
      return cannot_listen;
    }
    options.tls = std::get<0>(std::move(identity));
  }
  const auto tls = options.tls;
  raise_file_limit();
  net::Server server{engine, std::move(options), [&err](std::string_view line) { say(err, line); }};
  const auto at = server.listen();
  if (!at) {
    say(err, why_not_listening(serve, at.error()));
    return cannot_listen;
  }
  admin.listens_on(at->host, at->port, at->tls);
  server.stop_on_signals();

  std::string ready = "{\"listening\":";
  protocol::append_string(ready, at->url());
  if (tls) ready += ",\"fingerprint\":\"" + tls->fingerprint() + "\"";
  if (access.options.enabled) {
    ready += ",\"admin\":";
    protocol::append_string(ready, fmt::format("http{}://{}:{}/__admin/", at->tls ? "s" : "", at->host, at->port));
  }
  ready += fmt::format(",\"pid\":{}}}\n", ::getpid());
  if (serve.ready_file && !write_atomically(*serve.ready_file, ready)) {
    return cannot_write(err, "the ready file", *serve.ready_file);
  }
  out << ready << std::flush;
  // Who waits for that line would wait for ever. Others have the ready file, and the run goes on for them.
  if (!out) say(err, "cannot write the ready line to stdout; a --ready-file has it, too");

  // These have threads, which post to the server: they are made behind it, and gone before it.
  std::optional<JournalFile> journal;
  std::optional<Ticker> journal_ticks;
  std::optional<Ticker> watch;
  if (serve.journal) {
    journal.emplace(journal_file);
    after_input = [&] {
      journal->take(engine.journal_kept(), engine.secrets(), std::chrono::steady_clock::now());
      say_if_lost(*journal, serve, err);
    };
    journal_ticks.emplace(std::chrono::milliseconds{250}, [&] { server.post([&after_input] { after_input(); }); });
  }
  if (serve.watch) {
    watch.emplace(std::chrono::milliseconds{200}, Reload{serve, env, files.looks, engine, server, err});
  }
  server.run();
  watch.reset();
  journal_ticks.reset();
  return conclude(serve, engine, server.bugs() > 0, journal ? &*journal : nullptr, err);
}

}  // namespace procedura::mock
