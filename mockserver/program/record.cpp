// `mock-agent record`: its command line, and the file it leaves behind.
#include "record.hpp"

#include "net/record_proxy.hpp"
#include "record/agent_url.hpp"
#include "record/recorder.hpp"
#include "scenario/load.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace procedura::mock {
namespace {

using protocol::printable;

enum Exit : int { written = 0, wrong_usage = 2, cannot_listen = 3 };

constexpr auto help_text = R"(mock-agent record stands between clients and an agent, and writes what it saw as a scenario.

Examples:
  mock-agent record --upstream ws://127.0.0.1:9000 --out recorded.json
  mock-agent record --upstream wss://agent.example/v2 --ca ca.pem --redact email --redact home_address --out recorded.json
  mock-agent --script recorded.json

Usage:
  mock-agent record --upstream URL --out FILE [options]

Options:
  --upstream URL    the agent, ws:// or wss://; its path is put before those that clients ask for
  --out FILE        the scenario; written when the recording ends, readable for its owner alone
  --listen URL      where clients connect; port 0 picks a free one (default ws://127.0.0.1:8765)
  --ca FILE         the certificates (PEM) that an agent's must be signed with, instead of the system's
  --redact KEY      members and options whose values are never written; may be given again. Tokens, credentials, passwords,
                    secrets and api_keys never are
  --help

When it listens it prints one line of JSON on stdout: {"listening":"ws://127.0.0.1:8765","pid":4711}
SIGINT and SIGTERM end the recording; nothing is on the disk before that.

Exit codes: 0 written, 2 wrong usage or the scenario cannot be written or loaded, 3 cannot listen or no TLS
)";

Usage usage(std::string_view problem) {
  return {fmt::format("{}; see mock-agent record --help", printable(problem))};
}

void say(std::ostream& err, std::string_view line) {
  err << "mock-agent: " << line << '\n' << std::flush;
}

std::string value(const std::string& text) {
  return text.empty() || text.starts_with("--") ? "takes a value" : "";
}

std::string problem_of_url(std::string_view option, const std::string& text, bool any_port) {
  const auto parsed = record::parse_agent_url(text, any_port);
  const auto* problem = std::get_if<std::string>(&parsed);
  return problem ? fmt::format("{}: \"{}\" {}", option, protocol::redact_url(text), *problem) : "";
}

record::AgentUrl url_of(const std::string& text) {
  return std::get<record::AgentUrl>(record::parse_agent_url(text, true));
}

// What can be known before anything is recorded: it would be a pity to find out afterwards.
std::string why_not_writable(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return "it is a folder";
  // What is recorded replaces the file as a whole: a device or a link would be gone for everybody.
  if (::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return "it is no regular file";
  const auto slash = path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? "" : std::strerror(errno);
}

/// Writes all of it, for the owner's eyes alone, or leaves what was there. Empty: done; else why not.
std::string write_private(const std::string& path, std::string_view text) {
  const std::string unfinished = path + "." + std::to_string(::getpid());
  ::unlink(unfinished.c_str());
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return std::strerror(errno);
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t size = ::write(file, text.data(), text.size());
    good = size >= 0 || errno == EINTR;
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  good = good && ::fsync(file) == 0;
  int why = errno;
  good = ::close(file) == 0 && good;
  if (good && std::rename(unfinished.c_str(), path.c_str()) == 0) return {};
  why = why != 0 ? why : errno;
  ::unlink(unfinished.c_str());
  return std::strerror(why);
}

// Whoever replays it shall not be the first to find out.
bool can_be_loaded(const std::string& name, const std::string& text, std::ostream& err) {
  const std::array texts{ScenarioText{name, text}};
  const auto loaded = load_scenario(texts);
  for (const auto& problem : loaded.problems) {
    if (problem.severity == Problem::Severity::error) err << to_string(problem) << '\n';
  }
  return loaded.scenario != nullptr;
}

}  // namespace

Command parse_record(const std::vector<std::string>& args) {
  Record command;
  bool help = false;
  CLI::App app{"", "mock-agent record"};
  app.set_help_flag();
  app.add_flag("-h,--help", help);
  app.add_option("--upstream", command.upstream)->check(value);
  app.add_option("--out", command.out)->check(value);
  app.add_option("--listen", command.listen)->check(value);
  app.add_option("--ca", command.ca_file)->check(value);
  app.add_option("--redact", command.redact)->check(value);
  try {
    app.parse(std::vector<std::string>{args.rbegin(), args.rend()});  // CLI11 takes them from the back
  } catch (const CLI::ExtrasError&) {
    // Not shown as it is: it may be a value that somebody meant to have redacted.
    const auto unknown = app.remaining();
    const bool option = !unknown.empty() && unknown.front().starts_with("-");
    return usage(option ? fmt::format("unknown option \"{}\"", unknown.front().substr(0, unknown.front().find('=')))
                        : "record takes options alone");
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    return usage(fmt::format("{} takes one value", what.substr(0, what.find(':'))));
  } catch (const CLI::ParseError& error) {
    const std::string_view what = error.what();
    return usage(what.substr(0, what.find('\n')));
  }
  if (help) return Show{help_text};
  if (command.upstream.empty()) return usage("record needs --upstream URL, the agent");
  if (command.out.empty()) return usage("record needs --out FILE, for the scenario");
  for (const auto& problem :
       {problem_of_url("--upstream", command.upstream, false), problem_of_url("--listen", command.listen, true)}) {
    if (!problem.empty()) return usage(problem);
  }
  const auto listen = url_of(command.listen);
  if (listen.secure || !listen.path.empty())
    return usage("--listen takes a URL such as ws://127.0.0.1:8765: no wss, and no path");
  return command;
}

int run_record(const Record& command, std::ostream& out, std::ostream& err) {
  if (const auto why = why_not_writable(command.out); !why.empty()) {
    say(err, fmt::format("cannot write {}: {}", printable(command.out), why));
    return wrong_usage;
  }
  // Memory holds what must never be on a disk.
  constexpr rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);

