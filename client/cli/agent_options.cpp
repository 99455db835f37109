#include "agent_options.hpp"

#include <utility>

namespace procedura::cli {
namespace {

void set_deadlines(Deadlines& deadlines, const Settings& settings) {
  if (settings.ack_timeout) deadlines.ack = settings.ack_timeout;
  if (settings.silence_timeout) deadlines.silence = settings.silence_timeout;
  deadlines.total = settings.deadline;
}

}  // namespace

Options agent_options(const Settings& settings, std::optional<TokenStore> store, Log log, const Variables&) {
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
  if (settings.proxy && settings.proxy->text != "direct") options.proxy.always = settings.proxy->text;
  options.compress = settings.compress;
  set_deadlines(options.run_deadlines, settings);
  set_deadlines(options.stream_deadlines, settings);
  options.log = std::move(log);
  return options;
}

}  // namespace procedura::cli
