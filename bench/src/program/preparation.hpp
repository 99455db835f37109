#pragma once

#include "io/runner.hpp"
#include "load/plan.hpp"
#include "program/program.hpp"

namespace procedura::bench {

/// What a run needs beside its plan: where to, as whom, and what must not be shown. Logs in where the plan says so, and puts
/// into the plan what the login found out. Says on stderr what is odd about the URL. Blocks; throws `Refused`.
RunSetting prepare(Plan& plan, Process& process);

}  // namespace procedura::bench
