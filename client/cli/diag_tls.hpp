#pragma once

#include "diag_report.hpp"

#include <procedura/protocol/deadlines.hpp>
#include <procedura/tls.hpp>

#include <chrono>
#include <optional>

namespace procedura::cli {

/// A certificate with less than this left is warned about.
inline constexpr std::chrono::days expires_soon{14};

/// What was agreed on, and the chain. Warns of a certificate that expires soon, and of a chain that nobody has verified.
Check tls_check(const TlsInfo& tls, const std::optional<protocol::Duration>& time, std::chrono::system_clock::time_point now);

/// Adds the chain to a check: for each certificate whose it is, until when it is good, and its pin, to be copied.
void add_chain(Check& check, const TlsInfo& tls, std::chrono::system_clock::time_point now);

}  // namespace procedura::cli
