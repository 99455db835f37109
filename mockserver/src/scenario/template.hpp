#pragma once

#include "scenario/request.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::mock {

/// Variables by name; each value is JSON text.
using Variables = std::map<std::string, std::string, std::less<>>;

/// What the placeholders of a reply are filled from. Views and pointers need to live for the call only.
struct RenderContext {
  const ReceivedRequest& request;
  std::string_view job = {};                  ///< `${job}`: the job id of this instance
  std::uint64_t seq = 0;                      ///< `${seq}`: how many frames this instance has sent before this one
  std::span<const std::uint64_t> loops = {};  ///< iterations (from 0) of the repeats around the step, outermost first
  const Variables* variables = nullptr;       ///< `${var.x}`: those of the instance; null: there are none
  std::int64_t now_ms = 0;                    ///< `${now_ms}`: Unix time
  std::uint64_t draw = 0;  ///< the draw of this step and iteration; each `random` of a template derives its own
  std::array<const Variables*, 2> outer = {};  ///< where else `${var.x}` is looked for: connection, then partition; may be null
};

/// Why a template could not be rendered: the text of a SCENARIO_ERROR. Never holds a value that came from the environment.
struct RenderError {
  std::string message;
};

struct Expression;  // expression.hpp

/// A JSON value with placeholders, compiled: JSON text with holes. Keys are never templates, so that the tree can be laid flat
/// when it is loaded, and rendering is appending. Immutable and shared: copies are cheap, any thread may render.
///
/// In string values: `${id} ${job} ${seq} ${cmd} ${mode} ${args} ${args[0]} ${raw_args} ${raw_args[0]} ${opt.n} ${opt['n']}
/// ${user} ${device} ${var.x} ${env:NAME} ${now_ms} ${random.int(1,6)} ${random.uuid}`, the loop variables of the repeats
/// around, numbers, 'texts', `true false null`, `+ - * /`, parentheses, and `a ?? b`: b where a is missing. A dash before a
/// letter belongs to an option's name (`opt.dry-run`): put spaces around a minus. A lone placeholder keeps its JSON type;
/// `$${` is a literal `${`. One pass: what a placeholder brought in is never looked at again.
///
/// Types: `opt.x` is a number where its text is a JSON number (digits kept as sent), `true` for a flag, else a text; `args[k]`
/// is a text. Arithmetic takes numbers, and texts that are JSON numbers; whole results print as integers.
class Template {
 public:
  /// A template of constant JSON text.
  static Template constant(std::string json);

  Template() : Template{constant("null")} {}

  /// Appends the value as JSON text. On an error `out` is as it was.
  [[nodiscard]] std::optional<RenderError> append_json(std::string& out, const RenderContext& context) const;
  /// The value as plain text: a string without quotes and escapes, anything else as its JSON.
  [[nodiscard]] std::variant<std::string, RenderError> text(const RenderContext& context) const;
  /// The value as a count: a whole number from 0 to `max_count`, as a number or as its text.
  [[nodiscard]] std::variant<std::uint64_t, RenderError> count(const RenderContext& context) const;
  static constexpr std::uint64_t max_count = 1'000'000;

  /// The JSON text if there are no placeholders in it; nothing otherwise.
  std::optional<std::string_view> constant_json() const noexcept;

  /// Much as it was written, for messages.
  std::string source() const;

  /// An expression: as a JSON value, or within a string.
  struct Hole {
    std::shared_ptr<const Expression> expression;
    bool in_string = false;
  };
  /// The JSON of a file, which many templates may share.
  struct Included {
    std::shared_ptr<const std::string> json;
  };
  /// A JSON string of so many characters, made when it is rendered: the same ones each time.
  struct Generated {
    std::uint64_t characters;
  };
  /// The first is constant JSON text.
  using Piece = std::variant<std::string, Hole, Included, Generated>;

 private:
  friend class TemplateBuilder;
  explicit Template(std::shared_ptr<const std::vector<Piece>> pieces) : pieces_{std::move(pieces)} {}
  std::shared_ptr<const std::vector<Piece>> pieces_;
};

}  // namespace procedura::mock
