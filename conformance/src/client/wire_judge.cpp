#include "in_words.hpp"

#include <procedura/conformance/client_judge.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

/// The judges that see the wire: what a client asked, and how.
namespace procedura::conformance {
namespace {

using protocol::Request;
using tap::Opcode;

std::vector<const Message*> messages_of(const ClientRun& run) {
  std::vector<const Message*> all;
  for (const Conversation& connection : run.connections) {
    for (const Message& message : connection.client.messages) {
      all.push_back(&message);
    }
  }
  return all;
}

/// True for a reply that ends the request with this id.
bool ends_request(const Message& reply, const std::string& id) {
  if (protocol::check_json(reply.bytes).fault != protocol::JsonFault::none) {
    return false;
  }
  const auto frame = nlohmann::json::parse(reply.bytes, nullptr, false);
  return frame.is_object() && frame.value("id", nlohmann::json{}) == id &&
         (frame.value("status", nlohmann::json{}) == "finished" || frame.value("status", nlohmann::json{}) == "error");
}

}  // namespace

double seconds_of(protocol::Duration time) {
  return std::chrono::duration<double>(time).count();
}

// Nothing is cut here: half a secret would no longer be known as one. Reports redact first and cut then.
std::string in_quotes(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

/// Why there is nothing to judge; nothing if there is.
std::string nothing_said(const ClientRun& run) {
  if (run.connections.empty()) {
    return "no connection; " + story(run.child);
  }
  const bool upgraded = std::any_of(run.connections.begin(), run.connections.end(), [](const Conversation& connection) {
    return connection.agent.head && connection.agent.head->status() == 101;
  });
  return (upgraded ? "no message; " : "no WebSocket connection; ") + story(run.child);
}

std::string story(const Child& child) {
  switch (child.end) {
    case Child::End::not_started:
      return child.why;
    case Child::End::exited:
      return fmt::format("exit code {} after {:.2f} s", child.code, seconds_of(child.took()));
    case Child::End::signalled:
      return fmt::format("ended by signal {} after {:.2f} s", child.code, seconds_of(child.took()));
    case Child::End::killed:
      break;
  }
  return fmt::format("killed: {} after {:.1f} s", child.why, seconds_of(child.took()));
}

std::vector<Asked> requests_of(const ClientRun& run) {
  std::vector<Asked> all;
  for (const Conversation& connection : run.connections) {
    for (const Message& message : connection.client.messages) {
      auto decoded = protocol::decode_request(message.bytes);
      auto* request = message.binary ? nullptr : std::get_if<Request>(&decoded);
      if (request != nullptr && request->cmd.rfind("__", 0) != 0) {
        all.push_back({connection.connection, message.at, std::move(*request)});
      }
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Asked& a, const Asked& b) { return a.at < b.at; });
  return all;
}

Finding one_object_per_message(const ClientRun& run) {
  const auto messages = messages_of(run);
  if (messages.empty()) {
    return Finding::broken(nothing_said(run));
  }
  for (const Message* message : messages) {
    if (message->binary) {
      return Finding::broken(fmt::format("a binary message of {} bytes", message->bytes.size()));
    }
    const auto check = protocol::check_json(message->bytes);
    if (check.fault != protocol::JsonFault::none) {
      return Finding::broken(fmt::format("a message that is {} at byte {}", describe(check.fault), check.offset));
    }
    if (message->bytes[message->bytes.find_first_not_of(" \t\r\n")] != '{') {
      return Finding::broken("a message that is JSON, but no object");
    }
  }
  return Finding::kept();
}

Finding requests_complete(const ClientRun& run) {
  const auto messages = messages_of(run);
  if (messages.empty()) {
    return Finding::broken(nothing_said(run));
  }
  for (const Message* message : messages) {
    const auto decoded = protocol::decode_request(message->bytes);
    if (const auto* bad = std::get_if<protocol::BadRequest>(&decoded)) {
      return Finding::broken("a request that is none: " + bad->message);
    }
  }
  return Finding::kept();
}

Finding ids_legal(const ClientRun& run) {
  const auto messages = messages_of(run);
  for (const Message* message : messages) {
    const auto decoded = protocol::decode_request(message->bytes);
    const auto* bad = std::get_if<protocol::BadRequest>(&decoded);
    const auto* request = std::get_if<Request>(&decoded);
    const std::string id = request != nullptr ? request->id : bad->id.value_or("");
    if (id.empty() || id.size() > 256) {
      return Finding::broken("a request whose id is no string of 1 to 256 bytes");
    }
  }
  return messages.empty() ? Finding::broken(nothing_said(run)) : Finding::kept();
}

Finding asks_for(const ClientRun& run, std::string_view cmd, protocol::Mode mode) {
  const auto asked = requests_of(run);
  if (asked.empty()) {
    return Finding::broken("no request; " + story(run.child));
  }
  for (const Asked& each : asked) {
    if (each.request.cmd != cmd || each.request.mode != mode) {
      return Finding::broken(fmt::format("a request for {}, {}", in_quotes(each.request.cmd), to_string(each.request.mode)));
    }
  }
  return Finding::kept();
}

Finding args_are(const ClientRun& run, std::span<const std::string> args, std::span<const protocol::ArgsStyle> styles) {
  const auto asked = requests_of(run);
  if (asked.empty()) {
    return Finding::broken("no request; " + story(run.child));
  }
  const Request& request = asked.front().request;
  for (const protocol::ArgsStyle style : styles) {
    std::vector<std::string> wanted{args.begin(), args.end()};
    if (style == protocol::ArgsStyle::module_first) {
      wanted.insert(wanted.begin(), request.cmd);
    }
    if (wanted == request.args) {
      return Finding::kept(std::string{to_string(style)});
    }
  }
  return Finding::broken("args " + nlohmann::json(request.args).dump());
}

Finding ids_unique(const ClientRun& run) {
  for (const Conversation& connection : run.connections) {
    std::set<std::string> live;
    auto reply = connection.agent.messages.begin();
    for (const Message& message : connection.client.messages) {
      for (; reply != connection.agent.messages.end() && reply->at < message.at; ++reply) {
        std::erase_if(live, [&](const std::string& id) { return ends_request(*reply, id); });
      }
      const auto decoded = protocol::decode_request(message.bytes);
      const auto* request = std::get_if<Request>(&decoded);
      if (request != nullptr && !live.insert(request->id).second) {
        return Finding::broken("the id " + in_quotes(request->id) + " for two requests that live at the same time");
      }
    }
  }
  return messages_of(run).empty() ? Finding::broken(nothing_said(run)) : Finding::kept();
}

Finding asked_once(const ClientRun& run, std::string_view cmd) {
  const auto asked = requests_of(run);
  const auto times = std::count_if(asked.begin(), asked.end(), [cmd](const Asked& each) { return each.request.cmd == cmd; });
  return times == 1 ? Finding::kept()
                    : Finding::broken(fmt::format("asked for {} times, on {} connection(s)", times, run.connections.size()));
}

Finding all_asked_before_final_of(const ClientRun& run, std::string_view cmd, std::size_t requests) {
  const auto asked = requests_of(run);
  const auto slow = std::find_if(asked.begin(), asked.end(), [cmd](const Asked& each) { return each.request.cmd == cmd; });
  if (slow == asked.end()) {
    return Finding::broken(fmt::format("no request for {}; {}", cmd, story(run.child)));
  }
  for (const Conversation& connection : run.connections) {
    for (const Message& reply : connection.agent.messages) {
      if (connection.connection == slow->connection && ends_request(reply, slow->request.id)) {
        const auto before = static_cast<std::size_t>(
            std::count_if(asked.begin(), asked.end(), [&](const Asked& each) { return each.at < reply.at; }));
        return before >= requests ? Finding::kept()
                                  : Finding::broken(fmt::format("{} of {} requests before {} ended", before, requests, cmd));
      }
    }
  }
  return Finding::broken(fmt::format("{} was not waited for; {}", cmd, story(run.child)));
}

Finding frames_are_sound(const ClientRun& run) {
  std::set<tap::MaskKey> keys;
  std::size_t frames = 0;
  for (const Conversation& connection : run.connections) {
    if (connection.client.stray != 0) {
      return Finding::broken(fmt::format("{} bytes that are no frames", connection.client.stray));
    }
    for (const auto& [at, frame] : connection.client.frames) {
      if (!frame.mask) {
        return Finding::broken(fmt::format("a {} frame that is not masked", to_string(frame.opcode)));
      }
      if (frame.rsv != 0) {
        return Finding::broken("a frame with reserved bits, though no extension was agreed on");
      }
      keys.insert(*frame.mask);
      frames += 1;
    }
  }
  if (frames == 0) {
    return Finding::broken(nothing_said(run));
  }
  return frames > 1 && keys.size() == 1 ? Finding::broken(fmt::format("the same masking key for all {} frames", frames))
                                        : Finding::kept();
}

Finding ponged(const ClientRun& run, std::string_view payload) {
  std::string came = "no pong";
  for (const Conversation& connection : run.connections) {
    for (const auto& [at, frame] : connection.client.frames) {
      if (frame.opcode != Opcode::pong) {
        continue;
      }
      if (frame.payload != payload) {
        came = "a pong with " + in_quotes(frame.payload) + " instead of " + in_quotes(payload);
        continue;
      }
      const auto& replies = connection.agent.messages;
      return replies.empty() || at < replies.back().at ? Finding::kept()
                                                       : Finding::broken("the pong came only after the result");
    }
  }
  return Finding::broken(came + "; " + story(run.child));
}

Finding sends(const ClientRun& run, Opcode opcode) {
  for (const Conversation& connection : run.connections) {
    for (const auto& [at, frame] : connection.client.frames) {
      if (frame.opcode == opcode) {
        return Finding::kept();
      }
    }
  }
  return Finding::broken(fmt::format("no {} frame; {}", to_string(opcode), story(run.child)));
}

Finding closed_with(const ClientRun& run, std::uint16_t code) {
  if (run.connections.empty()) {
    return Finding::broken(nothing_said(run));
  }
  const Speech& client = run.connections.back().client;
  if (!client.closed) {
    return Finding::broken("no Close; the connection ended with " + (client.ended.empty() ? "nothing" : client.ended));
  }
  return *client.closed == code
             ? Finding::kept()
             : Finding::broken(*client.closed == 0 ? "a Close without a code" : fmt::format("a Close with {}", *client.closed));
}

Finding answered_close(const ClientRun& run) {
  for (const Conversation& connection : run.connections) {
    if (connection.agent.closed) {
      return connection.client.closed
                 ? Finding::kept()
                 : Finding::broken("no Close; the connection ended with " +
                                   (connection.client.ended.empty() ? "nothing" : connection.client.ended));
    }
  }
  return Finding::untestable("the agent's Close was not sent; " + story(run.child));
}

}  // namespace procedura::conformance
