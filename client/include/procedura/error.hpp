#pragma once

#include <procedura/protocol/client_session.hpp>
#include <procedura/protocol/errc.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace procedura {

/// An expected failure, as a value. Text that came from a peer is kept as it came: show it through `protocol::printable`.
struct Failure {
  errc code = errc::ok;    ///< what kind of failure
  std::string message;     ///< for people, one line, without the code; the agent's own words for `agent_error`
  std::string agent_code;  ///< `code` of the error frame, ours or the agent's: "AUTH_FAILED", "ACK_TIMEOUT"; may be empty
  std::string frame;  ///< the error object: the agent's frame as it came, our own token and credential redacted in it (AUT-7),
                      ///< or the one made for it here; may be empty
  std::optional<std::string> job_id;  ///< of the job, which may still run unless `code` is `agent_error`
  std::uint16_t close_code = 0;       ///< of the peer's Close frame; 0: none came
  unsigned http_status = 0;           ///< of a refused handshake; 0: none came

  /// One of our own.
  static Failure of(errc code, std::string message);
  /// From the end of an exchange whose `code` is not `ok`.
  static Failure from(protocol::Outcome outcome);
};

/// What the blocking API throws: the same failure. `what()` is "CODE: message", escaped for a terminal.
class Error : public std::runtime_error {
 public:
  /// `what()` is `describe(failure)`.
  explicit Error(Failure failure);
  /// All that is known.
  const Failure& failure() const noexcept { return failure_; }
  /// Its kind: `failure().code`.
  errc code() const noexcept { return failure_.code; }

 private:
  Failure failure_;
};

/// "CODE: message", escaped for a terminal; what people are shown of a failure.
std::string describe(const Failure& failure);

/// Makes `Result<T>::value()` throw `Error`.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

/// A value, or why there is none. `value()` throws `Error`.
template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace procedura
