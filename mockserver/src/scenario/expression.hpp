#pragma once

#include "scenario/template.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What stands between `${` and `}`.
namespace procedura::mock {

/// A value as JSON text.
struct Json {
  std::string text;
};
/// There is no such value; `??` has another.
struct Missing {
  std::string what;
};
/// There is a value, but nothing can be made of it: a division by zero, a text that is no number.
struct Unusable {
  std::string what;
};
using Value = std::variant<Json, std::string, Missing, Unusable>;

struct Expression {
  using Ptr = std::shared_ptr<const Expression>;
  enum class Field : std::uint8_t { id, job, seq, cmd, mode, args, raw_args, user, device, now_ms };
  struct Constant {
    Value value;
  };
  struct Argument {
    bool raw;
    std::size_t index;
  };
  struct OptionValue {
    std::string name;
  };
  struct Variable {
    std::string name;
  };
  struct Loop {
    std::size_t depth;
  };
  struct RandomInt {
    Ptr low, high;
    std::uint64_t slot;  ///< which of the random values of its template
  };
  struct RandomUuid {
    std::uint64_t slot;
  };
  struct Negation {
    Ptr operand;
  };
  struct Binary {
    char op;  ///< + - * / or ? for ??
    Ptr left, right;
  };

  std::string source;  ///< as written, for messages
  std::variant<Constant, Field, Argument, OptionValue, Variable, Loop, RandomInt, RandomUuid, Negation, Binary> node;
};

Value evaluate(const Expression& expression, const RenderContext& context);

/// What names mean where an expression stands, and what was found on the way.
struct CompileScope {
  std::vector<std::string> loops;  ///< names of the loop variables, outermost first
  const std::function<std::optional<std::string>(std::string_view)>& environment;
  std::uint64_t randoms = 0;                  ///< random values so far in this template
  std::vector<std::string> secrets = {};      ///< values that came from the environment
  std::vector<std::string> missing_env = {};  ///< names that it has no value for, and that have no default
  std::vector<std::string> variables = {};    ///< names that `var` was asked for
};

/// An expression that cannot be read: what is wrong with it.
struct ExpressionError {
  std::string message;
};

/// Reads the expression that begins at `at` and moves `at` behind its `}`.
std::variant<Expression::Ptr, ExpressionError> parse_expression(std::string_view text, std::size_t& at, CompileScope& scope);

/// Names that a loop variable cannot have.
bool is_reserved_name(std::string_view name);
/// A letter or `_`, then letters, digits and `_`.
bool is_identifier(std::string_view name);

}  // namespace procedura::mock
