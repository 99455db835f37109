#pragma once

#include <procedura/error.hpp>
#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/request.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura {

/// One request, from its submission to its end, as the event log has it. Of arguments and results it has how many and how big,
/// and nothing of what they say; of texts that an agent made, a line, without our secrets and arguments in it (AUT-7).
struct RequestRecord {
  std::chrono::system_clock::time_point at;    ///< of the submission
  std::string id = {};                         ///< on the wire; empty if it was never sent
  std::string module = {};                     ///< its name
  protocol::Mode mode = protocol::Mode::sync;  ///< `sync`: a run, `async`: a stream
  std::string origin = {};                     ///< `ws://host:port`
  std::optional<std::string> job_id = {};      ///< what the agent called the job, if it did
  std::size_t args = 0;                        ///< how many
  std::size_t request_bytes = 0;               ///< of the message that was sent; 0 if none was
  std::size_t response_bytes = 0;              ///< of all frames that came; a secret in an error counts as `<redacted>`
  std::size_t frames = 0;                      ///< that came
  std::optional<protocol::Duration> ack = {};  ///< from the submission to the first frame
  protocol::Duration end{};                    ///< from the submission to the end
  errc code = errc::ok;                        ///< how it ended
  std::string error_code = {};                 ///< of the error object; empty when `code` is ok
  std::string error_message = {};              ///< ditto
};

/// For `Options::on_request_end`. Called on the agent's own strand, once for each run, stream and attempt of a login, also for
/// one that could not be sent: return soon, do not throw. What the agent asks on its own account (`__keepalive`) is no request.
/// Requests that end because an `AsyncAgent` is destroyed are told of too, soon after: keep alive what it uses.
using RequestObserver = std::function<void(const RequestRecord&)>;

/// One line of client/schema/event.schema.json, with its end: `{"at":"2026-01-31T12:00:00.123Z","id":"d33308ee",...}`. Texts
/// are escaped for a terminal and cut to a line's length: a record has less than 16 KiB.
std::string to_ndjson(const RequestRecord& record);

namespace detail {
class AppendedFile;
}

/// A file that any number of processes append records to at once. Each record is a line, written whole or not at all; what a
/// process that was killed within a write left of a line is cut off before the next one. Mode 0600 when it is made. For local
/// file systems. Thread-safe.
class EventLog {
 public:
  /// Fails with `invalid_request` and a message that names `path` if it is no regular file or cannot be opened.
  static Result<std::shared_ptr<EventLog>> open(const std::string& path);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Fails likewise when the record could not be written whole: the disk is full, or another process holds the file's lock for
  /// two seconds. Nothing of it is in the file then.
  Result<void> write(const RequestRecord& record);
  /// For `Options::on_request_end`. The first record that cannot be written is told to `complain`, with a line for people.
  /// Keeps the log alive.
  static RequestObserver observer(std::shared_ptr<EventLog> log, std::function<void(std::string_view)> complain);

 private:
  explicit EventLog(std::unique_ptr<detail::AppendedFile> file) noexcept;
  std::unique_ptr<detail::AppendedFile> file_;
};

}  // namespace procedura
