#include "call_agent.hpp"
#include "duration_text.hpp"

#include <boost/asio/post.hpp>

namespace procedura::cli {
namespace {

using Clock = std::chrono::steady_clock;

class WsListen final : public AgentCommand {
 public:
  WsListen(Process& process, const Settings& settings) : AgentCommand{process, settings, StatusLine::Kind::listen, {}} {}

 private:
  void attempt() override {
    // Posted: what is told on the agent's strand may end the agent.
    agent().on_event(
        [this](const Event& event) { boost::asio::post(agent().get_executor(), [this, event] { heard(event); }); });
    agent().on_connection(
        [this](const ConnectionEvent& event) { boost::asio::post(agent().get_executor(), [this, event] { changed(event); }); });
    agent().async_connect([this](const Result<void>& connected) {
      if (!connected) return retry_or_fail(connected.error());
      listening_ = true;
      watch_reader();
    });
  }

  void on_interrupt() override {
    if (!listening_) return AgentCommand::on_interrupt();
    finish(ExitCode::ok);
  }

  bool ends_with_its_reader() const override { return true; }

  void wind_up() override { reader_watch_.reset(); }

  void heard(const Event& event) {
    if (over()) return;
    if (!print(render_event(redactor_.json(event.text()), event.phase(), render()))) return;
    status_.frame(Clock::now(), event.text());
    if (settings().count && ++heard_ >= *settings().count) return finish(ExitCode::ok);
    draw_soon();
  }

  void changed(const ConnectionEvent& event) {
    if (over()) return;
    switch (event.kind) {
      case ConnectionEvent::Kind::connected:
        status_.connected();
        if (lost_) tell_of("connected again");
        lost_ = false;
        break;
      case ConnectionEvent::Kind::lost:
        if (!settings().reconnect) return fail(*event.failure);
        lost_ = true;
        status_.lost(Clock::now());
        tell_of(describe(*event.failure));
        break;
      case ConnectionEvent::Kind::retrying:
        tell_of("connecting again in " + milliseconds(event.delay) + " ms (attempt " + std::to_string(event.attempt) + ")");
        break;
      case ConnectionEvent::Kind::gave_up:
        return fail(*event.failure);
      case ConnectionEvent::Kind::closed:
        break;
    }
  }

  void tell_of(const std::string& change) {
    if (says_much()) say(redactor_(change));
  }

  // A pipe whose reader went away says so at the next write; without events there may never be one.
  void watch_reader() {
    if (!reader_watch_) reader_watch_.emplace(agent().get_executor());
    reader_watch_->expires_after(std::chrono::seconds{1});
    reader_watch_->async_wait([this](boost::system::error_code cancelled) {
      if (cancelled || over()) return;
      if (process().out.reader_gone()) return finish(ExitCode::ok);
      watch_reader();
    });
  }

  bool listening_ = false;
  bool lost_ = false;
  std::uint64_t heard_ = 0;
  std::optional<boost::asio::steady_timer> reader_watch_;
};

}  // namespace

ExitCode ws_listen(Process& process, const Settings& settings) {
  return call_agent<WsListen>(process, settings);
}

}  // namespace procedura::cli
