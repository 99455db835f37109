#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace procedura::mock {

/// One event of a run, in the order in which the mock saw or made it.
struct JournalEntry {
  /// Which way a frame went.
  enum class Direction : std::uint8_t { in, out, note };  ///< of a frame; `note`: this is none, see `event`
  /// What an entry is of.
  enum class Event : std::uint8_t {
    frame,   ///< came or was sent, see `direction`
    opened,  ///< a connection was let in
    closed,  ///< a connection is over, see `code`
    fault,   ///< one of the scenario's or of chaos fired, see `fault`
    note,    ///< worth knowing
  };

  std::uint64_t seq = 0;                  ///< from 1, without gaps
  std::int64_t t_ns = 0;                  ///< nanoseconds since the mock started, monotonic
  std::uint64_t connection = 0;           ///< ordinal over the whole mock, from 1; 0: none
  Direction direction = Direction::note;  ///< of a frame
  std::string frame;                      ///< the frame, redacted (AUT-7); of what is no frame, words about it, perhaps none
  std::string stub;                       ///< that it belongs to; empty: none
  std::uint64_t instance = 0;   ///< the run of a stub that it belongs to: its ordinal in the partition, from 1; 0: none
  std::uint32_t step = 0;       ///< ordinal of the step in its stub, nested ones counted
  std::uint64_t caused_by = 0;  ///< `seq` of the entry that led to this one; 0: none
  Event event = Event::note;    ///< what it is of
  std::string partition = {};   ///< empty: it concerns the whole mock
  std::string fault = {};       ///< as in a scenario: `reset`, `no-pong`
  std::string via = {};         ///< of `opened`, how its token came: `subprotocol`, `bearer`; empty: it brought none
  std::string user = {};        ///< of a request, who asked; empty: nobody who is logged in
  std::uint16_t code = 0;       ///< of `closed`, as RFC 6455 has it; 1006: without a Close frame
  std::optional<std::int64_t> intended_ns = {};  ///< of a frame sent: when it should leave, on the clock of `t_ns`
  std::optional<std::int64_t> sent_ns = {};  ///< when it was handed to the system; nothing: it was not yet, or never will be
};

/// Which entries somebody wants to see: all that is given must hold.
struct JournalFilter {
  std::optional<std::string> partition = {};              ///< that they belong to
  std::optional<std::uint64_t> connection = {};           ///< its ordinal over the whole mock
  std::optional<std::string> stub = {};                   ///< that they belong to
  std::optional<JournalEntry::Direction> direction = {};  ///< of frames; `note`: only what is none
  std::optional<std::string> cmd = {};                    ///< of a request; also what such a request led to
  std::string contains = {};  ///< in the frame or the words, as they are shown: nobody finds a secret by trying
  bool faults_only = false;   ///< only entries of faults
};

}  // namespace procedura::mock
