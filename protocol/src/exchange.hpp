#pragma once

#include <procedura/protocol/client_session.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::protocol {

/// One request and what has come of it.
struct Exchange {
  std::string id;
  std::string cmd;  ///< for messages to people
  std::optional<std::string> job_id;
  Mode mode = Mode::sync;
  Deadlines deadlines;
  std::string unsent;  ///< the request's frame while the connection is not open
  TimePoint submitted;
  TimePoint last;                     ///< of the last frame; before the first one, when the request left
  std::optional<TimePoint> queued{};  ///< its earliest entry in the deadline queue
  bool queues = false;                ///< it waits for the connection to open
  bool sent = false;
  bool heard = false;  ///< a frame has come for it
  bool begun = false;  ///< an ack or a started has come for it
};

/// The next moment at which an exchange is over unless something comes, and with what.
struct Due {
  TimePoint at;
  errc code;
};
std::optional<Due> next_due(const Exchange& exchange);

/// The end of an exchange by an error of our own: a terminal frame in the agent's shape.
Outcome local_failure(const Exchange& exchange, errc code, std::string_view message, std::uint16_t close_code = 0);

/// What a deadline that is over means to a person. `hint` is the last untargeted error of the agent, if one came since.
std::string expiry_message(const Exchange& exchange, errc code, std::string_view hint);

}  // namespace procedura::protocol
