#include "render.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/redaction.hpp>

namespace procedura::cli {
namespace {

constexpr std::size_t depth = protocol::Limits{}.max_depth + 1;

std::string with_phase(std::string_view frame, std::string_view phase) {
  std::string members;
  std::string own;
  for (protocol::ObjectScanner scan{frame, depth}; auto member = scan.next();) {
    if (protocol::string_equals(member->key, "phase")) {
      own = member->value;
      continue;
    }
    members.append(",").append(member->key).append(":").append(member->value);
  }
  std::string text = "{\"phase\":";
  if (own.empty())
    protocol::append_string(text, phase);
  else
    text += own;
  return text + members + "}";
}

}  // namespace

std::string render_value(std::string_view json, const RenderOptions& options) {
  std::string text;
  if (options.form == OutputForm::pretty)
    protocol::append_pretty(text, json);
  else
    protocol::append_compact(text, json);
  if (options.terminal) text = protocol::printable(text, true);
  text += '\n';
  return text;
}

std::string render_event(std::string_view frame, std::string_view phase, const RenderOptions& options) {
  return render_value(with_phase(frame, phase), options);
}

bool is_empty_world(std::string_view result) {
  bool empty = false;
  for (protocol::ObjectScanner scan{result, depth}; auto member = scan.next();)
    if (protocol::string_equals(member->key, "entities")) {
      std::string entities;
      protocol::append_compact(entities, member->value);
      empty = entities == "{}" || entities == "[]";
    }
  return empty;
}

bool use_color(When when, bool terminal, const Variables& variables) {
  if (when != When::automatic) return when == When::always;
  return terminal && !variables("NO_COLOR") && variables("TERM").value_or("dumb") != "dumb";
}

}  // namespace procedura::cli
