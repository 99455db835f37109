#pragma once

#include <procedura/protocol/limits.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::protocol {

/// How a module is run: one result, or a job that is followed.
enum class Mode : std::uint8_t { sync, async };

std::string_view to_string(Mode mode) noexcept;                 ///< "sync", "async"
std::optional<Mode> mode_from(std::string_view name) noexcept;  ///< the reverse; nothing for any other word

/// How `args` begins (REQ-4): with the module's own name, or with its first argument.
enum class ArgsStyle : std::uint8_t { module_first, bare };

std::string_view to_string(ArgsStyle style) noexcept;                      ///< "module-first", "bare"
std::optional<ArgsStyle> args_style_from(std::string_view name) noexcept;  ///< the reverse; nothing for any other word

/// A request as its receiver sees it (REQ-1).
struct Request {
  std::string id;                 ///< 1 to 256 bytes (REQ-2)
  std::string cmd;                ///< the module (REQ-3)
  std::vector<std::string> args;  ///< as sent; see `strip_module_name`
  Mode mode = Mode::sync;         ///< as asked for
};

/// Appends the frame of a request (REQ-1) in the documented member order. `args` are the module's own arguments; with
/// `module_first`, `cmd` goes before them. All strings must be valid UTF-8.
void append_request(std::string& out, std::string_view id, std::string_view cmd, std::span<const std::string> args, Mode mode,
                    ArgsStyle style);

/// Why a message is no request. `id` is there when it could be read as a string.
struct BadRequest {
  /// What is wrong: the frame, or one of its members.
  enum class Kind : std::uint8_t { frame, member } kind = Kind::frame;  ///< BAD_FRAME (CON-4) or BAD_REQUEST (REQ-5)
  std::string message;                                                  ///< for people
  std::optional<std::string> id;                                        ///< of the message, if it could be read
};

/// Reads a request from the text of a message and checks it as a whole (REQ-1, REQ-2, REQ-5, CON-4, CON-9). Where a member
/// stands twice, the last one counts, as in Python and JavaScript.
std::variant<Request, BadRequest> decode_request(std::string_view text, const Limits& limits = {});

/// REQ-4: takes one leading argument that equals `cmd` away. Returns true if there was one.
bool strip_module_name(Request& request);

}  // namespace procedura::protocol
