#include "program/preparation.hpp"

#include "io/dialing.hpp"
#include "io/identity.hpp"
#include "program/command.hpp"

#include <procedura/url.hpp>

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace procedura::bench {

RunSetting prepare(Plan& plan, Process& process) {
  const auto endpoint = Endpoint::parse(plan.url);
  if (!endpoint) throw Refused{bad_usage, "--url: " + describe(endpoint.error())};
  if (!endpoint->warning.empty()) say(process, endpoint->warning);
  if (!endpoint->secure && (plan.tls.ca || plan.tls.insecure)) {
    throw Refused{bad_usage, fmt::format("{} goes with wss://, and nothing is encrypted on the way to this URL",
                                         plan.tls.ca ? "--ca" : "--insecure")};
  }

  auto identity = identify(plan, process.env);
  if (const auto* wrong = std::get_if<UsageError>(&identity)) throw Refused{bad_usage, wrong->message};
  if (const auto* refused = std::get_if<Failure>(&identity)) {
    throw Refused{could_not_run, "cannot log in: " + describe(*refused)};
  }
  auto& who = std::get<Identity>(identity);
  if (!plan.args_style) plan.args_style = who.args_style;
  if (!who.headers.empty() && !endpoint->secure && !endpoint->is_loopback()) {
    say(process, "warning: the token goes over the network in the clear (ws://)");
  }

  auto transport = transport_options(plan, who);
  if (!transport) throw Refused{bad_usage, describe(transport.error())};
  RunSetting setting;
  setting.transport = *std::move(transport);
  setting.redactor = std::move(who.redactor);
  return setting;
}

protocol::Redactor secrets_of(const Plan& plan, const Process& process) {
  protocol::Redactor secrets;
  if (plan.credential_env) secrets.add_credential(process.env(*plan.credential_env).value_or(""));
  if (plan.token_file) {
    if (const auto token = token_in(*plan.token_file)) secrets.add(*token);
  }
  return secrets;
}

}  // namespace procedura::bench
