#pragma once

#include <procedura/error.hpp>
#include <procedura/event.hpp>
#include <procedura/options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace procedura {

namespace detail {
class AgentCore;
class StreamState;
template <class T>
using Completion = boost::asio::any_completion_handler<void(Result<T>)>;
}  // namespace detail

/// A module's own arguments: `{"--n", "4"}`, or a vector. Not a plain vector, because g++ 12 cannot compile a braced list of
/// its elements within a `co_await`.
class Args {
 public:
  Args() = default;
  /// A list, as it is.
  Args(std::vector<std::string> list) : list_{std::move(list)} {}  // NOLINT(google-explicit-constructor): stands for it
  /// Each of them by itself; also what braces make: `{"--n", "4"}`.
  template <class... Text>
  requires(sizeof...(Text) > 0 && (std::convertible_to<Text, std::string> && ...))
      Args(Text&&... each) {  // NOLINT(google-explicit-constructor): stands for a braced list
    list_.reserve(sizeof...(each));
    (list_.emplace_back(std::forward<Text>(each)), ...);
  }

  /// Moves the list out.
  std::vector<std::string> take() && { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

// What async_initiate is given is moved on to where it stays; clang-tidy does not follow it through the handler's type.
// NOLINTBEGIN(performance-unnecessary-value-param)

/// The events of one async request. Move-only; `async_next` must not be called while one is outstanding. Destroying it abandons
/// the stream: the job may still run, its further frames are dropped.
class Stream {
 public:
  /// The next event: `started`, any number of `running`, `finished`. Afterwards `end_of_stream`; when the stream failed, with
  /// an `error` frame or otherwise, that failure. So a loop `while (auto event = co_await stream.async_next(use_awaitable))`
  /// ends either way, and `failure()` tells which. Cancellation (terminal or partial) cancels the wait and keeps the stream.
  template <class CompletionToken>
  auto async_next(CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<Event>)>(
        [](auto handler, std::shared_ptr<detail::StreamState> state) { next(std::move(state), std::move(handler)); }, token,
        state_);
  }

  /// How the stream failed; nothing while it runs, and after a good end. Thread-safe.
  std::optional<Failure> failure() const;
  /// What the agent called the job, if it did so yet. Thread-safe.
  std::optional<std::string> job_id() const;
  /// Gives the stream up: it ends with `cancelled`. Thread-safe.
  void cancel();

  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

 private:
  friend class detail::AgentCore;
  explicit Stream(std::shared_ptr<detail::StreamState> state);
  static void next(std::shared_ptr<detail::StreamState> state, detail::Completion<Event> handler);
  std::shared_ptr<detail::StreamState> state_;
};

/// An agent, in your event loop: completion tokens, cancellation slots, any number of calls at once on one connection (CON-7).
///
/// Connects on first use; calls made meanwhile wait for it. After a lost connection the next call connects anew; a request that
/// was sent is never sent again. Thread-safe: calls may come from any thread. Inside, one strand of `executor` per agent;
/// completion handlers run on their associated executor, else on `executor`, never inside that strand. An open connection, or
/// one that will be made again, keeps its io_context running: destroy or `close` the agent to let `run()` return. Destroying it
/// with work in flight ends that work with `cancelled`.
///
/// What a handler or a listener throws leaves through the executor (`io_context::run`), and harms no other request. Agents and
/// streams must not outlive their execution context, unless coroutines or handlers within it own them; cancellation signals
/// may.
///
/// Failures are values, and `value()` throws them as `Error`. A call that is cancelled (any cancellation type) ends with
/// `cancelled`: a request that was sent may still run.
class AsyncAgent {
 public:
  /// Opens nothing yet. `executor`: of an io_context or a pool that outlives the agent's work.
  explicit AsyncAgent(boost::asio::any_io_executor executor, Options options = {});
  ~AsyncAgent();
  AsyncAgent(AsyncAgent&&) noexcept;
  AsyncAgent& operator=(AsyncAgent&&) noexcept;

