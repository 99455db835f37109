#include "common.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::conformance::cases {

using protocol::Status;

Finding all_of(std::initializer_list<Finding> findings) {
  Finding out = Finding::kept();
  for (const Finding& finding : findings) {
    gather(out, finding);
  }
  return out;
}

bool sound(Case& c, Connection& connection) {
  return kept(ends_with(connection.call(c.request(Need::quick)), Status::finished));
}

Finding unsound() {
  return Finding::untestable("the same request with nothing wrong in it does not finish either");
}

Finding lives_on(Case& c) {
  // Not `session`: that it cannot be connected to is what is looked for.
  Connection& other = c.profile().has(Need::credential) ? c.dial(Offer::both(c.token())) : c.dial();
  return other.open() && sound(c, other) ? Finding::kept()
                                         : Finding::broken("the agent answers nobody any more: " + other.why());
}

Finding told(Case& c, Connection& connection, std::string_view code, const std::function<void()>& send_it) {
  if (!sound(c, connection)) {
    return unsound();
  }
  const std::size_t before = connection.correlation().untargeted().size();
  send_it();
  if (!sound(c, connection)) {
    return Finding::broken("after it the connection answered no more: " + (connection.open() ? "silence" : connection.why()));
  }
  const auto& untargeted = connection.correlation().untargeted();
  std::string others;
  const auto came_by_now = [&] {
    others.clear();
    for (std::size_t i = before; i < untargeted.size(); ++i) {
      if (const std::string came = untargeted[i].reply.code(); came == code) {
        return true;
      } else if (untargeted[i].reply.status == Status::error) {
        others += (others.empty() ? ", but " : ", ") + (came.empty() ? "one without a code" : came);
      }
    }
    return false;
  };
  // Nothing says that errors come before the answers to what was asked later, so what is missing gets a fence of its own.
  if (came_by_now() || (connection.fence() && came_by_now())) {
    return Finding::kept();
  }
  return Finding::broken("no untargeted error " + std::string{code} + others);
}

Finding told(Case& c, Connection& connection, std::string_view code, std::string text) {
  return told(c, connection, code, [&connection, &text] { connection.send_raw(std::move(text)); });
}

Finding comes_back(Case& c, Connection& connection, const std::vector<std::string>& words) {
  Request request = c.request(Need::echo);
  request.args.insert(request.args.end(), words.begin(), words.end());
  return result_holds(connection.call(request), words);
}

Finding finishes_as(Connection& connection, const Request& request, std::string text) {
  Exchange& exchange = connection.send_as(request, std::move(text));
  connection.until_over(exchange);
  return ends_with(exchange, Status::finished);
}

Finding finishes_with(Case& c, Connection& connection, std::string_view members) {
  const Request request = c.request(Need::quick);
  std::string text = connection.text_of(request);
  text.insert(1, members);
  return finishes_as(connection, request, std::move(text));
}

Finding errors_have_reasons(const Connection& connection) {
  const auto lacks = [](const protocol::Reply& reply) { return reply.status == Status::error && reply.message().empty(); };
  for (const Exchange& exchange : connection.correlation().exchanges()) {
    for (const Frame& frame : exchange.frames) {
      if (lacks(frame.reply)) {
        return Finding::broken("an error without a message: " + protocol::redact_frame(frame.reply.text));
      }
    }
  }
  for (const Frame& frame : connection.correlation().untargeted()) {
    if (lacks(frame.reply)) {
      return Finding::broken("an error without a message: " + protocol::redact_frame(frame.reply.text));
    }
  }
  return Finding::kept();
}

}  // namespace procedura::conformance::cases
