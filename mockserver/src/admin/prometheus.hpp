#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace procedura::mock::admin {

inline constexpr auto prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// The agent's counters in Prometheus's text format, version 0.0.4. Label values are redacted.
std::string prometheus_text(const engine::Engine& engine, const engine::Moment& moment,
                            std::optional<std::uint64_t> resident_bytes);

}  // namespace procedura::mock::admin
