#pragma once

#include "exit_code.hpp"
#include "posix_process.hpp"
#include "process.hpp"
#include "render.hpp"
#include "status_line.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/protocol/redaction.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::cli {

/// Writes a line of the program's own to stderr: `procedura: ...`.
void tell(Process& process, const Settings& settings, std::string_view text);

/// What the commands that talk to an agent share: one agent, one event loop on the calling thread, --wait, Ctrl-C, the status
/// line, and the ways to end. It decides nothing about settings, texts or codes: those are in the pure parts beside it.
class AgentCommand {
 public:
  ExitCode operator()(Options options);
  /// Ends before there is an agent.
  ExitCode refuse(const Failure& failure);
  /// For `Options::log`; the command must outlive the agent that uses it.
  Log log();

 protected:
  AgentCommand(Process& process, const Settings& settings, StatusLine::Kind kind, std::string_view what);
  ~AgentCommand() = default;
  AgentCommand(const AgentCommand&) = delete;
  AgentCommand& operator=(const AgentCommand&) = delete;

  /// Connects, and asks for what is wanted. Called anew for each try of --wait.
  virtual void attempt() = 0;
  /// The job that an interruption would leave behind, where the agent has named it.
  virtual std::optional<std::string> live_job() const { return std::nullopt; }
  /// Ctrl-C. Unless overridden each call ends with `cancelled`, which brings us to `fail`.
  virtual void on_interrupt() { agent_->close(); }
  /// An attempt that failed is not tried again.
  virtual void give_up(const Failure& failure) { fail(failure); }
  /// Whether the command has done its work when nobody takes its output any more (`| head -1`).
  virtual bool ends_with_its_reader() const { return false; }
  /// The end has come: what else waits must not hold it up.
  virtual void wind_up() {}
  /// Of an attempt that failed: tries again while --wait allows it, else gives up.
  void retry_or_fail(const Failure& failure);
  /// The object on stdout, the line on stderr, the end.
  void fail(const Failure& failure);
  /// The module that is to be asked for: the event log has it, even if nobody can be reached...
  void intends(const CommandLine& line, protocol::Mode mode);
  /// ... until it is asked for, and the SDK records it.
  void submitted() { intended_.reset(); }
  /// False: nobody takes our output, and the command is over.
  bool print(const std::string& text);
  void say(std::string_view text);
  /// Says goodbye to the agent and lets the loop end.
  void finish(ExitCode code);
  void draw_soon();
  bool over() const { return over_; }

  AsyncAgent& agent() { return *agent_; }
  const Settings& settings() const { return settings_; }
  const RenderOptions& render() const { return render_; }
  bool says_much() const { return settings_.verbose || (!settings_.quiet && process_.err.is_terminal()); }
  const Process& process() const { return process_; }

  protocol::Redactor redactor_;  ///< of what the agent says about failures and logins, on either stream
  StatusLine status_;

 private:
  void observe(Options& options);
  void record_unsent(const Failure& failure);
  void interrupt(int signal);
  void tick();
  void draw();
  void erase();
  void set_drawn(bool drawn);

  Process& process_;
  const Settings& settings_;
  const StatusLine::Kind kind_;
  const std::chrono::steady_clock::time_point started_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set interrupts_{io_};
  boost::asio::steady_timer ticker_{io_};
  boost::asio::steady_timer retry_{io_};
  std::optional<AsyncAgent> agent_;
  RequestObserver observer_;
  std::optional<RequestRecord> intended_;
  ExitCode exit_ = ExitCode::ok;
  std::optional<ExitCode> interrupted_;  // by which signal
  bool over_ = false;
  bool proxied_ = false;
  bool draws_;
  bool drawn_ = false;
  std::optional<SuspendGuard> suspend_;
  std::chrono::steady_clock::time_point drawn_at_{};
  const bool color_;
  const RenderOptions render_;
};

}  // namespace procedura::cli
