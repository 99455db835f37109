#include "agent_command.hpp"

#include "report.hpp"

#include <csignal>

namespace procedura::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

}  // namespace

void tell(Process& process, const Settings& settings, std::string_view text) {
  const bool color = use_color(settings.color, process.err.is_terminal(), process.variables);
  std::string line = color ? "\x1b[1mprocedura:\x1b[0m " : "procedura: ";
  line.append(text).append("\n");
  process.err.write(line);
}

AgentCommand::AgentCommand(Process& process, const Settings& settings, StatusLine::Kind kind, std::string_view what)
    : status_{kind, what, Clock::now()},
      process_{process},
      settings_{settings},
      kind_{kind},
      started_{Clock::now()},
      draws_{!settings.quiet && process.err.is_terminal() && process.variables("TERM").value_or("dumb") != "dumb"},
      color_{use_color(settings.color, process.err.is_terminal(), process.variables)},
      render_{settings.output, process.out.is_terminal()} {
  if (settings.token) redactor_.add(settings.token->text);
}

Log AgentCommand::log() {
  return [this](LogLevel level, std::string_view text) {
    if (settings_.quiet || (level != LogLevel::warning && !settings_.verbose)) return;
    say((level == LogLevel::warning ? "warning: " : "") + std::string{text});
  };
}

ExitCode AgentCommand::operator()(Options options) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(signal)) interrupts_.add(signal);
  interrupts_.async_wait([this](boost::system::error_code failed, int signal) {
    if (!failed) interrupt(signal);
  });
  observe(options);
  if (const auto proxy = options.proxy.proxy_for(settings_.endpoint)) proxied_ = proxy->has_value();
  agent_.emplace(io_.get_executor(), std::move(options));
  if (draws_) {
    suspend_.emplace();
    tick();
  }
  attempt();
  io_.run();
  return exit_;
}

ExitCode AgentCommand::refuse(const Failure& failure) {
  fail(failure);
  return exit_;
}

// An event log that cannot be written is told of, and stops nothing.
void AgentCommand::observe(Options& options) {
  if (!settings_.events) return;
  const auto complain = [this](std::string_view text) { say("warning: " + std::string{text}); };
  auto log = EventLog::open(settings_.events->text);
  if (!log) return complain(protocol::printable(log.error().message));
  observer_ = options.on_request_end = EventLog::observer(*log, complain);
}

void AgentCommand::intends(const CommandLine& line, protocol::Mode mode) {
  intended_.emplace(RequestRecord{std::chrono::system_clock::now()});
  intended_->module = line.module;
  intended_->mode = mode;
  intended_->origin = settings_.endpoint.origin();
  intended_->args = line.module_args.size();
}

void AgentCommand::record_unsent(const Failure& failure) {
  if (!intended_ || !observer_) return;
  intended_->end = Clock::now() - started_;
  intended_->code = failure.code;
  intended_->error_code = failure.agent_code;
  intended_->error_message = redactor_(failure.message);
  observer_(*intended_);
  intended_.reset();
}

void AgentCommand::retry_or_fail(const Failure& failure) {
  const auto delay = interrupted_ ? std::nullopt : retry_delay(failure, Clock::now() - started_, settings_.wait);
  if (!delay) return interrupted_ ? fail(failure) : give_up(failure);
  retry_.expires_after(*delay);
  retry_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled || interrupted_)
      fail(Failure::of(errc::cancelled, "interrupted"));
    else
      attempt();
  });
}

void AgentCommand::interrupt(int signal) {
  interrupted_ = signal == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
  interrupts_.clear();  // a second Ctrl-C kills, as usual
  if (retry_.cancel() == 0) on_interrupt();
}

void AgentCommand::fail(const Failure& failure) {
  record_unsent(failure);
  if (interrupted_) {
    say(std::string{*interrupted_ == ExitCode::interrupted ? "interrupted" : "terminated"} + ": stopped waiting" +
        (failure.job_id ? "; job " + protocol::printable(*failure.job_id) + " may still run" : std::string{}));
    return finish(*interrupted_);
  }
  const std::string object = redactor_.json(error_object(failure));
  const bool among_events = kind_ == StatusLine::Kind::stream || kind_ == StatusLine::Kind::listen;
  if (!print(among_events ? render_event(object, "error", render_) : render_value(object, render_))) return;
  say(redactor_(error_line(failure, {.logging_in = kind_ == StatusLine::Kind::login, .proxied = proxied_})));
  finish(exit_code(kind_of(failure)));
}

bool AgentCommand::print(const std::string& text) {
  erase();
  if (process_.out.write(text)) return true;
  if (process_.out.interrupted()) {
    if (!interrupted_) interrupted_ = ExitCode::interrupted;
    Failure given_up = Failure::of(errc::cancelled, "interrupted");
    given_up.job_id = live_job();
    fail(given_up);
    return false;
  }
  if (process_.out.reader_gone() && ends_with_its_reader()) {
    finish(ExitCode::ok);
    return false;
  }
  say("cannot write to stdout: " + process_.out.trouble());
  finish(ExitCode::failed);
  return false;
}

void AgentCommand::say(std::string_view text) {
  erase();
  tell(process_, settings_, text);
}

void AgentCommand::finish(ExitCode code) {
  exit_ = code;
  over_ = true;
  erase();
  draws_ = false;
  suspend_.reset();
  ticker_.cancel();
  retry_.cancel();
  interrupts_.cancel();
  wind_up();
  if (agent_) agent_->close();
}

void AgentCommand::tick() {
  ticker_.expires_after(100ms);
  ticker_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled || !draws_) return;
    draw();
    tick();
  });
}

void AgentCommand::draw_soon() {
  if (draws_ && Clock::now() - drawn_at_ >= 50ms) draw();
}

void AgentCommand::draw() {
  drawn_at_ = Clock::now();
  if (!process_.err.in_foreground()) return set_drawn(false);  // what stands there now is not ours
  const std::size_t width = process_.err.width();
  const std::string line = status_.render(drawn_at_, width > 1 ? width - 1 : 0, color_);
  if (line.empty()) return erase();
  process_.err.write(drawing_of(line));
  set_drawn(true);
}

void AgentCommand::erase() {
  if (drawn_) process_.err.write(erase_line);
  set_drawn(false);
}

void AgentCommand::set_drawn(bool drawn) {
  drawn_ = drawn;
  if (suspend_) suspend_->line_is_drawn(drawn);
}

}  // namespace procedura::cli
