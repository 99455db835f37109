#include "call_agent.hpp"
#include "ping_report.hpp"

namespace procedura::cli {
namespace {

using Clock = std::chrono::steady_clock;

class WsPing final : public AgentCommand {
 public:
  WsPing(Process& process, const Settings& settings)
      : AgentCommand{process, settings, StatusLine::Kind::check, {}}, url_{settings.endpoint.url()} {}

 private:
  void attempt() override {
    agent().async_connect([this](const Result<void>& connected) {
      if (!connected) return retry_or_fail(connected.error());
      began_ = due_ = Clock::now();
      pause_.emplace(agent().get_executor());
      if (settings().output != OutputForm::pretty || print(redactor_("PING " + url_ + "\n"))) ping();
    });
  }

  // Before the first ping there is nothing to sum up; afterwards Ctrl-C is how a ping without a count ends.
  void on_interrupt() override {
    if (trips_.sent_count() == 0) return AgentCommand::on_interrupt();
    if (settings().output == OutputForm::pretty && render().terminal && !print("\n")) return;  // away from ^C
    conclude();
  }

  void ping() {
    status_.waits_for(Clock::now(), "the pong");
    agent().async_ping(settings().timeout, [this](const Result<Duration>& pong) {
      if (over()) return;
      if (!pong && pong.error().code == errc::cancelled) return fail(pong.error());
      ponged(pong);
    });
  }

  void ponged(const Result<Duration>& pong) {
    status_.waits_for(Clock::now(), {});
    trips_.sent();
    if (pong) trips_.answered(*pong);
    if (!print_pong(pong)) return;
    if (settings().count && trips_.sent_count() >= *settings().count) return conclude();
    due_ = std::max(due_ + settings().interval, Clock::now());
    pause_->expires_at(due_);
    pause_->async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled && !over()) ping();
    });
  }

  bool print_pong(const Result<Duration>& pong) {
    switch (settings().output) {
      case OutputForm::pretty:
        return print(redactor_(ping_line(trips_.sent_count(), pong)));
      case OutputForm::ndjson:
        return print(render_value(redactor_.json(ping_object(trips_.sent_count(), pong)), render()));
      case OutputForm::json:
        break;
    }
    return true;
  }

  void conclude() {
    const Duration took = Clock::now() - began_;
    if (settings().output == OutputForm::pretty && !print(redactor_(ping_summary(url_, trips_, took)))) return;
    if (settings().output == OutputForm::json && !print(render_value(ping_summary_object(url_, trips_, took), render())))
      return;
    pause_.reset();
    finish(trips_.answered_count() > 0 ? ExitCode::ok : ExitCode::timeout);
  }

  std::string url_;
  RoundTrips trips_;
  Clock::time_point began_;
  Clock::time_point due_;
  std::optional<boost::asio::steady_timer> pause_;
};

}  // namespace

ExitCode ws_ping(Process& process, const Settings& settings) {
  return call_agent<WsPing>(process, settings);
}

}  // namespace procedura::cli
