#pragma once

#include <procedura/conformance/client_profile.hpp>
#include <procedura/conformance/client_run.hpp>
#include <procedura/conformance/outcome.hpp>
#include <procedura/protocol/request.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a run of a client amounts to. Pure: each of these sees the process and the wire, and tells whether the rule was kept.
namespace procedura::conformance {

/// A client's request, and the connection that it came on.
struct Asked {
  unsigned connection = 0;
  protocol::TimePoint at{};
  protocol::Request request;
};

/// The requests for modules that can be read, of all its connections, in order. `__` built-ins are left out: a client may ask
/// for them on its own account.
std::vector<Asked> requests_of(const ClientRun& run);

// What it asked.

/// Each of its messages is a text with one JSON object in it (CON-2), and there is one.
Finding one_object_per_message(const ClientRun& run);
/// Each of its messages has the four members, of their types, an `id` of 1 to 256 bytes (REQ-1, REQ-2), and there is one.
Finding requests_complete(const ClientRun& run);
/// The `id` of each is a string of 1 to 256 bytes (REQ-2).
Finding ids_legal(const ClientRun& run);
/// One request for this module, in this mode.
Finding asks_for(const ClientRun& run, std::string_view cmd, protocol::Mode mode);
/// Its only request has these arguments, behind the module's name as the style has it.
Finding args_are(const ClientRun& run, std::span<const std::string> args, std::span<const protocol::ArgsStyle> styles);
/// No two live requests of a connection have the same id.
Finding ids_unique(const ClientRun& run);
/// The module was asked for once, on all connections together (CLI-2).
Finding asked_once(const ClientRun& run, std::string_view cmd);

/// So many requests came before the one for `cmd` had ended, and that one did.
Finding all_asked_before_final_of(const ClientRun& run, std::string_view cmd, std::size_t requests);

// What it did on the wire.

/// All of its frames are masked, not all with the same key, and none has reserved bits; nothing else came.
Finding frames_are_sound(const ClientRun& run);
/// A pong with this payload came on a connection, before the agent's last message on it.
Finding ponged(const ClientRun& run, std::string_view payload);
/// A frame of this kind came.
Finding sends(const ClientRun& run, tap::Opcode opcode);
/// Its last connection ended with its own Close of this code, or the answer to the agent's.
Finding closed_with(const ClientRun& run, std::uint16_t code);
/// The agent's Close was answered by a Close.
Finding answered_close(const ClientRun& run);

// What it told its user.

/// `json`, a JSON value, stands on stdout, as the profile has it; as JSON: alone or within another value, its numbers to the
/// digit.
Finding reports(const ClientRun& run, std::string_view json, ClientProfile::Output output);
/// `word` stands on stdout.
Finding shows(const ClientRun& run, std::string_view word);
/// `word` does not stand on stdout.
Finding unreported(const ClientRun& run, std::string_view word);
/// `word` stands on neither stream.
Finding silent_about(const ClientRun& run, std::string_view word);
/// `word` stands on stderr.
Finding tells_people(const ClientRun& run, std::string_view word);
/// `word` stands on either stream.
Finding names(const ClientRun& run, std::string_view word);

// How it ended.

/// It ended by itself; killed it was when its time was over.
Finding ends(const ClientRun& run);
/// It ended by itself within `limit` of its start.
Finding ends_within(const ClientRun& run, protocol::Duration limit);
/// It ended by itself within `limit` of its start, and not before the `timeout` that it was told to wait for was over.
Finding gives_up(const ClientRun& run, protocol::Duration timeout, protocol::Duration limit);
/// It ended within `limit` of the last message from the agent.
Finding ends_soon_after_result(const ClientRun& run, protocol::Duration limit);
/// It ended within `limit` of its connection's end, or of the agent's Close.
Finding ends_soon_after_drop(const ClientRun& run, protocol::Duration limit);
/// With exit code 0.
Finding succeeds(const ClientRun& run);
/// By itself, with another exit code than 0; a signal is none.
Finding fails(const ClientRun& run);

// Of the stage: whether what was to be tried was tried.

/// The last so many messages of the agent came in one segment.
bool came_together(const ClientRun& run, std::size_t messages);

/// Where both must hold: the first that does not.
Finding both(Finding first, Finding second);

}  // namespace procedura::conformance
