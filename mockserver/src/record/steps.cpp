#include "record/steps.hpp"

#include "record/json_tree.hpp"
#include "record/placeholders.hpp"

#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/json_text.hpp>

#include <algorithm>
#include <chrono>

namespace procedura::mock::record {
namespace {

using protocol::Mode;
using protocol::Status;
using protocol::Target;

std::int64_t whole_ms(Duration at) {
  return std::chrono::round<std::chrono::milliseconds>(std::max(at, Duration::zero())).count();
}

const Node* string_member(const Node& frame, std::string_view name) {
  const auto* member = frame.member(name);
  return member != nullptr && member->value.kind == Node::Kind::string ? &member->value : nullptr;
}

bool is_nameless_start(const RecordedFrame& frame) {
  if (frame.kind != RecordedFrame::Kind::text) return false;
  const auto reply = protocol::decode_reply(frame.text).reply;
  return reply.status == Status::started && !reply.id;
}

// Words that make a scenario's loader look elsewhere for a value.
bool has_directive(const Node& node) {
  return node.member("$file") != nullptr || node.member("$generate") != nullptr ||
         std::any_of(node.items.begin(), node.items.end(), has_directive) ||
         std::any_of(node.members.begin(), node.members.end(), [](const auto& member) { return has_directive(member.value); });
}

// In a text, keys too are looked through for placeholders.
void escape_keys(Node& node) {
  for (Node& item : node.items) escape_keys(item);
  for (NodeMember& member : node.members) {
    member.key = Placeholders::escaped(member.key);
    escape_keys(member.value);
  }
}

/// One frame, and how a scenario says it.
class FrameReader {
 public:
  FrameReader(const Exchange& exchange, const Secrets& secrets)
      : exchange_{exchange}, placeholders_{secrets, exchange.request.id, exchange.job_id}, secrets_{secrets} {}

  RecordedStep step(const RecordedFrame& frame, bool may_end) const {
    if (frame.kind == RecordedFrame::Kind::binary || !protocol::is_utf8(frame.text)) {
      return bytes(frame.at, secrets_.unreadable(frame.text));
    }
    auto tree = read_json(frame.text);
    if (!tree) return {whole_ms(frame.at), "raw", text_node(placeholders_.unreadable(frame.text)), {}};
    if (tree->kind != Node::Kind::object || has_directive(*tree)) return json_as_text(frame.at, *tree);
    if (auto natural = natural_step(frame.at, *tree, may_end)) return std::move(*natural);
    return {whole_ms(frame.at), "send", placeholders_.json(std::move(*tree)), {}};
  }

 private:
  static RecordedStep bytes(Duration at, std::string_view bytes) {
    return {whole_ms(at), "raw", object_node({{"base64", text_node(protocol::encode_base64(bytes))}}), {}};
  }

  RecordedStep json_as_text(Duration at, const Node& tree) const {
    Node node = placeholders_.json(tree);
    escape_keys(node);
    std::string text;
    append_json(text, node);
    return {whole_ms(at), "raw", text_node(std::move(text)), {}};
  }

  // What the mock would put together itself, with these members and no others.
  std::optional<RecordedStep> natural_step(Duration at, const Node& frame, bool may_end) const {
    const auto target = target_of(frame);
    const Node* status_text = string_member(frame, "status");
    if (!target || status_text == nullptr) return std::nullopt;
    const Status status = protocol::status_from(status_text->text);
    if (protocol::is_terminal(status) && !may_end) return std::nullopt;

    Node members = object_node();
    for (const NodeMember& member : frame.members) {
      if (member.key != "id" && member.key != "job_id" && member.key != "status") members.members.push_back(member);
    }
    RecordedStep step{whole_ms(at), std::string{protocol::to_string(status)}, placeholders_.json(members), target};
    const bool bare = members.members.empty();
    switch (status) {
      case Status::ack:
      case Status::started:
        if (!bare) return std::nullopt;
        if ((status == Status::ack) == (exchange_.request.mode == Mode::sync)) step.action = "accept";
        return step;
      case Status::running:
        return step;
      case Status::finished:
        if (members.members.size() != 1 || members.members.front().key != "result") return std::nullopt;
        step.value = std::move(step.value.members.front().value);
        return step;
      case Status::error:
        return is_error(members) ? std::optional{std::move(step)} : std::nullopt;
      case Status::unknown:
        break;
    }
    return std::nullopt;
  }

  static bool is_error(const Node& members) {
    const Node* code = string_member(members, "code");
    return string_member(members, "message") != nullptr &&
           (members.member("code") == nullptr || (code != nullptr && !code->text.empty()));
  }

  // Nothing: it bears none of the ids of this exchange, or one that is not.
  std::optional<Target> target_of(const Node& frame) const {
    const auto bears = [&](std::string_view name, std::string_view own) {
      const Node* id = string_member(frame, name);
      return id != nullptr && !own.empty() && id->text == own;
    };
    const Target target{bears("id", exchange_.request.id), bears("job_id", exchange_.job_id)};
    const bool others = (frame.member("id") != nullptr && !target.id) || (frame.member("job_id") != nullptr && !target.job_id);
    return others || (!target.id && !target.job_id) ? std::nullopt : std::optional{target};
  }

  const Exchange& exchange_;
  Placeholders placeholders_;
  const Secrets& secrets_;
};

RecordedStep end_step(const RecordedEnd& end, const Secrets& secrets) {
  constexpr std::uint16_t no_close = 1006;
  constexpr std::uint16_t no_code = 1005;
  if (end.code == no_close) return {whole_ms(end.at), "fault", text_node("drop"), {}};
  Node close = object_node({{"code", number_node(std::to_string(end.code == no_code ? std::uint16_t{1000} : end.code))}});
  if (!end.reason.empty()) add_member(close, "reason", text_node(secrets.unreadable(end.reason)));
  return {whole_ms(end.at), "close", std::move(close), {}};
}

}  // namespace

std::vector<RecordedStep> steps_of(const Exchange& exchange, const Secrets& secrets) {
  const FrameReader reader{exchange, secrets};
  std::vector<RecordedStep> steps;
  for (const RecordedFrame& frame : exchange.frames) {
    // A natural finished or error ends the reply: nothing may stand behind it.
    const bool last = &frame == &exchange.frames.back() && !exchange.end;
    steps.push_back(reader.step(frame, last));
    if (is_nameless_start(frame)) {
      for (RecordedStep& step : steps) step.at_ms = 0;
    }
  }
  if (exchange.end) steps.push_back(end_step(*exchange.end, secrets));
  return steps;
}

std::string content_of(const std::vector<RecordedStep>& steps) {
  std::string text;
  for (const RecordedStep& step : steps) {
    text += step.action;
    if (step.target) text += std::string{step.target->id ? " id" : ""} + (step.target->job_id ? " job_id" : "");
    append_json(text, step.value);
  }
  return text;
}

Target usual_target(const RecordedStep& step, Mode mode, bool first, Target chosen) {
  const bool accept = step.action == "accept";
  if (step.action == "ack" || (accept && mode == Mode::sync)) return {true, chosen.job_id};
  if (step.action == "started" || accept) return {true, true};
  return {chosen.id || first, chosen.job_id};
}

}  // namespace procedura::mock::record
