#pragma once

#include "exit_code.hpp"
#include "render.hpp"

#include <procedura/error.hpp>
#include <procedura/protocol/redaction.hpp>

#include <chrono>
#include <optional>
#include <string>

/// How the program tells of a failure: an object on stdout, one line on stderr, an exit code.
namespace procedura::cli {

FailureKind kind_of(const Failure& failure) noexcept;

/// The error object: the agent's frame, or one of the same shape.
std::string error_object(const Failure& failure);

/// One line for people without its newline: what happened, which job may still run, what to do.
/// `during` says what failed; its other fields are those of the failure.
std::string error_line(const Failure& failure, FailureKind during = {});

/// Whether and when to try to connect again (--wait).
/// @return how long to wait before the next try; nothing when the failure is not one that time heals, or the time is over
std::optional<std::chrono::nanoseconds> retry_delay(const Failure& failure, std::chrono::nanoseconds waited,
                                                    std::chrono::nanoseconds allowed) noexcept;

}  // namespace procedura::cli
