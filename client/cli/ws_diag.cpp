#include "agent_command.hpp"
#include "agent_options.hpp"
#include "commands.hpp"
#include "diag_handshake.hpp"
#include "diag_replies.hpp"
#include "token_check.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

namespace procedura::cli {
namespace {

using Clock = std::chrono::steady_clock;

TokenPath path_of(const std::optional<std::string>& token) {
  if (!token) return TokenPath::none;
  return protocol::is_subprotocol(*token) ? TokenPath::both : TokenPath::bearer_only;
}

// A report is there to be passed on: an agent that puts a token into an answer must not put it there.
std::string fit_to_show(std::string_view reply) {
  return reply.starts_with('{') ? protocol::redact_frame(reply) : std::string{reply};
}

/// Asks one thing after the other and hands what it finds to the pure checks.
class WsDiag final : public AgentCommand {
 public:
  WsDiag(Process& process, const Settings& settings, TokenFinding token)
      : AgentCommand{process, settings, StatusLine::Kind::check, {}},
        url_{settings.endpoint.url()},
        token_{path_of(token.token)},
        first_{std::move(token.check)},
        color_{use_color(settings.color, process.out.is_terminal(), process.variables)} {
    if (token.token) redactor_.add(*token.token);
  }

 private:
  static constexpr int pings = 5;

  void attempt() override {
    agent().async_connect([this](const Result<void>& connected) {
      if (!connected) return retry_or_fail(connected.error());
      handshake(std::nullopt);
    });
  }

  void give_up(const Failure& failure) override { handshake(failure); }

  void handshake(std::optional<Failure> failure) {
    agent().async_status([this, failure](const Result<ConnectionStatus>& status) {
      HandshakeFindings findings{settings().endpoint};
      if (status && status->handshake) findings.info = *status->handshake;
      findings.failure = failure;
      findings.token = token_;
      findings.compression_asked = settings().compress;
      findings.now = std::chrono::system_clock::now();
      if (settings().output == OutputForm::pretty && !print(redactor_(diag_title(url_)))) return;
      if (!add(std::move(first_))) return;
      for (Check& check : handshake_checks(findings))
        if (!add(std::move(check))) return;
      if (!failure) return who_am_i();
      for (const std::string_view name : {"who am I", "ping", "__keepalive", "metrics"})
        if (!add(skipped_check(name, "not reached"))) return;
      conclude();
    });
  }

  void who_am_i() {
    ask("__diag_auth", [this](const Result<std::string>& reply) {
      if (add(identity_check(reply, token_ != TokenPath::none))) ping();
    });
  }

  void ping() {
    status_.waits_for(Clock::now(), "the pong");
    agent().async_ping(settings().timeout, [this](const Result<Duration>& pong) {
      if (interrupted(pong)) return;
      trips_.sent();
      std::optional<Failure> trouble;
      if (pong)
        trips_.answered(*pong);
      else
        trouble = pong.error();
      if (!trouble && trips_.sent_count() < pings) return ping();  // one that nobody answers is enough
      if (add(ping_check(trips_, trouble))) keepalive();
    });
  }

  void keepalive() {
    asked_ = Clock::now();
    ask("__keepalive", [this](const Result<std::string>& reply) {
      if (add(keepalive_check(reply, Clock::now() - asked_, std::chrono::system_clock::now()))) metrics();
    });
  }

  void metrics() {
    ask("__diag_ws_metrics", [this](const Result<std::string>& reply) {
      if (add(metrics_check(reply))) conclude();
    });
  }

  template <class Then>
  void ask(const std::string& builtin, Then then) {
    status_.waits_for(Clock::now(), "the answer to " + builtin);
    CallOptions limits;
    limits.deadlines = Deadlines{.ack = settings().timeout, .silence = settings().timeout, .total = std::nullopt};
    agent().async_run(builtin, {}, std::move(limits), [this, then = std::move(then)](const Result<RunResult>& result) {
      if (interrupted(result)) return;
      if (result)
        then(Result<std::string>{fit_to_show(result->text())});
      else
        then(Result<std::string>{result.error()});
    });
  }

  template <class T>
  bool interrupted(const Result<T>& result) {
    if (over()) return true;
    if (result || result.error().code != errc::cancelled) return false;
    fail(result.error());
    return true;
  }

  // People see each line as it is known; programs get one object at the end.
  bool add(Check check) {
    checks_.push_back(std::move(check));
    return settings().output != OutputForm::pretty || print(redactor_(diag_lines(checks_.back(), color_)));
  }

  void conclude() {
    if (settings().output != OutputForm::pretty && !print(render_value(redactor_.json(diag_object(url_, checks_)), render())))
      return;
    finish(diag_exit(checks_));
  }

  const std::string url_;
  const TokenPath token_;
  Check first_;
  const bool color_;
  std::vector<Check> checks_;
  RoundTrips trips_;
  Clock::time_point asked_;
};

}  // namespace

ExitCode ws_diag(Process& process, const Settings& settings) {
  const auto store = token_store(settings, process.variables);
  const auto saved = store ? store->load() : Result<std::optional<SavedToken>>{std::nullopt};
  TokenFinding token =
      find_token(settings, saved, store ? store->path().string() : "the home folder", std::chrono::system_clock::now());
  // The token is decided on here, so that a report can be made without the one that must not be sent.
  const std::optional<std::string> sent = token.token;
  WsDiag command{process, settings, std::move(token)};
  Options options = agent_options(settings, std::nullopt, command.log(), process.variables);
  options.token = sent;
  return command(std::move(options));
}

}  // namespace procedura::cli
