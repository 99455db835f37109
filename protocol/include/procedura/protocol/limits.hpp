#pragma once

#include <cstddef>

namespace procedura::protocol {

/// Bounds on what is taken from a peer. Everything that comes from a network is hostile until it has passed them.
struct Limits {
  std::size_t max_message = std::size_t{16} * 1024 * 1024;  ///< Bytes of one message; at least 8 MiB by CON-3.
  std::size_t max_depth = 256;                              ///< Nesting of arrays and objects (CON-9).
  std::size_t max_id = 256;                                 ///< Bytes of a request's `id` (REQ-2).
};

}  // namespace procedura::protocol
