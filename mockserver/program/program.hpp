#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// The program `mock-agent`. `args` are without its own name. What others read goes to `out` (the ready line, the schema), what
/// people read to `err` (problems, the log, the verdict). Returns the exit code:
/// 0 expectations met, 1 unmet or unexpected requests, 2 bad usage or scenario, 3 cannot bind, 70 a bug.
int run(const std::vector<std::string>& args, const Environment& env, std::ostream& out, std::ostream& err);

}  // namespace procedura::mock
