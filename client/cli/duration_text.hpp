#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <chrono>
#include <string>

/// Times as people read them, and as programs do.
namespace procedura::cli {

/// "0.123", "12.3", "1234": three digits or more, as ping(8) has it.
std::string milliseconds(protocol::Duration time);
/// The same with all its digits, for JSON: "0.123456".
std::string exact_milliseconds(protocol::Duration time);
/// "45 s", "2 min 5 s", "3 h 1 min", "12 days": the two greatest units.
std::string lasting(std::chrono::seconds time);
/// "2026-11-23", UTC.
std::string utc_date(std::chrono::system_clock::time_point time);
/// "2026-11-23T13:15:00Z"
std::string utc_time(std::chrono::system_clock::time_point time);

}  // namespace procedura::cli
