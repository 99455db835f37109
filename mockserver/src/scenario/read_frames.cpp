// The steps that send a frame, or what is none.
#include "scenario/reply_reader.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/credential.hpp>

namespace procedura::mock {

void ReplyReader::no_members(const Cursor& at) {
  begun_ = true;
  if (at->kind != Node::Kind::object || !at->members.empty()) {
    in_.report.expected(at, "{}: this frame has no members of its own");
  }
}

Step::Action ReplyReader::accept(const Object& /*step*/, const Cursor& at) {
  no_members(at);
  return step::Accept{};
}
Step::Action ReplyReader::ack(const Object& /*step*/, const Cursor& at) {
  no_members(at);
  return step::Ack{};
}
Step::Action ReplyReader::started(const Object& /*step*/, const Cursor& at) {
  no_members(at);
  return step::Started{};
}

Step::Action ReplyReader::running(const Object& /*step*/, const Cursor& at) {
  return step::Running{frame_members(at, {})};
}

Step::Action ReplyReader::finished(const Object& /*step*/, const Cursor& at) {
  return step::Finished{read_template(in_, at, loops_)};
}

Step::Action ReplyReader::error(const Object& /*step*/, const Cursor& at) {
  step::Error error{std::nullopt, {}, frame_members(at, {"code", "message"})};
  const auto text = [&](const NodeMember& member, std::string_view what) {
    const Cursor value = at.member(member);
    return read_string(in_.report, value, what, true) ? std::optional{read_template(in_, value, loops_)} : std::nullopt;
  };
  if (const NodeMember* code = at->member("code")) error.code = text(*code, "an error code");
  if (const NodeMember* message = at->member("message")) {
    error.message = text(*message, "a message").value_or(Template{});
  } else if (at->kind == Node::Kind::object) {
    in_.report.error(at, "expected a key \"message\", found none");
  }
  return error;
}

Template ReplyReader::frame_members(const Cursor& at, const std::vector<std::string_view>& except) {
  if (at->kind != Node::Kind::object) {
    in_.report.expected(at, "an object, the members of the frame");
    return {};
  }
  for (const NodeMember& member : at->members) {
    if (member.key == "id" || member.key == "job_id" || member.key == "status") {
      in_.report.error(member.key_place, pointer_to(at.pointer, member.key),
                       "expected no " + quote(member.key) +
                           ": it is filled in (see \"target\"); {\"send\": {...}} sends exactly what you write");
    }
  }
  return read_members(in_, at, loops_, except);
}

Template ReplyReader::frame(const Cursor& at) {
  if (at->kind != Node::Kind::object) in_.report.expected(at, "an object, the frame");
  Template frame = read_template(in_, at, loops_);
  const auto json = frame.constant_json();
  const bool other = at->member("$file") != nullptr && json && !json->starts_with('{');
  if (other || at->member("$generate") != nullptr) in_.report.error(at, "expected what stands for an object, the frame");
  return frame;
}

Step::Action ReplyReader::send(const Object& /*step*/, const Cursor& at) {
  const NodeMember* status = at->member("status");
  ends_ = ends_ || (status != nullptr && (status->value.text == "finished" || status->value.text == "error")) ||
          at->member("$file") != nullptr;  // who knows
  return step::Send{frame(at)};
}

Step::Action ReplyReader::broadcast(const Object& /*step*/, const Cursor& at) {
  return step::Broadcast{frame(at)};
}

Step::Action ReplyReader::raw(const Object& /*step*/, const Cursor& at) {
  if (at->kind == Node::Kind::string) {
    // Perhaps no frame at all; but what has such a word in it is meant to end something.
    for (const std::string_view status : {"\"finished\"", "\"error\""}) {
      ends_ = ends_ || at->text.find(status) != std::string::npos;
    }
    return step::Raw{read_template(in_, at, loops_)};
  }
  const Object object{in_.report, at, "a text, or {\"base64\": \"...\"} for a binary message", {"base64"}};
  const auto encoded = object.require("base64");
  const auto text = encoded ? read_string(in_.report, *encoded, "base64", true) : std::nullopt;
  auto bytes = text ? protocol::decode_base64(*text) : std::nullopt;
  if (text && !bytes) in_.report.expected(*encoded, "base64 (A to Z, a to z, 0 to 9, + and /)");
  return step::Raw{bytes.value_or(std::string{})};
}

}  // namespace procedura::mock
