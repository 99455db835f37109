#include "scenario/expression.hpp"

#include "scenario/number.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/random.hpp>

#include <array>
#include <cmath>

namespace procedura::mock {
namespace {

using Field = Expression::Field;

Value integer(std::uint64_t value) {
  return Json{std::to_string(value)};
}

Value list(const std::vector<std::string>& texts) {
  std::string json = "[";
  for (const std::string& text : texts) {
    if (json.size() > 1) json += ',';
    protocol::append_string(json, text);
  }
  return Json{json + "]"};
}

/// A number, or why there is none.
std::variant<double, Missing, Unusable> number(const Expression& operand, const RenderContext& context) {
  Value value = evaluate(operand, context);
  if (auto* missing = std::get_if<Missing>(&value)) return std::move(*missing);
  if (auto* fault = std::get_if<Unusable>(&value)) return std::move(*fault);
  const auto* json = std::get_if<Json>(&value);
  const auto parsed = number_of(json != nullptr ? json->text : std::get<std::string>(value));
  if (!parsed) return Unusable{operand.source + " is not a number"};
  return *parsed;
}

std::optional<Value> failed(std::variant<double, Missing, Unusable>& operand) {
  if (auto* missing = std::get_if<Missing>(&operand)) return std::move(*missing);
  if (auto* fault = std::get_if<Unusable>(&operand)) return std::move(*fault);
  return std::nullopt;
}

Value finite(double value, const Expression& expression) {
  if (!std::isfinite(value)) return Unusable{expression.source + " is beyond any number"};
  std::string text;
  append_number(text, value);
  return Json{std::move(text)};
}

std::string uuid(std::uint64_t draw) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  const std::array<std::uint64_t, 2> halves = {protocol::mix(draw, 1), protocol::mix(draw, 2)};
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    std::size_t digit = (halves[i / 16] >> (4 * (i % 16))) & 0xFU;
    if (i == 12) digit = 4;                 // version: random
    if (i == 16) digit = 8 | (digit & 3U);  // variant of RFC 9562
    text += digits[digit];
  }
  return text;
}

struct Evaluator {
  const Expression& self;
  const RenderContext& context;

  Value operator()(const Expression::Constant& constant) const { return constant.value; }

  Value operator()(Field field) const {
    const ReceivedRequest& request = context.request;
    switch (field) {
      case Field::id:
        return request.id;
      case Field::job:
        return std::string{context.job};
      case Field::seq:
        return integer(context.seq);
      case Field::cmd:
        return request.cmd;
      case Field::mode:
        return std::string{protocol::to_string(request.mode)};
      case Field::args:
        return list(request.args);
      case Field::raw_args:
        return list(request.raw_args);
      case Field::user:
        return sender(request.sender.user, "the request has no user: its connection is not logged in");
      case Field::device:
        return sender(request.sender.device, "the request has no device");
      case Field::now_ms:
        break;
    }
    return Json{std::to_string(context.now_ms)};
  }

  Value operator()(const Expression::Argument& argument) const {
    const auto& list = argument.raw ? context.request.raw_args : context.request.args;
    if (argument.index < list.size()) return list[argument.index];
    return Missing{self.source + " is missing: the request has " + std::to_string(list.size()) +
                   (argument.raw ? " arguments" : " positional arguments")};
  }

  Value operator()(const Expression::OptionValue& option) const {
    const Option* found = context.request.option(option.name);
    if (found == nullptr) return Missing{self.source + " is missing: the request has no option --" + option.name};
    if (!found->value) return Json{"true"};
    if (number_of(*found->value)) return Json{*found->value};
    return *found->value;
  }

  Value operator()(const Expression::Variable& variable) const {
    for (const Variables* scope : {context.variables, context.outer[0], context.outer[1]}) {
      if (scope == nullptr) continue;
      const auto found = scope->find(variable.name);
      if (found != scope->end()) return json(found->second);
    }
    return Missing{self.source + " is missing: no such variable was set"};
  }

  Value operator()(const Expression::Loop& loop) const {
    if (loop.depth < context.loops.size()) return integer(context.loops[loop.depth]);
    return Missing{self.source + " is missing: no such repeat is running"};
  }

  Value operator()(const Expression::RandomInt& random) const {
    auto low = number(*random.low, context);
    if (auto why = failed(low)) return std::move(*why);
    auto high = number(*random.high, context);
    if (auto why = failed(high)) return std::move(*why);
    constexpr double exact = 9007199254740992.0;
    const double from = std::ceil(std::get<double>(low));
    const double to = std::floor(std::get<double>(high));
    if (from < -exact || to > exact || from > to) return Unusable{self.source + " has no whole number between its bounds"};
    const auto count = static_cast<std::uint64_t>(to - from) + 1;
    const std::uint64_t offset = protocol::mix(context.draw, random.slot + 1) % count;
    return Json{std::to_string(static_cast<std::int64_t>(from) + static_cast<std::int64_t>(offset))};
  }

  Value operator()(const Expression::RandomUuid& random) const { return uuid(protocol::mix(context.draw, random.slot + 1)); }

  Value operator()(const Expression::Negation& negation) const {
    auto operand = number(*negation.operand, context);
    if (auto why = failed(operand)) return std::move(*why);
    return finite(0.0 - std::get<double>(operand), self);
  }

  Value operator()(const Expression::Binary& binary) const {
    if (binary.op == '?') {
      Value value = evaluate(*binary.left, context);
      return std::holds_alternative<Missing>(value) ? evaluate(*binary.right, context) : value;
    }
    auto left = number(*binary.left, context);
    if (auto why = failed(left)) return std::move(*why);
    auto right = number(*binary.right, context);
    if (auto why = failed(right)) return std::move(*why);
    const double a = std::get<double>(left);
    const double b = std::get<double>(right);
    if (binary.op == '+') return finite(a + b, self);
    if (binary.op == '-') return finite(a - b, self);
    if (binary.op == '*') return finite(a * b, self);
    if (b == 0) return Unusable{self.source + " divides by zero"};
    return finite(a / b, self);
  }

 private:
  static Value sender(const std::optional<std::string>& name, std::string_view otherwise) {
    if (name) return *name;
    return Missing{std::string{otherwise}};
  }
  /// A JSON text as a value: a JSON string is a text like any other.
  static Value json(const std::string& text) {
    if (auto decoded = protocol::decode_string(text)) return std::move(*decoded);
    return Json{text};
  }
};

}  // namespace

Value evaluate(const Expression& expression, const RenderContext& context) {
  return std::visit(Evaluator{expression, context}, expression.node);
}

}  // namespace procedura::mock
