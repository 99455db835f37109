#pragma once

#include <procedura/conformance/client_run.hpp>

#include <string>
#include <string_view>

/// What the judges of clients say things with.
namespace procedura::conformance {

double seconds_of(protocol::Duration time);

/// The text between quotation marks.
std::string in_quotes(std::string_view text);

/// Of a run in which no message was sent: how far it came.
std::string nothing_said(const ClientRun& run);

}  // namespace procedura::conformance
