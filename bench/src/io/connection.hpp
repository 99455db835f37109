#pragma once

#include "load/load.hpp"
#include "measure/run_result.hpp"

#include <procedura/protocol/client_session.hpp>
#include <procedura/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace procedura::bench {

using protocol::TimePoint;

/// What happens to the jobs of a connection, with the time at which the socket knew: `sent` when the request was handed to it
/// (what then waits, waits for a connection that is not open yet, or for an agent that does not read), the others when the
/// message was there. None of these may destroy the connection.
class ConnectionEvents {
 public:
  virtual void opened(std::size_t connection, const HandshakeInfo& info) = 0;
  /// `id`: of its request (REQ-2).
  virtual void sent(JobSlot job, std::string_view id, TimePoint at) = 0;
  virtual void frame(JobSlot job, protocol::Status status, TimePoint at) = 0;
  virtual void finished(JobSlot job, TimePoint at) = 0;
  virtual void failed(JobSlot job, std::string_view code, TimePoint at) = 0;
  /// Its jobs were told `failed` before. Comes once, also when it never opened.
  virtual void ended(std::size_t connection, const TransportEnd& end) = 0;

 protected:
  ~ConnectionEvents() = default;
};

/// A transport and the session on it, joined: jobs go in, what becomes of them comes out. Decides nothing. One executor.
class Connection final : private TransportHandler {
 public:
  /// `events` outlives it.
  Connection(boost::asio::any_io_executor executor, std::size_t number, ConnectionEvents& events);

  void open(const TransportOptions& options);
  /// Before it is open, the request waits for that.
  void begin(JobSlot job, protocol::Submission submission);
  /// Asks the agent something beside the jobs: a built-in command. `then` gets the result as JSON; nothing: it failed, or was
  /// given up. One question at a time.
  void ask(std::string cmd, std::function<void(std::optional<std::string>)> then);
  void give_up_asking();
  void close() { transport_.close(); }
  bool over() const noexcept { return over_; }
  const Traffic& traffic() const noexcept { return traffic_; }

 private:
  void on_open(HandshakeInfo info) override;
  void on_text(std::string message) override;
  void on_binary(std::string message) override;
  void on_end(TransportEnd end) override;

  void carry_out(TimePoint now);
  void end(protocol::ExchangeKey key, const protocol::Outcome& outcome, TimePoint now);

  std::size_t number_;
  ConnectionEvents& events_;
  Transport transport_;
  protocol::ClientSession session_;
  protocol::ClientActions actions_;  // kept, so that its memory is used again
  std::unordered_map<protocol::ExchangeKey, JobSlot> jobs_;
  std::optional<protocol::ExchangeKey> asked_;
  std::function<void(std::optional<std::string>)> then_;
  Traffic traffic_;
  bool over_ = false;
};

}  // namespace procedura::bench
