#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace procedura {
namespace asio = boost::asio;

/// Held by the streams too: what serves them lives as long as they do.
class RemoteAgent::Impl {
 public:
  explicit Impl(Options options) : agent{std::in_place, context->get_executor(), std::move(options)} {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// A connection that is open is closed within its deadline; then the thread has nothing more to do.
  ~Impl() {
    agent.reset();
    work.reset();
    if (on_own_thread()) {
      thread.detach();  // the last stream was let go of in a callback; the thread holds the context
    } else {
      thread.join();
    }
  }

  bool on_own_thread() const { return std::this_thread::get_id() == thread.get_id(); }

  /// Waits for what the thread will say.
  template <class T>
  Result<T> wait(std::future<Result<T>> answer) const {
    try {
      return answer.get();
    } catch (const std::future_error&) {  // the operation is gone, and the answer with it
      return Failure::of(errc::cancelled, "the agent was destroyed");
    }
  }

  void may_wait() const {
    if (on_own_thread()) {
      throw std::logic_error{"a RemoteAgent was called from one of its own callbacks: it would wait for itself for ever"};
    }
  }

 private:
  std::shared_ptr<asio::io_context> context = std::make_shared<asio::io_context>(1);
  asio::executor_work_guard<asio::io_context::executor_type> work{context->get_executor()};

 public:
  std::optional<AsyncAgent> agent;

 private:
  std::thread thread{[kept = context] { kept->run(); }};
};

class RemoteAgent::Events : public EventSource {
 public:
  Events(std::shared_ptr<Impl> impl, Stream stream) : impl_{std::move(impl)}, stream_{std::move(stream)} {}

  std::optional<Event> next() override {
    impl_->may_wait();
    auto event = impl_->wait(stream_.async_next(asio::use_future));
    if (event) return *std::move(event);
    if (event.error().code == errc::end_of_stream) return std::nullopt;
    throw Error{event.error()};
  }

 private:
  std::shared_ptr<Impl> impl_;  // outlives the stream
  Stream stream_;
};

namespace {

Options checked(Options options) {
  Endpoint::parse(options.url).value();
  return options;
}

}  // namespace

RemoteAgent::RemoteAgent(std::string_view url) : RemoteAgent{Options::for_user(url)} {}

RemoteAgent::RemoteAgent(Options options) : impl_{std::make_shared<Impl>(checked(std::move(options)))} {}

// Streams may outlive it; they need the thread, and no agent.
RemoteAgent::~RemoteAgent() {
  const AsyncAgent gone{std::move(*impl_->agent)};
}

void RemoteAgent::connect() {
  impl_->may_wait();
  impl_->wait(impl_->agent->async_connect(asio::use_future)).value();
}

Duration RemoteAgent::ping(Duration limit) {
  impl_->may_wait();
  return impl_->wait(impl_->agent->async_ping(limit, asio::use_future)).value();
}

ConnectionStatus RemoteAgent::status() {
  impl_->may_wait();
  return impl_->wait(impl_->agent->async_status(asio::use_future)).value();
}

void RemoteAgent::on_connection(ConnectionListener listener) {
  impl_->agent->on_connection(std::move(listener));
}

void RemoteAgent::on_event(std::function<void(const Event&)> listener) {
  impl_->agent->on_event(std::move(listener));
}

RunResult RemoteAgent::do_run(const std::string& module, const std::vector<std::string>& args, const CallOptions& options) {
  impl_->may_wait();
  return impl_->wait(impl_->agent->async_run(module, args, options, asio::use_future)).value();
}

EventStream RemoteAgent::do_stream(const std::string& module, const std::vector<std::string>& args,
                                   const CallOptions& options) {
  impl_->may_wait();
  auto stream = impl_->wait(impl_->agent->async_stream(module, args, options, asio::use_future));
  return EventStream{std::make_unique<Events>(impl_, std::move(stream).value())};
}

LoginResult RemoteAgent::do_login(const std::string& credential, const LoginOptions& options) {
  impl_->may_wait();
  return impl_->wait(impl_->agent->async_login(credential, options, asio::use_future)).value();
}

}  // namespace procedura
