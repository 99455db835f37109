#pragma once

#include "report/report.hpp"

namespace procedura::bench {

/// This machine and this moment. What cannot be found out stays empty.
Surroundings surroundings();

}  // namespace procedura::bench
