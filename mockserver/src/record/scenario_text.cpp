// What was recorded, as the text of a scenario file.
#include "record/json_tree.hpp"
#include "record/recorder.hpp"
#include "record/stubs.hpp"
#include "scenario/reader.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace procedura::mock::record {
namespace {

using protocol::Target;

constexpr std::size_t of_a_key = 6;  // blanks before a key of a stub

std::string_view word_for(Target target) {
  if (target.id && target.job_id) return "both";
  return target.id ? "id" : "job_id";
}

std::string count(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

Node array_node(std::vector<Node> items) {
  Node node;
  node.kind = Node::Kind::array;
  node.items = std::move(items);
  return node;
}

Node delay_step(std::int64_t milliseconds) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24};
  return object_node({{"delay", text_node(show_duration(std::min(std::chrono::milliseconds{milliseconds}, longest)))}});
}

Node reply_node(const RecordedStub& stub, const RecordedReply& reply) {
  std::vector<Node> steps;
  bool first = true;
  for (std::size_t i = 0; i < reply.steps.size(); ++i) {
    const RecordedStep& step = reply.steps[i];
    if (reply.delays_ms[i] > 0) steps.push_back(delay_step(reply.delays_ms[i]));
    const bool plain = step.action == "accept" || step.action == "ack" || step.action == "started";
    const bool usual = !step.target || usual_target(step, stub.mode, first, stub.target) == *step.target;
    if (plain && usual) {
      steps.push_back(text_node(step.action));
    } else {
      Node node = object_node({{step.action, step.value}});
      if (!usual) add_member(node, "target", text_node(std::string{word_for(*step.target)}));
      steps.push_back(std::move(node));
    }
    first = false;
  }
  return array_node(std::move(steps));
}

// The mock puts an accept before a reply that names none.
bool begins_by_itself(const RecordedReply& reply) {
  return std::any_of(reply.steps.begin(), reply.steps.end(), [](const RecordedStep& step) {
    return step.action == "accept" || step.action == "ack" || step.action == "started";
  });
}

Node stub_node(const RecordedStub& stub, Target usual) {
  Node node = object_node({{"name", text_node(stub.name)}, {"match", stub.match}});
  if (!(stub.target == usual)) add_member(node, "target", text_node(std::string{word_for(stub.target)}));
  if (!std::all_of(stub.replies.begin(), stub.replies.end(), begins_by_itself)) {
    add_member(node, "accept", boolean_node(false));
  }
  std::vector<Node> replies;
  for (const RecordedReply& reply : stub.replies) replies.push_back(reply_node(stub, reply));
  if (replies.size() == 1) {
    add_member(node, "reply", std::move(replies.front()));
  } else {
    add_member(node, "sequence", array_node(std::move(replies)));
  }
  return node;
}

// One key to a line, whatever the width.
void append_stub(std::string& out, const RecordedStub& stub, Target usual) {
  const Node node = stub_node(stub, usual);
  out += "    ";
  const char* begin = "{ ";
  for (const NodeMember& member : node.members) {
    out += std::exchange(begin, ",\n      ");
    protocol::append_string(out, member.key);
    out += ": ";
    append_layout(out, member.value, of_a_key, of_a_key + member.key.size() + 4);
  }
  out += " }";
}

Target most_usual(const std::vector<RecordedStub>& stubs) {
  constexpr std::array<Target, 3> choices{Target{true, true}, Target{true, false}, Target{false, true}};
  const auto users = [&](Target choice) {
    return std::count_if(stubs.begin(), stubs.end(), [choice](const auto& stub) { return stub.target == choice; });
  };
  return *std::max_element(choices.begin(), choices.end(), [&](Target a, Target b) { return users(a) < users(b); });
}

