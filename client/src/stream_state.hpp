#pragma once

#include "completer.hpp"
#include "connection.hpp"

#include <procedura/async_agent.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace procedura::detail {

/// What a `Stream` and its exchange share: the events that wait for the consumer, and how it ended. On the agent's strand, but
/// for what is said to be thread-safe.
class StreamState final : public ExchangeSink, public std::enable_shared_from_this<StreamState> {
 public:
  /// Makes the handle that the user gets; the core lends its right to do so.
  using MakeStream = Stream (*)(std::shared_ptr<StreamState>);

  StreamState(boost::asio::any_io_executor executor, boost::asio::any_io_executor strand, Completer<Stream> begun,
              MakeStream make)
      : executor_{std::move(executor)}, strand_{std::move(strand)}, begun_{std::move(begun)}, make_{make} {}

  const boost::asio::any_io_executor& executor() const { return executor_; }
  const boost::asio::any_io_executor& strand() const { return strand_; }
  Completer<Stream>& completer() { return begun_; }
  void started(const std::shared_ptr<Connection>& connection, Connection::Key key);
  bool over() const { return ended_.has_value(); }

  /// Each wait has a number, so that a signal that comes too late cancels no later one. Thread-safe.
  std::uint64_t number_wait() { return waits_.fetch_add(1) + 1; }
  void next(Completer<Event> waiter, std::uint64_t number);
  void cancel_wait(std::uint64_t number);
  /// Gives the stream up unless it has begun.
  void cancel_start();
  void cancel();
  /// The consumer is gone: nobody will take what waits.
  void abandon();

  // Thread-safe.
  std::optional<Failure> failure() const;
  std::optional<std::string> job_id() const;

  bool on_event(Event event) override;
  void on_finish(Result<RunResult> result) override;
  void forget() override;

 private:
  void learn_job(const std::optional<std::string>& job_id);
  void take(Event event);
  void serve();

  boost::asio::any_io_executor executor_;
  boost::asio::any_io_executor strand_;
  Completer<Stream> begun_;
  MakeStream make_;
  std::weak_ptr<Connection> connection_;
  Connection::Key key_ = 0;
  std::deque<Event> events_;
  Held held_;
  Completer<Event> waiter_;
  std::uint64_t waiting_ = 0;  // the number of `waiter_`
  std::atomic<std::uint64_t> waits_{0};
  std::optional<Failure> ended_;  // what the consumer is told when `events_` is empty

  mutable std::mutex mutex_;  // guards what follows
  std::optional<Failure> failure_;
  std::optional<std::string> job_id_;
};

}  // namespace procedura::detail
