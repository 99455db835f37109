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

/// One request, from its submission to its end, as the event log has it. Arguments and results are not in it, but their sizes.
struct RequestRecord {
  std::chrono::system_clock::time_point at;  ///< of the submission
  std::string id;                            ///< on the wire; empty if it was never sent
  std::string module;
  protocol::Mode mode = protocol::Mode::sync;
  std::string origin;  ///< `ws://host:port`
  std::optional<std::string> job_id = {};
  std::size_t args = 0;                        ///< how many
  std::size_t request_bytes = 0;               ///< of the frame that was sent
  std::size_t response_bytes = 0;              ///< of all frames that came
  std::size_t frames = 0;                      ///< that came
  std::optional<protocol::Duration> ack = {};  ///< from the submission to the first frame
  protocol::Duration end{};                    ///< from the submission to the end
  errc code = errc::ok;
  std::string error_code = {};     ///< of the error object; empty when `code` is ok
  std::string error_message = {};  ///< redacted (AUT-7)
};

/// On the agent's own strand, once per request: return soon, do not throw.
using RequestObserver = std::function<void(const RequestRecord&)>;

/// `{"at":"2026-01-31T12:00:00.123Z","id":...}`, one line with its end.
std::string to_ndjson(const RequestRecord& record);

/// A file that any number of processes append records to at once: each record is one line, written by one `write`, and none is
/// torn or lost. Mode 0600 when it is made. Thread-safe.
class EventLog {
 public:
  /// Fails with `token_store`-like messages under `errc::invalid_request`: the file cannot be opened for appending.
  static Result<std::shared_ptr<EventLog>> open(const std::string& path);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Fails when the record could not be written whole: the disk is full, ...
  Result<void> write(const RequestRecord& record);
  /// For `Options::on_request_end`; what cannot be written is told to `complain`, once. Keeps the log alive.
  static RequestObserver observer(std::shared_ptr<EventLog> log, std::function<void(std::string_view)> complain);

 private:
  explicit EventLog(int descriptor) noexcept;
  int descriptor_;
};

}  // namespace procedura
