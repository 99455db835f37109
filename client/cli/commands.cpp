#include "commands.hpp"

#include "call_agent.hpp"
#include "report.hpp"

#include <utility>

namespace procedura::cli {
namespace {

using Clock = std::chrono::steady_clock;

// What `login` does not show, a call of its module does not show either.
constexpr std::string_view login_module = "login_password";

void add_credentials(protocol::Redactor& redactor, const CommandLine& line) {
  if (line.module == login_module)
    for (const std::string& argument : line.module_args) redactor.add_credential(argument);
}

std::string shown(const protocol::Redactor& redactor, const CommandLine& line, std::string_view reply) {
  return line.module == login_module ? redactor.json(protocol::redact_frame(reply)) : std::string{reply};
}

class Run final : public AgentCommand {
 public:
  Run(Process& process, const Settings& settings, const CommandLine& line)
      : AgentCommand{process, settings, StatusLine::Kind::run, line.module}, line_{line} {
    intends(line, protocol::Mode::sync);
    add_credentials(redactor_, line);
  }

 private:
  void attempt() override {
    agent().async_connect([this](const Result<void>& connected) {
      if (!connected) return retry_or_fail(connected.error());
      status_.connected();
      call();
    });
  }

  void call() {
    submitted();
    CallOptions options;
    options.on_update = [this](const Event& event) { status_.frame(Clock::now(), event.text()); };
    agent().async_run(line_.module, line_.module_args, std::move(options), [this](Result<RunResult> result) {
      if (!result) return fail(result.error());
      if (!print(render_value(shown(redactor_, line_, result->text()), render()))) return;
      if (line_.module == login_module && !settings().quiet)
        say("hint: `procedura login` asks for the credential, and saves the token");
      if (line_.module == "worldstate_snapshot" && is_empty_world(result->text()))
        say("warning: EMPTY_WORLD: `entities` is empty: the agent's world is not initialised yet");
      finish(ExitCode::ok);
    });
  }

  const CommandLine& line_;
};

class StreamEvents final : public AgentCommand {
 public:
  StreamEvents(Process& process, const Settings& settings, const CommandLine& line)
      : AgentCommand{process, settings, StatusLine::Kind::stream, line.module}, line_{line} {
    intends(line, protocol::Mode::async);
    add_credentials(redactor_, line);
  }

 private:
  void attempt() override {
    agent().async_connect([this](const Result<void>& connected) {
      if (!connected) return retry_or_fail(connected.error());
      status_.connected();
      begin();
    });
  }

  std::optional<std::string> live_job() const override { return stream_ ? stream_->job_id() : std::nullopt; }

  void begin() {
    submitted();
    agent().async_stream(line_.module, line_.module_args, [this](Result<Stream> stream) {
      if (!stream) return fail(stream.error());
      stream_.emplace(std::move(*stream));
      next();
    });
  }

  void next() {
    stream_->async_next([this](Result<Event> event) {
      if (!event) return fail(event.error());
      if (!print(render_event(shown(redactor_, line_, event->text()), event->phase(), render()))) return;
      if (protocol::is_terminal(event->status())) return finish(ExitCode::ok);
      status_.frame(Clock::now(), event->text());
      draw_soon();
      next();
    });
  }

  const CommandLine& line_;
  std::optional<Stream> stream_;
};

class Login final : public AgentCommand {
 public:
  Login(Process& process, const Settings& settings, std::string credential)
      : AgentCommand{process, settings, StatusLine::Kind::login, {}}, credential_{std::move(credential)} {
    redactor_.add_credential(credential_);
  }

 private:
  void attempt() override {
    LoginOptions how;
    how.attach = settings().attach;
    how.device = settings().device;
    how.ttl = settings().ttl;
    agent().async_login(credential_, std::move(how), [this](Result<LoginResult> result) {
      if (!result) return retry_or_fail(result.error());
      if (print(render_value(shown(*result), render()))) conclude(*result);
    });
  }

  std::string shown(const LoginResult& login) {
    if (settings().show_token) return std::string{login.result.text()};
    redactor_.add(login.token);
    return redactor_.json(protocol::redact_frame(login.result.text()));
  }

  void conclude(const LoginResult& login) {
    if (!login.not_saved) return finish(ExitCode::ok);
    say(redactor_("logged in, but the token could not be saved: " + describe(*login.not_saved)));
    finish(ExitCode::failed);
  }

  std::string credential_;
};

}  // namespace

Result<void> adopt_named_file(Options& options, const Settings& settings) {
  if (!settings.token_file || settings.token_file->origin != Origin::flag || !options.store) return {};
  auto saved = options.store->load();
  if (!saved) return saved.error();
  if (!*saved) {
    const std::string path = protocol::printable(options.store->path().string());
    return Failure::of(errc::token_store, "there is no token in " + path + ": run `procedura --token-file " + path + " login`");
  }
  for (const std::string& warning : (*saved)->warnings) options.log(LogLevel::warning, protocol::printable(warning));
  options.token = (*saved)->token;
  return {};
}

Result<TokenStore> token_store(const Settings& settings, const Variables& variables) {
  Environment environment{std::nullopt, variables("HOME")};
  if (settings.token_file) environment.token_file = settings.token_file->text;
  return TokenStore::locate(environment);
}

ExitCode login(Process& process, const Settings& settings, const std::string& credential) {
  Login command{process, settings, credential};
  auto store = token_store(settings, process.variables);
  if (!store) return command.refuse(store.error());
  return command(agent_options(settings, *store, command.log(), process.variables));
}

ExitCode run_module(Process& process, const Settings& settings, const CommandLine& line) {
  return call_agent<Run>(process, settings, line);
}

ExitCode stream_module(Process& process, const Settings& settings, const CommandLine& line) {
  return call_agent<StreamEvents>(process, settings, line);
}

}  // namespace procedura::cli
