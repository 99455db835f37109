#include "program/program.hpp"

#include "io/identity.hpp"
#include "io/runner.hpp"
#include "program/arguments.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/url.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string_view>
#include <thread>

namespace procedura::bench {
namespace {

constexpr int could_not_run = 1;
constexpr int usage = 2;

void say(Process& process, std::string_view what) {
  process.err << "procedura-bench: " << what << std::endl;
}

int complain(Process& process, int code, std::string_view what) {
  say(process, what);
  return code;
}

Surroundings surroundings() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return {fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)), PROCEDURA_VERSION, std::thread::hardware_concurrency(), "",
          ""};
}

/// The live view: one line that is written over on a terminal, a line now and then otherwise.
class LiveView {
 public:
  explicit LiveView(Process& process) : process_{process} {}

  Nanos every() const {
    return process_.err_is_terminal ? Nanos{std::chrono::milliseconds{200}} : Nanos{std::chrono::seconds{5}};
  }
  void show(const Progress& progress) {
    process_.err << (process_.err_is_terminal ? "\r\x1b[K" : "") << progress_line(progress)
                 << (process_.err_is_terminal ? "" : "\n") << std::flush;
  }
  void wipe() {
    if (process_.err_is_terminal) process_.err << "\r\x1b[K" << std::flush;
  }

 private:
  Process& process_;
};

// Tried before the run, so that no run is lost because its report cannot be written.
bool can_write(const std::string& path) {
  if (path == "-") return true;
  const bool was_there = std::filesystem::exists(path);
  const bool can = std::ofstream{path, std::ios::app}.good();
  if (can && !was_there) std::filesystem::remove(path);
  return can;
}

/// Secrets are out of what a report is made of; the redactor sees to those that a user put where none belongs.
int write_reports(Process& process, const RunRecord& run, const protocol::Redactor& redactor) {
  const Plan& plan = run.plan;
  const Verdict verdict = judge(plan, run.result);
  const bool json_to_out = plan.out.json == "-";
  (json_to_out ? process.err : process.out) << redactor(text_report(run, verdict)) << std::flush;
  if (plan.out.json) {
    const std::string json = redactor(json_report(run, verdict));
    if (json_to_out) {
      process.out << json << std::flush;
    } else if (std::ofstream file{*plan.out.json, std::ios::trunc}; !(file << json << std::flush)) {
      return complain(process, could_not_run, fmt::format("cannot write {}", protocol::printable(*plan.out.json)));
    }
  }
  if (!process.out) return complain(process, could_not_run, "cannot write to standard output");
  return exit_code(verdict.kind);
}

int run_plan(Process& process, Plan plan) {
  const auto endpoint = Endpoint::parse(plan.url);
  if (!endpoint) return complain(process, usage, "--url: " + describe(endpoint.error()));
  if (!endpoint->warning.empty()) say(process, endpoint->warning);
  if (plan.out.json && !can_write(*plan.out.json)) {
    return complain(process, usage, fmt::format("--out: cannot write {}", protocol::printable(*plan.out.json)));
  }

  auto identity = identify(plan, process.env);
  if (const auto* wrong = std::get_if<UsageError>(&identity)) return complain(process, usage, wrong->message);
  if (const auto* refused = std::get_if<Failure>(&identity)) {
    return complain(process, could_not_run, "cannot log in: " + describe(*refused));
  }
  auto& who = std::get<Identity>(identity);
  if (!plan.args_style) plan.args_style = who.args_style;
  if (!who.headers.empty() && !endpoint->secure && !endpoint->is_loopback()) {
    say(process, "warning: the token goes over the network in the clear (ws://)");
  }

  LiveView view{process};
  RunSetting setting;
  setting.transport.endpoint = *endpoint;
  setting.transport.subprotocols = who.subprotocols;
  setting.transport.headers = who.headers;
  setting.redactor = who.redactor;
  setting.progress_every = view.every();
  setting.on_progress = [&view](const Progress& progress) { view.show(progress); };

  auto result = run_load(plan, setting);
  view.wipe();
  if (!result) return complain(process, could_not_run, describe(result.error()));
  return write_reports(process, {std::move(plan), *std::move(result), surroundings()}, setting.redactor);
}

}  // namespace

int run(const std::vector<std::string>& args, Process& process) {
  try {
    auto parsed = parse_arguments(args);
    if (const auto* help = std::get_if<HelpWanted>(&parsed)) {
      process.out << help->text << std::flush;
      return process.out ? 0 : could_not_run;
    }
    if (const auto* wrong = std::get_if<UsageError>(&parsed)) return complain(process, usage, wrong->message);
    return run_plan(process, std::get<Plan>(std::move(parsed)));
  } catch (const std::exception& trouble) {
    return complain(process, could_not_run, protocol::printable(trouble.what()));
  }
}

}  // namespace procedura::bench
