#pragma once

#include <procedura/conformance/correlation.hpp>
#include <procedura/conformance/outcome.hpp>
#include <procedura/conformance/profile.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a transcript amounts to. Pure: each of these reads what was said and tells whether the rule was kept.
namespace procedura::conformance {

/// An exchange in words: "started, 4 x running, then nothing for 5.0 s".
std::string story(const Exchange& exchange);

/// The first frame is `expected`. A module that fails at once shows nothing (ERR-1 allows it).
Finding first_is(const Exchange& exchange, protocol::Status expected);

/// It ends, and with `expected`.
Finding ends_with(const Exchange& exchange, protocol::Status expected);

/// The frames come in the order of ORD-1 and none twice: ack (sync) or started (async), any running, one terminal.
Finding in_order(const Exchange& exchange);

/// Nothing came after the terminal frame. `fenced`: a later request on the same connection was answered, so that all that had
/// been on its way has arrived.
Finding silent_after(const Exchange& exchange, bool fenced);

/// `started` has a `job_id` that is a string and not empty.
Finding has_job_id(const Exchange& exchange);

/// The error that ended it has a `message` that is not empty.
Finding has_reason(const Exchange& exchange);

/// The error that ended it has this `code`.
Finding has_code(const Exchange& exchange, std::string_view code);

/// It finished with a result as the profile promises.
Finding result_as_promised(const Exchange& exchange, const Module& module);

/// It finished, and the strings `words` stand in its result, in this order, whole, at any depth.
Finding result_holds(const Exchange& exchange, std::span<const std::string> words);

/// In no array of the result stands `cmd` directly before `word`: the module did not take its own name for an argument.
Finding without_own_name(const Exchange& exchange, const std::string& cmd, const std::string& word);

/// Every frame could be read, none bore another job's id, and none came that belonged to nobody.
Finding all_accounted_for(const Correlation& correlation);

/// It ended with an error; one that finished or never ended was not refused.
Finding refused(const Exchange& exchange);

/// The string `session_token` of a login's result; nothing if it did not finish with one.
std::optional<std::string> session_token(const Exchange& login);

/// The same of any frame, whoever asked for it: what an agent has issued is secret from then on.
std::optional<std::string> issued_token(std::string_view frame);

}  // namespace procedura::conformance
