#pragma once

#include "scenario/delay.hpp"

#include <cstdint>
#include <optional>
#include <variant>

/// What a mock can do wrong on purpose. A fault in a reply fires when its instance comes to it; one of the scenario's `faults`
/// when a connection is let in. Every fault that fires is in the journal.
namespace procedura::mock {

namespace fault {

// --- the connection, at once
struct Reset {};  ///< TCP RST
struct Drop {};   ///< TCP FIN without a Close frame
/// A Close frame with this code, also one that no endpoint may send (1005, 1006, 0, 65535). Nothing: an empty Close frame.
struct CloseCode {
  std::optional<std::uint16_t> code;
};
/// Something that RFC 6455 forbids, written below the WebSocket layer.
struct Illegal {
  enum class Kind : std::uint8_t {
    reserved_opcode,     ///< opcode 3
    reserved_bits,       ///< RSV1 without an extension
    masked,              ///< a server's frame with the mask bit
    oversize_length,     ///< a 64-bit length with its top bit set
    bad_utf8,            ///< a text message that is no UTF-8
    fragmented_control,  ///< a ping without FIN
    long_control,        ///< a ping of more than 125 bytes
    lone_continuation,   ///< a continuation of nothing
  } kind = Kind::reserved_opcode;
};

// --- the connection, from now on
struct HalfOpen {};  ///< stays open; nothing more is read or sent
struct NoPong {};    ///< pings are not answered
struct NoClose {};   ///< a Close is not answered
/// No more than so many bytes leave in a second; 0: no limit any more.
struct Bandwidth {
  std::uint64_t bytes_per_second = 0;
};
/// Everything that leaves is held back for so long, in order. Scaled by `--time-scale`.
struct Latency {
  Delay delay;
};

// --- the next frames of this instance
/// In WebSocket fragments of at most so many bytes.
struct Fragment {
  std::uint64_t bytes = 1;
};
/// Byte by byte, with a pause between them.
struct Dribble {
  Duration pause{};
};
struct Truncate {};    ///< half of its JSON
struct WrongId {};     ///< an `id` that nobody has asked with
struct UnknownJob {};  ///< a `job_id` that was never told
/// Sent so many times in all.
struct Duplicate {
  std::uint64_t times = 2;
};
struct Omit {};  ///< not sent
/// The next so many frames wait for each other and leave in one write.
struct Coalesce {
  std::uint64_t frames = 2;
};

// --- one more frame of this exchange, at once, though it may be over
struct Extra {
  enum class Kind : std::uint8_t { ack, started, running, finished, error } kind = Kind::running;
};

// --- the upgrade; in the scenario's `faults` only
struct StallUpgrade {};  ///< never answered
struct DropUpgrade {};   ///< the connection ends without an answer

}  // namespace fault

using Fault = std::variant<fault::Reset, fault::Drop, fault::CloseCode, fault::Illegal, fault::HalfOpen, fault::NoPong,
                           fault::NoClose, fault::Bandwidth, fault::Latency, fault::Fragment, fault::Dribble, fault::Truncate,
                           fault::WrongId, fault::UnknownJob, fault::Duplicate, fault::Omit, fault::Coalesce, fault::Extra,
                           fault::StallUpgrade, fault::DropUpgrade>;

/// As in a scenario file: `reset`, `no-pong`, `illegal`. For messages and the journal.
const char* name_of(const Fault& fault) noexcept;

/// One rule of authentication that the agent breaks (`auth.break`), by the clause that it breaks.
struct AuthBreaks {
  bool ttl_ignored = false;            ///< `ttl`: sessions never expire (LOG-4)
  bool ttl_unchecked = false;          ///< `ttl-range`: any `--ttl` is taken (LOG-4)
  bool device_ignored = false;         ///< `device`: one session per user, whatever the device (LOG-3)
  bool bearer_first = false;           ///< `bearer-first`: where both are sent and differ, Bearer decides (AUT-2a)
  bool users_told_apart = false;       ///< `unknown-user`: an unknown user gets another error than a wrong password (LOG-6)
  bool any_token = false;              ///< `any-token`: any token at all is a session (AUT-6)
  bool query_token = false;            ///< `query-token`: `?token=` in the URL counts (AUT-7)
  bool login_needs_reconnect = false;  ///< `login-connection`: the connection of the login stays anonymous (LOG-7)
  bool one_token = false;              ///< `one-token`: logins without a device share a token (LOG-3)
};

/// The whole agent stands still for `length` at the end of every `every`.
struct Stall {
  Duration every{};
  Duration length{};
};

}  // namespace procedura::mock
