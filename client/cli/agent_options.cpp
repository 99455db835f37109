#include "agent_options.hpp"

#include <utility>

namespace procedura::cli {
namespace {

void set_deadlines(Deadlines& deadlines, const Settings& settings) {
  if (settings.ack_timeout) deadlines.ack = settings.ack_timeout;
  if (settings.silence_timeout) deadlines.silence = settings.silence_timeout;
  deadlines.total = settings.deadline;
}

// What is asked for goes before the environment; `direct` is asking for none.
ProxyRules proxy_rules(const Settings& settings, const Variables& variables) {
  if (!settings.proxy) return ProxyRules::of_environment([&variables](const char* name) { return variables(name); });
  ProxyRules rules;
  rules.always = settings.proxy->text == "direct" ? "" : settings.proxy->text;
  return rules;
}

}  // namespace

Options agent_options(const Settings& settings, std::optional<TokenStore> store, Log log, const Variables& variables) {
  Options options;
  options.url = settings.url.text;
  if (settings.token) options.token = settings.token->text;
  options.store = std::move(store);
  options.args_style = settings.args_style;
  options.connect_timeout = settings.connect_timeout;
  options.ping_interval = settings.ping_interval;
  options.pong_timeout = settings.pong_timeout;
  options.keepalive_interval = settings.keepalive;
  if (settings.reconnect) options.reconnect.emplace();
  options.tls = settings.tls;
  options.proxy = proxy_rules(settings, variables);
  options.compress = settings.compress;
  set_deadlines(options.run_deadlines, settings);
  set_deadlines(options.stream_deadlines, settings);
  options.log = std::move(log);
  return options;
}

}  // namespace procedura::cli
