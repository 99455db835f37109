#pragma once

#include <cstdint>
#include <string_view>

namespace procedura::detail {

/// Whether a NO_PROXY list ("example.org,10.0.0.0/8,[::1]:8765", or "*") names the host. Entries that mean nothing are passed
/// over, as everywhere: the list is shared with other programs.
bool names(std::string_view list, std::string_view host, std::uint16_t port);

}  // namespace procedura::detail
