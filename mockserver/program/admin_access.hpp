#pragma once

#include "admin/gate.hpp"
#include "command_line.hpp"
#include "program.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace procedura::mock {

/// Who may use the admin side of a run, or why that cannot be told.
struct AdminAccess {
  admin::AdminOptions options;
  std::string problem;  ///< not empty: the run cannot begin
  std::string warning;  ///< worth a line
};

/// The admin token comes from `--admin-token-file`, else from the environment's MOCK_AGENT_ADMIN_TOKEN. Without one the admin
/// side is there for this machine alone: it is off when others can connect. `loopback`: they cannot.
AdminAccess admin_access(const Serve& serve, const Environment& env, bool loopback);

/// The memory of this process that is in use; nothing where the system does not tell.
std::optional<std::uint64_t> resident_bytes();

}  // namespace procedura::mock
