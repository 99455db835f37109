#include "sabotages.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace procedura::conformance::mutants {
namespace {

std::size_t replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t count = 0;
  for (auto at = text.find(from); !from.empty() && at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
    ++count;
  }
  return count;
}

/// Changes a message by its tree; false if that changed nothing.
bool edited(std::string& text, const std::function<void(Json&)>& change) {
  Json tree = Json::parse(text, nullptr, false);
  if (tree.is_discarded()) {
    return false;
  }
  change(tree);
  std::string after = tree.dump();
  const bool changed = tree != Json::parse(text, nullptr, false);
  if (changed) {
    text = std::move(after);
  }
  return changed;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 60;
  return "\"" + std::string{text.substr(0, most)} + (text.size() > most ? "..." : "") + "\"";
}

/// Which request a reply belongs to. One for all connections of an agent: ids are told apart by connection.
class Exchanges {
 public:
  struct Known {
    protocol::Request request;
    std::size_t replies = 0;
    bool over = false;
  };

  /// The request that a frame of the suite is or completes, if it is one.
  std::optional<protocol::Request> asked(unsigned connection, const Frame& frame) {
    if (frame.is_control()) {
      return std::nullopt;
    }
    std::string& text = begun_[connection];
    text += frame.payload;
    if (!frame.fin) {
      return std::nullopt;
    }
    auto decoded = protocol::decode_request(std::exchange(text, {}));
    auto* request = std::get_if<protocol::Request>(&decoded);
    if (request == nullptr) {
      return std::nullopt;
    }
    // Of two live ones with the same id the first is the one that goes on.
    Known& known = known_[{connection, request->id}];
    if (known.replies == 0 || known.over) {
      known = Known{*request};
    }
    return *request;
  }

  Known* answered(unsigned connection, const protocol::Reply& reply) {
    std::string id = reply.id.value_or("");
    if (id.empty() && reply.job_id) {
      id = jobs_[{connection, *reply.job_id}];
    }
    const auto found = known_.find({connection, id});
    if (found == known_.end()) {
      return nullptr;
    }
    if (reply.job_id) {
      jobs_[{connection, *reply.job_id}] = id;
    }
    found->second.over = found->second.over || protocol::is_terminal(reply.status);
    found->second.replies += 1;
    return &found->second;
  }

 private:
  using Key = std::pair<unsigned, std::string>;
  std::map<unsigned, std::string> begun_;
  std::map<Key, Known> known_;
  std::map<Key, std::string> jobs_;
};

Sabotage on_frame(Opcode opcode, std::function<void(Frame&, Hand&)> change, Side from) {
  Sabotage sabotage;
  auto& hook = from == Side::client ? sabotage.from_client : sabotage.from_agent;
  hook = [opcode, change = std::move(change)](Frame& frame, Hand& hand) {
    if (frame.opcode == opcode) {
      change(frame, hand);
    }
  };
  return sabotage;
}

auto when_changed(std::function<void(Head&, Hand&)> change) {
  return [change = std::move(change)](Head& head, Hand& hand) {
    const Head before = head;
    change(head, hand);
    if (!(head == before)) {
      hand.fired("changed the head: " + head.start);
    }
  };
}

}  // namespace

std::string stub(std::string_view name, std::string_view members) {
  return R"({"version":1,"stubs":[{"name":")" + std::string{name} + R"(",)" + std::string{members} + "}]}";
}

std::string error(std::string_view id, std::string_view code, std::string_view message) {
  std::string text;
  protocol::append_error(text, {id, {}}, {true, false}, code, message);
  return text;
}

std::string auth_break(std::string_view rules) {
  return R"({"version":1,"auth":{"break":[)" + std::string{rules} + "]}}";
}

void Asked::replace(std::string_view from, std::string_view to) {
  if (replace_all(text, from, to) > 0) {
    hand.fired("replaced " + quoted(from) + " in a request for " + request.cmd);
  }
}

void Asked::edit(const std::function<void(Json&)>& change) {
  if (edited(text, change)) {
    hand.fired("changed a request for " + request.cmd);
  }
}

void Asked::drop() {
  hand.drop();
  hand.fired("swallowed a request for " + request.cmd);
}

void Asked::answer(const std::vector<std::string>& frames) {
  hand.drop();
  for (const std::string& frame : frames) {
    hand.send(Side::client, Frame::text(frame));
  }
  hand.fired("answered a request for " + request.cmd + " itself");
}

void Reply::replace(std::string_view from, std::string_view to) {
  if (replace_all(text, from, to) > 0) {
    hand.fired("replaced " + quoted(from) + " in a reply to " + cmd);
  }
}

void Reply::edit(const std::function<void(Json&)>& change) {
  if (edited(text, change)) {
    hand.fired("changed a reply to " + cmd);
  }
}

void Reply::drop() {
  hand.drop();
  hand.fired("kept a reply to " + cmd + " back");
}

void Reply::repeat() {
  follow(text);
}

void Reply::follow(const std::string& more) {
  hand.send_after(Frame::text(more));
  hand.fired("sent a reply to " + cmd + " too many");
}

void Reply::precede(const std::string& more) {
  hand.send(Side::client, Frame::text(more));
  hand.fired("sent a reply to " + cmd + " too many");
}

void Reply::late(std::chrono::milliseconds by) {
  hand.drop();
  hand.send_later(by, Side::client, Frame::text(text));
  hand.fired("sent a reply to " + cmd + " late");
}

