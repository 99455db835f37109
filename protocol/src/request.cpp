#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/request.hpp>

#include <array>

namespace procedura::protocol {
namespace {

/// The four members as raw JSON; where one stands twice, the last.
struct RawRequest {
  std::string_view id;
  std::string_view cmd;
  std::string_view args;
  std::string_view mode;
};

void collect(RawRequest& raw, const JsonMember& member) {
  struct Slot {
    std::string_view name;
    std::string_view RawRequest::*value;
  };
  constexpr std::array slots{Slot{"id", &RawRequest::id}, Slot{"cmd", &RawRequest::cmd}, Slot{"args", &RawRequest::args},
                             Slot{"mode", &RawRequest::mode}};
  for (const Slot& slot : slots) {
    if (string_equals(member.key, slot.name)) raw.*slot.value = member.value;
  }
}

BadRequest bad_frame(const ObjectScanner& scan) {
  return {BadRequest::Kind::frame,
          "the message is " + std::string{describe(scan.fault())} + " (at byte " + std::to_string(scan.offset()) + ")",
          std::nullopt};
}

/// The elements of a checked JSON array of strings; nothing if it is something else.
std::optional<std::vector<std::string>> decode_strings(std::string_view raw) {
  if (raw.empty() || raw.front() != '[') return std::nullopt;
  std::vector<std::string> strings;
  constexpr std::string_view space = " \n\r\t";
  std::size_t at = raw.find_first_not_of(space, 1);
  if (raw[at] == ']') return strings;
  while (true) {
    if (raw[at] != '"') return std::nullopt;
    std::size_t end = at + 1;
    while (raw[end] != '"') end += raw[end] == '\\' ? 2U : 1U;
    strings.push_back(*decode_string(raw.substr(at, end + 1 - at)));
    at = raw.find_first_not_of(space, end + 1);
    if (raw[at] == ']') return strings;
    at = raw.find_first_not_of(space, at + 1);  // behind the comma
  }
}

}  // namespace

std::string_view to_string(Mode mode) noexcept {
  return mode == Mode::sync ? "sync" : "async";
}

std::optional<Mode> mode_from(std::string_view name) noexcept {
  if (name == "sync") return Mode::sync;
  if (name == "async") return Mode::async;
  return std::nullopt;
}

std::string_view to_string(ArgsStyle style) noexcept {
  return style == ArgsStyle::bare ? "bare" : "module-first";
}

std::optional<ArgsStyle> args_style_from(std::string_view name) noexcept {
  if (name == "module-first") return ArgsStyle::module_first;
  if (name == "bare") return ArgsStyle::bare;
  return std::nullopt;
}

void append_request(std::string& out, std::string_view id, std::string_view cmd, std::span<const std::string> args, Mode mode,
                    ArgsStyle style) {
  out += R"({"id":)";
  append_string(out, id);
  out += R"(,"cmd":)";
  append_string(out, cmd);
  out += R"(,"args":[)";
  bool first = true;
  const auto append_arg = [&](std::string_view arg) {
    if (!first) out += ',';
    first = false;
    append_string(out, arg);
  };
  if (style == ArgsStyle::module_first) append_arg(cmd);
  for (const std::string& arg : args) append_arg(arg);
  out += R"(],"mode":")";
  out += to_string(mode);
  out += R"("})";
}

std::variant<Request, BadRequest> decode_request(std::string_view text, const Limits& limits) {
  RawRequest raw;
  ObjectScanner scan{text, limits.max_depth};
  while (const auto member = scan.next()) collect(raw, *member);
  if (!scan.done()) return bad_frame(scan);

  BadRequest bad{BadRequest::Kind::member, {}, decode_string(raw.id)};
  const auto refuse = [&bad](std::string message) {
    bad.message = std::move(message);
    return bad;
  };
  if (!bad.id) return refuse(raw.id.empty() ? "`id` is missing: it must be a string" : "`id` must be a string");
  if (bad.id->empty() || bad.id->size() > limits.max_id) {
    // An id of no use as an id is not sent back either.
    bad.id.reset();
    return refuse("`id` must have 1 to " + std::to_string(limits.max_id) + " bytes");
  }
  auto cmd = decode_string(raw.cmd);
  if (!cmd) return refuse(raw.cmd.empty() ? "`cmd` is missing: it must be a string" : "`cmd` must be a string");
  if (cmd->empty()) return refuse("`cmd` is empty: it must name a module");
  auto args = decode_strings(raw.args);
  if (!args)
    return refuse(raw.args.empty() ? "`args` is missing: it must be an array of strings"
                                   : "`args` must be an array of strings");
  const auto mode_name = decode_string(raw.mode);
  const auto mode = mode_name ? mode_from(*mode_name) : std::nullopt;
  if (!mode)
    return refuse(raw.mode.empty() ? R"(`mode` is missing: it must be "sync" or "async")"
                                   : R"(`mode` must be "sync" or "async")");
  return Request{std::move(*bad.id), std::move(*cmd), std::move(*args), *mode};
}

bool strip_module_name(Request& request) {
  if (request.args.empty() || request.args.front() != request.cmd) return false;
  request.args.erase(request.args.begin());
  return true;
}

}  // namespace procedura::protocol
