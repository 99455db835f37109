#pragma once

#include "report/report.hpp"

namespace procedura::bench {

/// This machine and this moment. What cannot be found out stays empty.
Surroundings surroundings();

/// Lets this process open as many files as it may: each connection takes one, and the limit that a shell sets is often 1024.
void raise_file_limit() noexcept;

}  // namespace procedura::bench