std::string header(const RecorderOptions& options, const RecorderCounts& seen, const Secrets& secrets, bool full,
                   std::uint64_t unnameable) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("Recorded by mock-agent record from {}: {}, {}, {} of the agent.",
                              secrets.text(protocol::printable(protocol::redact_url(options.upstream))),
                              count(seen.connections, "connection"), count(seen.requests, "request"),
                              count(seen.frames, "message")));
  // Not their names: what was meant to be a name may be a value.
  const std::string also = options.redact.empty() ? "" : ", and what --redact named";
  lines.push_back("Redacted: session tokens, credentials and other secrets" + also + ".");
  lines.push_back(
      "A condition {\"absent\": false} stands for an argument that was redacted, or is another in each run: any will do.");
  const auto left_out = [&lines](std::uint64_t number, std::string_view what, std::string_view so) {
    if (number > 0) lines.push_back(fmt::format("Not in here: {}{}.", count(number, what), so));
  };
  if (full) {
    lines.push_back(fmt::format("INCOMPLETE: {} came when {} MiB had been recorded.", count(seen.unrecorded, "message"),
                                options.max_bytes / 1024 / 1024));
  }
  left_out(seen.refused, "upgrade", " that the agent refused");
  left_out(seen.no_requests, "message", " of clients that no request can be; mock-agent answers them by itself");
  left_out(seen.before_request, "message", " of the agent on connections without a request");
  left_out(seen.idle_closes, "connection", " ended by the agent while no request was live: that end");
  left_out(unnameable, "request", " with a secret in their command");
  if (seen.early > 0) {
    lines.push_back(fmt::format("{} of the agent came before the first request of a connection, and {} now.",
                                count(seen.early, "message"), seen.early == 1 ? "follows it" : "follow it"));
  }
  std::string text;
  for (const std::string& line : lines) text += "// " + line + "\n";
  return text;
}

// No module asks for a session, so that a client passes with whatever token it has; but those that the recorded logins hand out
// are good ones, for who wants to require them.
Node auth_node(std::size_t tokens, bool never_echoes) {
  Node auth = object_node({{"required", boolean_node(false)}});
  if (tokens > 0) {
    add_member(auth, "users", object_node({{"recorded-user", text_node("recorded-password")}}));
    std::vector<Node> list;
    for (std::size_t number = 1; number <= tokens; ++number) {
      list.push_back(object_node({{"token", text_node(Secrets::stand_in(number))}, {"user", text_node("recorded-user")}}));
    }
    add_member(auth, "tokens", array_node(std::move(list)));
  }
  if (never_echoes) add_member(auth, "echo", text_node("never"));
  return auth;
}

std::string about(const RecordedStub& stub) {
  if (stub.requests == 1) return {};
  if (stub.replies.size() == 1) return fmt::format("    // {} requests, answered alike\n", stub.requests);
  return fmt::format("    // {} requests; the last reply stays\n", stub.requests);
}

}  // namespace

std::string Recorder::scenario() const {
  Secrets secrets{options_.redact};
  for (const Exchange& exchange : exchanges_) {
    secrets.learn(exchange.request);
    for (const RecordedFrame& frame : exchange.frames) {
      const auto tree = frame.kind == RecordedFrame::Kind::text ? read_json(frame.text) : std::nullopt;
      if (tree) secrets.learn(*tree);
    }
  }
  secrets.learn(outside_);
  secrets.seal();

  const auto stubs = stubs_of(exchanges_, secrets);
  const auto unnameable = std::accumulate(stubs.begin(), stubs.end(), exchanges_.size(),
                                          [](auto left, const auto& stub) { return left - stub.requests; });
  const Target target = most_usual(stubs);

  std::string out = header(options_, counts_, secrets, full_, unnameable);
  out += "{\n  \"version\": 1,\n  \"name\": \"recorded\",\n  \"auth\": ";
  append_layout(out, auth_node(secrets.stand_ins(), offered_ > 0 && selected_ == 0), 2, 10);
  out += fmt::format(",\n  \"target\": \"{}\",\n  \"stubs\": [", word_for(target));
  const char* comma = "\n";
  for (const RecordedStub& stub : stubs) {
    out += std::exchange(comma, ",\n\n") + about(stub);
    append_stub(out, stub, target);
  }
  return out + "\n  ]\n}\n";
}

}  // namespace procedura::mock::record
