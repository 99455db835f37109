#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/reply.hpp>

#include <array>

namespace procedura::protocol {
namespace {

constexpr std::array<std::string_view, 6> status_names{"ack", "started", "running", "finished", "error", "unknown"};

std::string decode_or_empty(Span span, std::string_view text) {
  return span.present() ? decode_string(span.in(text)).value_or(std::string{}) : std::string{};
}

/// Where the members that are read stand.
struct Raw {
  Span id;
  Span job_id;
};

/// Compares the raw key with the six names of interest; keys of our peers hardly ever hold escapes.
void collect(Reply& reply, Raw& raw, const JsonMember& member) {
  const auto place = static_cast<std::size_t>(member.value.data() - reply.text.data());
  const Span span{place, member.value.size()};
  if (string_equals(member.key, "id")) {
    raw.id = span;
  } else if (string_equals(member.key, "job_id")) {
    raw.job_id = span;
  } else if (string_equals(member.key, "status")) {
    reply.status_span = span;
  } else if (string_equals(member.key, "result")) {
    reply.result_span = span;
  } else if (string_equals(member.key, "message")) {
    reply.message_span = span;
  } else if (string_equals(member.key, "code")) {
    reply.code_span = span;
  }
}

DecodedReply::Fault to_fault(JsonFault fault) {
  switch (fault) {
    case JsonFault::too_deep:
      return DecodedReply::Fault::too_deep;
    case JsonFault::not_object:
      return DecodedReply::Fault::not_object;
    default:
      return DecodedReply::Fault::not_json;
  }
}

/// Reads an id member: absent is fine, anything but a string is not.
bool read_id(Span span, std::string_view text, std::optional<std::string>& out) {
  if (!span.present()) return true;
  out = decode_string(span.in(text));
  return out.has_value();
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += name;
  out += "\":";
  append_string(out, value);
}

void append_raw_members(std::string& out, std::string_view members) {
  if (members.empty()) return;
  out += ',';
  out += members;
}

/// Opens a frame: its ids and its status.
void append_head(std::string& out, const Address& to, Target target, Status status) {
  out += '{';
  if (target.id) append_member(out, "id", to.id);
  if (target.job_id && !to.job_id.empty()) append_member(out, "job_id", to.job_id);
  append_member(out, "status", to_string(status));
}

}  // namespace

std::string_view to_string(Status status) noexcept {
  return status_names[static_cast<std::size_t>(status)];
}

Status status_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i + 1 < status_names.size(); ++i) {
    if (status_names[i] == name) return static_cast<Status>(i);
  }
  return Status::unknown;
}

std::string Reply::message() const {
  return decode_or_empty(message_span, text);
}
std::string Reply::code() const {
  return decode_or_empty(code_span, text);
}

DecodedReply decode_reply(std::string text, const Limits& limits) {
  DecodedReply decoded;
  Reply& reply = decoded.reply;
  reply.text = std::move(text);
  Raw raw;
  ObjectScanner scan{reply.text, limits.max_depth};
  while (const auto member = scan.next()) collect(reply, raw, *member);

  const bool id_ok = read_id(raw.id, reply.text, reply.id);
  const bool job_ok = read_id(raw.job_id, reply.text, reply.job_id);
  const auto fail = [&decoded](DecodedReply::Fault fault, std::string what) {
    decoded.fault = fault;
    decoded.what = std::move(what);
  };
  if (!scan.done()) {
    fail(to_fault(scan.fault()), std::string{describe(scan.fault())} + " at byte " + std::to_string(scan.offset()));
  } else if (!id_ok) {
    fail(DecodedReply::Fault::bad_member, "`id` is not a string");
  } else if (!job_ok) {
    fail(DecodedReply::Fault::bad_member, "`job_id` is not a string");
  } else if (!reply.status_span.present()) {
    fail(DecodedReply::Fault::bad_member, "`status` is missing");
  } else if (const auto status = decode_string(reply.status_span.in(reply.text))) {
    reply.status = status_from(*status);
  } else {
    fail(DecodedReply::Fault::bad_member, "`status` is not a string");
  }
  return decoded;
}

void append_ack(std::string& out, const Address& to, Target target) {
  append_head(out, to, target, Status::ack);
  out += '}';
}

void append_started(std::string& out, const Address& to, Target target) {
  append_head(out, to, target, Status::started);
  out += '}';
}

void append_running(std::string& out, const Address& to, Target target, std::string_view members) {
  append_head(out, to, target, Status::running);
  append_raw_members(out, members);
  out += '}';
}

void append_finished(std::string& out, const Address& to, Target target, std::string_view result) {
  append_head(out, to, target, Status::finished);
  out += ",\"result\":";
  out += result;
  out += '}';
}

void append_error(std::string& out, const Address& to, Target target, std::string_view code, std::string_view message,
                  std::string_view members) {
  append_head(out, to, target, Status::error);
  if (!code.empty()) append_member(out, "code", code);
  append_member(out, "message", message);
  append_raw_members(out, members);
  out += '}';
}

void append_untargeted_error(std::string& out, std::string_view code, std::string_view message, std::string_view ref) {
  append_head(out, {}, {false, false}, Status::error);
  append_member(out, "code", code);
  append_member(out, "message", message);
  if (!ref.empty()) append_member(out, "ref", ref);
  out += '}';
}

}  // namespace procedura::protocol
