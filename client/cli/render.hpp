#pragma once

#include "settings.hpp"

#include <string>
#include <string_view>

/// What goes to stdout. JSON in, JSON out: member order and the digits of numbers are the agent's.
namespace procedura::cli {

struct RenderOptions {
  OutputForm form = OutputForm::pretty;
  bool terminal = false;  ///< control and bidirectional characters are shown as escapes; elsewhere output is exact
};

/// A result or an error object, with its newline. `pretty` is the layout of Python's `json.dumps(indent=2,
/// ensure_ascii=False)`.
std::string render_value(std::string_view json, const RenderOptions& options);

/// An event of a stream: the frame with `phase` as its first member, as `{"phase": status, **frame}` is in Python. A `phase` of
/// the agent's own keeps its value.
std::string render_event(std::string_view frame, std::string_view phase, const RenderOptions& options);

/// True when `result` is a worldstate whose `entities` is empty: the world is not initialised.
bool is_empty_world(std::string_view result);

/// Whether to write colours on stderr, by --color and the habits of NO_COLOR and TERM.
bool use_color(When when, bool terminal, const Variables& variables);

}  // namespace procedura::cli
