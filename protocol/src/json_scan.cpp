#include "json_lexer.hpp"

#include <procedura/protocol/json_text.hpp>

#include <simdjson.h>

namespace procedura::protocol {

std::string_view describe(JsonFault fault) noexcept {
  switch (fault) {
    case JsonFault::none:
      return "valid JSON";
    case JsonFault::not_utf8:
      return "not UTF-8";
    case JsonFault::syntax:
      return "not valid JSON";
    case JsonFault::too_deep:
      return "nested too deep";
    case JsonFault::not_object:
      return "not a JSON object";
  }
  return "not valid JSON";
}

bool is_utf8(std::string_view bytes) noexcept {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

ObjectScanner::ObjectScanner(std::string_view text, std::size_t max_depth) noexcept : text_{text}, max_depth_{max_depth} {}

std::optional<JsonMember> ObjectScanner::fail(JsonFault fault) noexcept {
  fault_ = fault;
  state_ = State::failed;
  return std::nullopt;
}

void ObjectScanner::finish() noexcept {
  lexer::skip_space(text_, at_);
  if (at_ == text_.size()) {
    state_ = State::done;
  } else {
    fail(JsonFault::syntax);
  }
}

std::optional<JsonMember> ObjectScanner::next() {
  if (state_ == State::done || state_ == State::failed) return std::nullopt;
  if (state_ == State::before) {
    if (!is_utf8(text_)) return fail(JsonFault::not_utf8);
    lexer::skip_space(text_, at_);
    if (!lexer::take(text_, at_, '{')) {
      // What is JSON but no object is told apart from what is no JSON at all.
      const JsonFault fault = lexer::skip_value(text_, at_, max_depth_);
      if (fault != JsonFault::none) return fail(fault);
      lexer::skip_space(text_, at_);
      return fail(at_ == text_.size() ? JsonFault::not_object : JsonFault::syntax);
    }
    if (max_depth_ == 0) return fail(JsonFault::too_deep);
    state_ = State::first;
  }
  lexer::skip_space(text_, at_);
  if (lexer::take(text_, at_, '}')) {
    finish();
    return std::nullopt;
  }
  if (state_ == State::more) {
    if (!lexer::take(text_, at_, ',')) return fail(JsonFault::syntax);
    lexer::skip_space(text_, at_);
  }
  state_ = State::more;

  const std::size_t key_at = at_;
  if (!lexer::skip_string(text_, at_)) return fail(JsonFault::syntax);
  const std::string_view key = text_.substr(key_at, at_ - key_at);
  lexer::skip_space(text_, at_);
  if (!lexer::take(text_, at_, ':')) return fail(JsonFault::syntax);
  lexer::skip_space(text_, at_);
  const std::size_t value_at = at_;
  // The object itself is the first level.
  if (const JsonFault fault = lexer::skip_value(text_, at_, max_depth_ - 1); fault != JsonFault::none) return fail(fault);
  return JsonMember{key, text_.substr(value_at, at_ - value_at)};
}

JsonCheck check_json(std::string_view text, std::size_t max_depth) noexcept {
  if (!is_utf8(text)) return {JsonFault::not_utf8, 0};
  std::size_t at = 0;
  lexer::skip_space(text, at);
  if (const JsonFault fault = lexer::skip_value(text, at, max_depth); fault != JsonFault::none) return {fault, at};
  lexer::skip_space(text, at);
  return at == text.size() ? JsonCheck{JsonFault::none, at} : JsonCheck{JsonFault::syntax, at};
}

}  // namespace procedura::protocol