Sabotage on_request(std::string_view cmd, std::function<void(Asked&)> change) {
  Sabotage sabotage;
  sabotage.from_client = [cmd = std::string{cmd}, change = std::move(change)](Frame& frame, Hand& hand) {
    if (!frame.is_whole_text()) {
      return;
    }
    auto decoded = protocol::decode_request(frame.payload);
    auto* request = std::get_if<protocol::Request>(&decoded);
    if (request == nullptr || (!cmd.empty() && request->cmd != cmd)) {
      return;
    }
    Asked asked{frame.payload, std::move(*request), hand};
    change(asked);
    frame.payload = std::move(asked.text);
  };
  return sabotage;
}

Sabotage on_reply(std::string_view cmd, std::function<void(Reply&)> change) {
  const auto exchanges = std::make_shared<Exchanges>();
  Sabotage sabotage;
  sabotage.from_client = [exchanges](Frame& frame, Hand& hand) { exchanges->asked(hand.connection(), frame); };
  sabotage.from_agent = [exchanges, cmd = std::string{cmd}, change = std::move(change)](Frame& frame, Hand& hand) {
    if (!frame.is_whole_text()) {
      return;
    }
    const auto decoded = protocol::decode_reply(frame.payload);
    if (decoded.fault != protocol::DecodedReply::Fault::none) {
      return;
    }
    const Exchanges::Known* known = exchanges->answered(hand.connection(), decoded.reply);
    if (!cmd.empty() && (known == nullptr || known->request.cmd != cmd)) {
      return;
    }
    Reply reply{.text = frame.payload, .id = {}, .cmd = {}, .status = decoded.reply.status, .hand = hand};
    if (known != nullptr) {
      reply.id = known->request.id;
      reply.cmd = known->request.cmd;
      reply.args = known->request.args;
      reply.mode = known->request.mode;
      reply.nth = known->replies;
    }
    change(reply);
    frame.payload = std::move(reply.text);
  };
  return sabotage;
}

Sabotage replace_in_replies(std::string_view cmd, std::string_view from, std::string_view to) {
  return on_reply(cmd, [from = std::string{from}, to = std::string{to}](Reply& reply) { reply.replace(from, to); });
}

Sabotage replace_in_requests(std::string_view cmd, std::string_view from, std::string_view to) {
  return on_request(cmd, [from = std::string{from}, to = std::string{to}](Asked& asked) { asked.replace(from, to); });
}

Sabotage drop_replies(std::string_view cmd, Status status) {
  return on_reply(cmd, [status](Reply& reply) {
    if (reply.status == status) {
      reply.drop();
    }
  });
}

Sabotage repeat_replies(std::string_view cmd, Status status) {
  return on_reply(cmd, [status](Reply& reply) {
    if (reply.status == status) {
      reply.repeat();
    }
  });
}

Sabotage on_frame_from_suite(Opcode opcode, std::function<void(Frame&, Hand&)> change) {
  return on_frame(opcode, std::move(change), Side::client);
}

Sabotage on_frame_from_agent(Opcode opcode, std::function<void(Frame&, Hand&)> change) {
  return on_frame(opcode, std::move(change), Side::agent);
}

Sabotage deaf_to(Opcode opcode) {
  return on_frame_from_suite(opcode, [](Frame& frame, Hand& hand) {
    hand.drop();
    hand.fired("took no notice of a " + std::string{to_string(frame.opcode)});
  });
}

Sabotage mute_of(Opcode opcode) {
  return on_frame_from_agent(opcode, [](Frame& frame, Hand& hand) {
    hand.drop();
    hand.fired("sent no " + std::string{to_string(frame.opcode)});
  });
}

Sabotage hold_while_busy(std::function<bool(const Frame&)> held) {
  struct Connection {
    std::set<std::string> jobs{};
    std::vector<Frame> held{};
  };
  const auto connections = std::make_shared<std::map<unsigned, Connection>>();
  Sabotage busy = on_request(
      "slow", [connections](Asked& asked) { (*connections)[asked.hand.connection()].jobs.insert(asked.request.id); });
  Sabotage until_idle = on_reply("slow", [connections](Reply& reply) {
    Connection& connection = (*connections)[reply.hand.connection()];
    if (!protocol::is_terminal(reply.status) || connection.jobs.erase(reply.id) == 0 || !connection.jobs.empty()) {
      return;
    }
    for (const Frame& frame : std::exchange(connection.held, {})) {
      reply.hand.send_after(frame);
      reply.hand.fired("held a " + std::string{to_string(frame.opcode)} + " back until its work was done");
    }
  });
  Sabotage hold;
  hold.from_agent = [connections, held = std::move(held)](Frame& frame, Hand& hand) {
    Connection& connection = (*connections)[hand.connection()];
    if (!connection.jobs.empty() && held(frame)) {
      connection.held.push_back(frame);
      hand.drop();
    }
  };
  return both(both(std::move(busy), std::move(until_idle)), std::move(hold));
}

Sabotage refuse_upgrades(std::string_view status, std::function<bool(const Head&)> which) {
  Sabotage sabotage;
  sabotage.request = [status = std::string{status}, which = std::move(which)](Head& head, Hand& hand) {
    if (which(head)) {
      hand.drop();
      hand.send_bytes(Side::client, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      hand.hang_up();
      hand.fired("refused an upgrade with " + status);
    }
  };
  return sabotage;
}

Sabotage on_upgrade(std::function<void(Head&, Hand&)> change) {
  Sabotage sabotage;
  sabotage.request = when_changed(std::move(change));
  return sabotage;
}

Sabotage on_upgraded(std::function<void(Head&, Hand&)> change) {
  Sabotage sabotage;
  sabotage.response = when_changed(std::move(change));
  return sabotage;
}

}  // namespace procedura::conformance::mutants
