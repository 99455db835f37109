#pragma once

#include <procedura/protocol/reply.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace procedura {

/// One frame from an agent. It keeps its text: member order and the digits of every number are the agent's own. Views point
/// into the event and live as long as it.
class Event {
 public:
  /// `reply`: as `protocol::decode_reply` made it.
  explicit Event(protocol::Reply reply) : reply_{std::move(reply)} {}

  /// `unknown` for a word that the protocol does not know; see `phase`.
  protocol::Status status() const noexcept { return reply_.status; }
  /// The raw word of `status`: "started", "running", "finished", ...; also for one that the protocol does not know.
  std::string phase() const;
  /// Of the request, if the frame bears it.
  const std::optional<std::string>& id() const noexcept { return reply_.id; }
  /// What the agent calls the job, if the frame says so.
  const std::optional<std::string>& job_id() const noexcept { return reply_.job_id; }
  /// The frame, as it came.
  const std::string& text() const noexcept { return reply_.text; }
  /// The raw JSON of `result`; "null" when a `finished` came without one, empty on other frames without one.
  std::string_view result() const noexcept;
  /// Of an `error` frame, decoded, untrusted text; else empty.
  std::string message() const { return reply_.message(); }
  /// Of an `error` frame, decoded; else empty.
  std::string code() const { return reply_.code(); }
  /// Parses the whole frame, anew each time. Include <nlohmann/json.hpp> to use it. Throws `Error` with `protocol_error` when a
  /// number in it is beyond every double: `text` has it.
  nlohmann::ordered_json json() const;
  /// The frame and where its members stand.
  const protocol::Reply& reply() const noexcept { return reply_; }

 private:
  protocol::Reply reply_;
};

/// What a sync request came to.
class RunResult {
 public:
  /// Of the `finished` frame.
  explicit RunResult(Event final, std::optional<std::string> job_id = {})
      : final_{std::move(final)}, job_id_{std::move(job_id)} {}

  /// The raw JSON of the result, as the agent wrote it.
  std::string_view text() const noexcept { return final_.result(); }
  /// Parses the result, anew each time; see `Event::json`.
  nlohmann::ordered_json json() const;
  /// The whole `finished` frame.
  const Event& event() const noexcept { return final_; }
  /// What the agent called the job, if it did.
  const std::optional<std::string>& job_id() const noexcept { return job_id_; }

 private:
  Event final_;
  std::optional<std::string> job_id_;
};

}  // namespace procedura
