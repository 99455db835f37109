#include "scenario/template.hpp"

#include "scenario/number.hpp"
#include "scenario/suggest.hpp"
#include "scenario/template_builder.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/random.hpp>

#include <cmath>
#include <utility>

namespace procedura::mock {
namespace {

constexpr std::string_view opening = "${";
constexpr std::string_view escaped = "$${";

/// Appends `text` as the inside of a JSON string.
void append_inside(std::string& out, std::string_view text) {
  const std::size_t quote = out.size();
  protocol::append_string(out, text);
  out.pop_back();
  out.erase(quote, 1);
}

std::optional<RenderError> append_hole(std::string& out, const Template::Hole& hole, const RenderContext& context) {
  Value value = evaluate(*hole.expression, context);
  if (auto* missing = std::get_if<Missing>(&value)) return RenderError{std::move(missing->what)};
  if (auto* fault = std::get_if<Unusable>(&value)) return RenderError{std::move(fault->what)};
  const auto* json = std::get_if<Json>(&value);
  if (!hole.in_string && json != nullptr) {
    out += json->text;
  } else if (!hole.in_string) {
    protocol::append_string(out, std::get<std::string>(value));
  } else {
    append_inside(out, json != nullptr ? json->text : std::get<std::string>(value));
  }
  return std::nullopt;
}

/// Letters, digits, `-` and `_`, which JSON escapes none of. Told by their place alone.
void append_generated(std::string& out, std::uint64_t characters) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::uint64_t per_draw = 10;  // of 6 bits
  out.reserve(out.size() + static_cast<std::size_t>(characters) + 2);
  out += '"';
  std::uint64_t bits = 0;
  for (std::uint64_t i = 0; i < characters; ++i, bits >>= 6U) {
    if (i % per_draw == 0) bits = protocol::mix(0, i / per_draw);
    out += alphabet[bits % alphabet.size()];
  }
  out += '"';
}

}  // namespace

Template Template::constant(std::string json) {
  return Template{std::make_shared<const std::vector<Piece>>(std::vector<Piece>{std::move(json)})};
}

std::optional<RenderError> Template::append_json(std::string& out, const RenderContext& context) const {
  const std::size_t before = out.size();
  for (const Piece& piece : *pieces_) {
    if (const auto* text = std::get_if<std::string>(&piece)) {
      out += *text;
    } else if (const auto* hole = std::get_if<Hole>(&piece)) {
      auto error = append_hole(out, *hole, context);
      if (!error) continue;
      out.resize(before);
      return error;
    } else if (const auto* included = std::get_if<Included>(&piece)) {
      out += *included->json;
    } else {
      append_generated(out, std::get<Generated>(piece).characters);
    }
  }
  return std::nullopt;
}

std::variant<std::string, RenderError> Template::text(const RenderContext& context) const {
  std::string json;
  if (auto error = append_json(json, context)) return std::move(*error);
  if (auto decoded = protocol::decode_string(json)) return std::move(*decoded);
  return json;
}

std::variant<std::uint64_t, RenderError> Template::count(const RenderContext& context) const {
  auto rendered = text(context);
  if (auto* error = std::get_if<RenderError>(&rendered)) return std::move(*error);
  const auto number = number_of(std::get<std::string>(rendered));
  if (!number || *number < 0 || *number > static_cast<double>(max_count) || std::trunc(*number) != *number) {
    return RenderError{source() + " is no whole number from 0 to " + std::to_string(max_count)};
  }
  return static_cast<std::uint64_t>(*number);
}

std::string Template::source() const {
  std::string source;
  for (const Piece& piece : *pieces_) {
    if (const auto* text = std::get_if<std::string>(&piece)) {
      source += *text;
    } else if (const auto* hole = std::get_if<Hole>(&piece)) {
      source += "${" + hole->expression->source + "}";
    } else {
      source += std::holds_alternative<Included>(piece) ? "a $file" : "a $generate";
    }
  }
  return source;
}

std::optional<std::string_view> Template::constant_json() const noexcept {
  if (pieces_->size() != 1) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&pieces_->front())) return *text;
  if (const auto* included = std::get_if<Included>(&pieces_->front())) return *included->json;
  return std::nullopt;
}

// ------------------------------------------------------------------------------------------------------------------ building

void TemplateBuilder::constant(std::string_view json) {
  if (pieces_.empty() || !std::holds_alternative<std::string>(pieces_.back())) pieces_.emplace_back(std::string{});
  std::get<std::string>(pieces_.back()) += json;
}

void TemplateBuilder::constant_string(std::string_view text) {
  std::string json;
  protocol::append_string(json, text);
  constant(json);
}

void TemplateBuilder::hole(Expression::Ptr expression, bool in_string) {
  pieces_.emplace_back(Template::Hole{std::move(expression), in_string});
}

std::vector<std::string> TemplateBuilder::string(std::string_view text) {
  std::vector<std::string> errors;
  std::vector<std::variant<std::string, Expression::Ptr>> parts;
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with(escaped)) {
      plain += opening;
      at += escaped.size();
    } else if (rest.starts_with(opening)) {
      const std::size_t start = at;
      at += opening.size();
      auto parsed = parse_expression(text, at, scope_);
      if (auto* error = std::get_if<ExpressionError>(&parsed)) {
        errors.push_back("in " + quote(text.substr(start)) + ": " + error->message);
        const std::size_t end = text.find('}', at);  // go on behind it: there may be more
        if (end == std::string_view::npos) break;
        at = end + 1;
        continue;
      }
      if (!plain.empty()) parts.emplace_back(std::exchange(plain, {}));
      parts.emplace_back(std::get<Expression::Ptr>(std::move(parsed)));
    } else {
      plain += text[at++];
    }
  }
  if (!errors.empty()) return errors;
  if (!plain.empty() || parts.empty()) parts.emplace_back(std::move(plain));

  if (parts.size() == 1 && std::holds_alternative<Expression::Ptr>(parts.front())) {
    hole(std::get<Expression::Ptr>(std::move(parts.front())), false);
    return errors;
  }
  constant("\"");
  for (auto& part : parts) {
    if (auto* expression = std::get_if<Expression::Ptr>(&part)) {
      hole(std::move(*expression), true);
      continue;
    }
    std::string inside;
    append_inside(inside, std::get<std::string>(part));
    constant(inside);
  }
  constant("\"");
  return errors;
}

Template TemplateBuilder::build() && {
  if (pieces_.empty()) constant("");
  return Template{std::make_shared<const std::vector<Template::Piece>>(std::move(pieces_))};
}

}  // namespace procedura::mock
