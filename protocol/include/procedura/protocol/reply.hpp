#pragma once

#include <procedura/protocol/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::protocol {

/// What a frame says of its request.
enum class Status : std::uint8_t { ack, started, running, finished, error, unknown };

std::string_view to_string(Status status) noexcept;  ///< "unknown" for a status that the protocol does not name
Status status_from(std::string_view name) noexcept;  ///< `unknown` for any other word
/// Nothing follows it (END-1).
constexpr bool is_terminal(Status status) noexcept {
  return status == Status::finished || status == Status::error;
}

/// Where a member's value stands in its frame's text. `size` 0: there is no such member.
struct Span {
  std::size_t offset = 0;  ///< in bytes
  std::size_t size = 0;    ///< in bytes
  /// There is such a member.
  bool present() const noexcept { return size != 0; }
  /// The raw JSON of the value, within the frame's text.
  std::string_view in(std::string_view text) const noexcept { return text.substr(offset, size); }
};

/// A reply as it came: its text, and from it only what frames are routed by.
struct Reply {
  std::string text;                   ///< the frame, as it came
  std::optional<std::string> id;      ///< of the request, if the frame bears it
  std::optional<std::string> job_id;  ///< what the agent calls the job, if the frame says so
  Status status = Status::unknown;    ///< what `status_span` stands for
  Span status_span;                   ///< of `status`
  Span result_span;                   ///< of `result`
  Span message_span;                  ///< of `message`
  Span code_span;                     ///< of `code`

  /// The raw JSON of `result`; empty if there is none.
  std::string_view result() const noexcept { return result_span.in(text); }
  /// The decoded `message` of an error; empty if there is none or it is no string.
  std::string message() const;
  /// The decoded `code` of an error; empty if there is none or it is no string.
  std::string code() const;
};

/// What a message from an agent turned out to be.
struct DecodedReply {
  /// Why a message is no reply.
  enum class Fault : std::uint8_t {
    none,        ///< it is one
    not_json,    ///< counted and ignored (CON-4)
    not_object,  ///< counted and ignored (CON-4)
    too_deep,    ///< CON-9
    bad_member,  ///< JSON object with a wrongly typed or missing `id`, `job_id` or `status`
  };
  Reply reply;                ///< With a fault: `text`, and `id` if it could be read before the fault.
  Fault fault = Fault::none;  ///< `none`: `reply` is whole
  std::string what;           ///< for people: what is wrong and where; empty without a fault
};

/// Reads a reply and checks the text as a whole (CON-9). Where a member stands twice, the last one counts.
DecodedReply decode_reply(std::string text, const Limits& limits = {});

/// Which of the two ids a targeted frame bears (ASY-3).
struct Target {
  bool id = true;      ///< the request's
  bool job_id = true;  ///< the agent's name of the job
  friend bool operator==(const Target&, const Target&) noexcept = default;
};

/// The ids of one exchange. An empty `job_id` is left out of every frame.
struct Address {
  std::string_view id;      ///< the request's
  std::string_view job_id;  ///< may be empty
};

// The frames an agent sends, appended to `out` as JSON text. `members` is raw JSON of further members without braces
// (`"progress":0.5,"n":3`), possibly empty; `result` is raw JSON. Neither is checked here.

/// SYN-1; its default target is the `id` alone.
void append_ack(std::string& out, const Address& to, Target target = {true, false});
/// ASY-1.
void append_started(std::string& out, const Address& to, Target target = {});
/// SYN-3, ASY-1.
void append_running(std::string& out, const Address& to, Target target, std::string_view members);
/// The end of a request that went well.
void append_finished(std::string& out, const Address& to, Target target, std::string_view result);
/// ERR-1.
void append_error(std::string& out, const Address& to, Target target, std::string_view code, std::string_view message,
                  std::string_view members = {});
/// An error that belongs to no request (CON-4, REQ-7); `ref` names the id it speaks of, if any.
void append_untargeted_error(std::string& out, std::string_view code, std::string_view message, std::string_view ref = {});

}  // namespace procedura::protocol
