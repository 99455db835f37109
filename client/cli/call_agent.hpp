#pragma once

#include "agent_command.hpp"
#include "agent_options.hpp"
#include "commands.hpp"

namespace procedura::cli {

/// Runs a command that calls an agent with the token that is given or saved. `more` goes to the command's constructor.
template <class Command, class... More>
ExitCode call_agent(Process& process, const Settings& settings, const More&... more) {
  Command command{process, settings, more...};
  // Without a home there is no saved token: the agent may still take the request.
  const auto store = token_store(settings, process.variables);
  Options options = agent_options(settings, store ? std::optional{*store} : std::nullopt, command.log(), process.variables);
  if (const auto adopted = adopt_named_file(options, settings); !adopted) return command.refuse(adopted.error());
  return command(std::move(options));
}

}  // namespace procedura::cli
