#pragma once

#include "io/runner.hpp"
#include "load/plan.hpp"
#include "program/program.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::bench {

/// What a run needs beside its plan: where to, as whom, and what must not be shown. Logs in where the plan says so, and puts
/// into the plan what the login found out. Says on stderr what is odd about the URL. Blocks; throws `Refused`.
RunSetting prepare(Plan& plan, Process& process);

/// What is secret whatever an agent does with it: the credential, and the token in its file, where there are such.
protocol::Redactor secrets_of(const Plan& plan, const Process& process);

}  // namespace procedura::bench
