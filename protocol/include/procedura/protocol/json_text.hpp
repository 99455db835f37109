#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// JSON as text. A frame keeps the text it came as, so that member order and the digits of every number are the sender's own
/// from the socket to the user. No packaged parser both checks a whole text and tells where a member's value stands in it
/// (simdjson refuses integers over 64 bits, nlohmann has no positions and refuses 1e400): hence this one-pass scanner, and
/// nothing more.
namespace procedura::protocol {

/// What keeps a text from being taken as JSON.
enum class JsonFault {
  none,
  not_utf8,    ///< RFC 8259 section 8.1
  syntax,      ///< not JSON; lone surrogate escapes count, no UTF-8 text can hold what they mean
  too_deep,    ///< CON-9
  not_object,  ///< JSON, but no object where one was asked for
};

/// For people: "nested too deeply".
std::string_view describe(JsonFault fault) noexcept;

/// One member of an object. Both views point into the scanned text; `key` and string values keep their quotes and escapes.
struct JsonMember {
  std::string_view key;    ///< with its quotes
  std::string_view value;  ///< raw JSON
};

/// Walks the members of the object that a text is, and checks the whole text on the way: what has not come to `done()` without
/// a fault is not JSON. Never recurses, so depth costs no stack.
///
///     for (ObjectScanner scan{text, 256}; auto member = scan.next();) ...
class ObjectScanner {
 public:
  /// `text` must outlive it. `max_depth`: how deeply values may nest (CON-9).
  ObjectScanner(std::string_view text, std::size_t max_depth) noexcept;

  /// The next member of the outermost object; nothing at its end or at a fault.
  std::optional<JsonMember> next();

  /// Why it stopped; `none` while all is well.
  JsonFault fault() const noexcept { return fault_; }
  /// True once the object and the text behind it were seen to be well-formed.
  bool done() const noexcept { return state_ == State::done; }
  /// Where the scan stands, in bytes; at a fault, where it is.
  std::size_t offset() const noexcept { return at_; }

 private:
  enum class State { before, first, more, done, failed };
  std::optional<JsonMember> fail(JsonFault fault) noexcept;
  void finish() noexcept;

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  State state_ = State::before;
  JsonFault fault_ = JsonFault::none;
};

/// What a check came to.
struct JsonCheck {
  JsonFault fault = JsonFault::none;  ///< `none`: it is JSON
  std::size_t offset = 0;             ///< of the fault, in bytes
};

/// Checks that `text` is one JSON value of any kind, no deeper than `max_depth`.
JsonCheck check_json(std::string_view text, std::size_t max_depth = 256) noexcept;

/// The string that a raw JSON string (with its quotes) means; nothing if `raw` is no string. `raw` must have been checked.
std::optional<std::string> decode_string(std::string_view raw);

/// True when the raw JSON string `raw` means `plain`; decodes only if there is an escape in it.
bool string_equals(std::string_view raw, std::string_view plain);

/// Appends `utf8` as a JSON string, escaped as Python's `json.dumps(ensure_ascii=False)` does. `utf8` must be valid UTF-8.
void append_string(std::string& out, std::string_view utf8);

/// No overlong forms, no surrogates, nothing over U+10FFFF.
bool is_utf8(std::string_view bytes) noexcept;

/// Appends checked JSON laid out as Python's `json.dumps(indent=2, ensure_ascii=False)` would: numbers keep their text, strings
/// are escaped anew. `indent` spaces per level; `base` levels are added to every line but the first.
void append_pretty(std::string& out, std::string_view json, std::size_t indent = 2, std::size_t base = 0);

/// Appends checked JSON without white space between its tokens.
void append_compact(std::string& out, std::string_view json);

}  // namespace procedura::protocol