  record::Recorder recorder{{.upstream = command.upstream, .redact = command.redact}};
  const auto listen = url_of(command.listen);
  net::RecordProxyOptions options;
  options.host = listen.host;
  options.port = listen.port;
  options.upstream = url_of(command.upstream);
  options.ca_file = command.ca_file;
  net::RecordProxy proxy{recorder, std::move(options), [&err](std::string_view line) { say(err, line); }};
  if (const auto problem = proxy.prepare_tls(); !problem.empty()) {
    say(err, problem);
    return cannot_listen;
  }
  const auto at = proxy.listen();
  if (!at) {
    say(err, fmt::format("cannot listen on {}: {}; take another place with --listen (port 0 picks a free one)",
                         listen.authority(), at.error().message()));
    return cannot_listen;
  }
  std::string ready = "{\"listening\":";
  protocol::append_string(ready, at->url());
  out << ready << fmt::format(",\"pid\":{}}}\n", ::getpid()) << std::flush;

  proxy.run();

  const std::string scenario = recorder.scenario();
  if (const auto why = write_private(command.out, scenario); !why.empty()) {
    say(err, fmt::format("cannot write {}: {}; the recording is lost", printable(command.out), why));
    return wrong_usage;
  }
  const auto& counts = recorder.counts();
  const auto number = [](std::uint64_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
  say(err,
      fmt::format("recorded {} on {} in {}{}", number(counts.requests, "request"), number(counts.connections, "connection"),
                  printable(command.out), recorder.full() ? ": INCOMPLETE, the memory for it was full" : ""));
  if (can_be_loaded(command.out, scenario, err)) return written;
  say(err, "the scenario is written, but mock-agent cannot load it as it is: mend what is listed above");
  return wrong_usage;
}

}  // namespace procedura::mock