  /// Runs a module and waits for its result: `void(Result<RunResult>)`. An `error` frame is a `Failure` with `agent_error`.
  template <class CompletionToken>
  auto async_run(std::string module, Args args, CallOptions options, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<RunResult>)>(
        [](auto handler, std::shared_ptr<detail::AgentCore> core, std::string name, std::vector<std::string> list,
           CallOptions call) { run(*core, std::move(name), std::move(list), std::move(call), std::move(handler)); },
        token, core_, std::move(module), std::move(args).take(), std::move(options));
  }
  /// @overload
  template <class CompletionToken>
  auto async_run(std::string module, Args args, CompletionToken&& token) {
    return async_run(std::move(module), std::move(args), CallOptions{}, std::forward<CompletionToken>(token));
  }

  /// Starts a long-running module: `void(Result<Stream>)`, when its first frame has come.
  template <class CompletionToken>
  auto async_stream(std::string module, Args args, CallOptions options, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<Stream>)>(
        [](auto handler, std::shared_ptr<detail::AgentCore> core, std::string name, std::vector<std::string> list,
           CallOptions call) { stream(*core, std::move(name), std::move(list), std::move(call), std::move(handler)); },
        token, core_, std::move(module), std::move(args).take(), std::move(options));
  }
  /// @overload
  template <class CompletionToken>
  auto async_stream(std::string module, Args args, CompletionToken&& token) {
    return async_stream(std::move(module), std::move(args), CallOptions{}, std::forward<CompletionToken>(token));
  }

  /// Logs in on a connection of its own, without the saved token (LOG-8), adopts the new token for later connections and saves
  /// it. That connection then bears the identity (LOG-7) and serves the calls that follow; calls in flight end on the old one.
  /// With the automatic args style a refused attempt is made once more in the other style (REQ-4).
  template <class CompletionToken>
  auto async_login(std::string credential, LoginOptions options, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<LoginResult>)>(
        [](auto handler, std::shared_ptr<detail::AgentCore> core, std::string secret, LoginOptions how) {
          login(*core, std::move(secret), std::move(how), std::move(handler));
        },
        token, core_, std::move(credential), std::move(options));
  }

  /// Connects now, if there is no connection: `void(Result<void>)`. Only to find out early, or to listen.
  template <class CompletionToken>
  auto async_connect(CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<void>)>(
        [](auto handler, std::shared_ptr<detail::AgentCore> core) { connect(*core, std::move(handler)); }, token, core_);
  }

  /// Sends a WebSocket ping and waits for its pong: `void(Result<Duration>)`, the round-trip time. Connects if need be. Fails
  /// with `ack_timeout` when no pong came within `limit`.
  template <class CompletionToken>
  auto async_ping(Duration limit, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<Duration>)>(
        [](auto handler, std::shared_ptr<detail::AgentCore> core, Duration most) { ping(*core, most, std::move(handler)); },
        token, core_, limit);
  }

  /// How the connection is now: `void(Result<ConnectionStatus>)`. Never connects.
  template <class CompletionToken>
  auto async_status(CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(Result<ConnectionStatus>)>(
        [](auto handler, std::shared_ptr<detail::AgentCore> core) { status(*core, std::move(handler)); }, token, core_);
  }

  /// Sets who is told of the connection: made, lost, about to be made again, ... On the agent's strand, while the agent lives.
  void on_connection(ConnectionListener listener);

  /// Sets who gets the events that belong to no request of ours; called on the agent's strand.
  void on_event(std::function<void(const Event&)> listener);

  /// Ends all work with `cancelled` and the connection with 1000 (CON-10). The agent can be used again.
  void close();

  /// The one that it was given.
  boost::asio::any_io_executor get_executor() const;

 private:
  static void run(detail::AgentCore&, std::string, std::vector<std::string>, CallOptions, detail::Completion<RunResult>);
  static void stream(detail::AgentCore&, std::string, std::vector<std::string>, CallOptions, detail::Completion<Stream>);
  static void login(detail::AgentCore&, std::string, LoginOptions, detail::Completion<LoginResult>);
  static void connect(detail::AgentCore&, detail::Completion<void>);
  static void ping(detail::AgentCore&, Duration, detail::Completion<Duration>);
  static void status(detail::AgentCore&, detail::Completion<ConnectionStatus>);
  std::shared_ptr<detail::AgentCore> core_;
};

// NOLINTEND(performance-unnecessary-value-param)

}  // namespace procedura
