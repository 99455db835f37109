#include "scenario/expression.hpp"
#include "scenario/number.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace procedura::mock {
namespace {

using Field = Expression::Field;
using Ptr = Expression::Ptr;

constexpr std::array<std::pair<std::string_view, Field>, 10> fields = {{{"id", Field::id},
                                                                        {"job", Field::job},
                                                                        {"seq", Field::seq},
                                                                        {"cmd", Field::cmd},
                                                                        {"mode", Field::mode},
                                                                        {"args", Field::args},
                                                                        {"raw_args", Field::raw_args},
                                                                        {"user", Field::user},
                                                                        {"device", Field::device},
                                                                        {"now_ms", Field::now_ms}}};
constexpr std::array<std::string_view, 7> other_names = {"opt", "var", "env", "random", "true", "false", "null"};

/// A parse goes at most this many operands and this deep: the tree is walked by recursion.
constexpr int max_nodes = 256;
constexpr int max_depth = 32;

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Recursive descent; the first error is thrown to `parse_expression`, which is the only place that sees it.
class Parser {
 public:
  Parser(std::string_view text, std::size_t at, CompileScope& scope) : text_{text}, at_{at}, scope_{scope} {}

  Ptr whole() {
    if (peek() == '}') fail("expected a name, a number or a text");
    Ptr expression = coalesce();
    if (!take("}")) fail("expected an operator or \"}\"");
    return expression;
  }
  std::size_t at() const { return at_; }

 private:
  Ptr coalesce() {
    const std::size_t start = skip();
    const std::size_t unset = scope_.missing_env.size();
    Ptr left = sum();
    if (!take("??")) return left;
    scope_.missing_env.resize(unset);  // they have a default
    const Deeper deeper{*this};
    Ptr right = coalesce();
    return make(start, Expression::Binary{'?', std::move(left), std::move(right)});
  }

  Ptr sum() {
    return chain("+-", [this] { return product(); });
  }
  Ptr product() {
    return chain("*/", [this] { return unary(); });
  }

  template <typename Operand>
  Ptr chain(std::string_view operators, Operand operand) {
    const std::size_t start = skip();
    Ptr left = operand();
    for (char op = peek(); op != '\0' && operators.find(op) != std::string_view::npos; op = peek()) {
      ++at_;
      Ptr right = operand();
      left = make(start, Expression::Binary{op, std::move(left), std::move(right)});
    }
    return left;
  }

  Ptr unary() {
    const std::size_t start = skip();
    if (!take("-")) return primary();
    const Deeper deeper{*this};
    return make(start, Expression::Negation{unary()});
  }

  Ptr primary() {
    const std::size_t start = skip();
    const char next = peek();
    if (next == '(') {
      ++at_;
      const Deeper deeper{*this};
      Ptr inner = coalesce();
      expect(")");
      return inner;
    }
    if (next == '\'') return make(start, constant(quoted_text()));
    if (is_digit(next)) return number(start);
    if (is_letter(next)) return named(start);
    fail(at_ >= text_.size() ? "the expression has no end: expected \"}\"" : "expected a name, a number or a text");
  }

  Ptr number(std::size_t start) {
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.')) {
      const bool exponent = text_[at_] == 'e' || text_[at_] == 'E';
      ++at_;
      if (exponent && at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    }
    const std::string_view digits = text_.substr(start, at_ - start);
    if (!number_of(digits)) fail(quote(digits) + " is not a number");
    return make(start, Expression::Constant{Json{std::string{digits}}});
  }

  Ptr named(std::size_t start) {
    const std::string_view name = identifier();
    const auto loop = std::find(scope_.loops.rbegin(), scope_.loops.rend(), name);
    if (loop != scope_.loops.rend()) {
      return make(start, Expression::Loop{static_cast<std::size_t>(scope_.loops.rend() - loop) - 1});
    }
    if (name == "opt") return make(start, Expression::OptionValue{member(true)});
    if (name == "var") return variable(start);
    if (name == "env") return environment(start);
    if (name == "random") return random(start);
    if (name == "true" || name == "false" || name == "null") return make(start, Expression::Constant{Json{std::string{name}}});
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& known) { return known.first == name; });
    if (field == fields.end()) unknown(name);
    const bool raw = field->second == Field::raw_args;
    if ((raw || field->second == Field::args) && take("[")) return element(start, raw);
    return make(start, field->second);
  }

  Ptr element(std::size_t start, bool raw) {
    const std::size_t first = skip();
    std::size_t index = 0;
    const auto read = std::from_chars(text_.data() + first, text_.data() + text_.size(), index);
    if (read.ec != std::errc{}) fail("expected the number of an argument, from 0");
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    expect("]");
    return make(start, Expression::Argument{raw, index});
  }

  /// `.name` or `['name']`. A dash goes on with the name where a letter follows it.
  std::string member(bool dashes) {
    if (take("[")) {
      skip();
      std::string name = quoted_text();
      expect("]");
      return name;
    }
    if (at_ >= text_.size() || text_[at_] != '.') fail("expected \".name\" or \"['name']\"");
    ++at_;
    std::string name{identifier()};
    while (dashes && at_ + 1 < text_.size() && text_[at_] == '-' && is_letter(text_[at_ + 1])) {
      ++at_;
      name += '-';
      name += identifier();
    }
    return name;
  }

  Ptr variable(std::size_t start) {
    std::string name = member(false);
    scope_.variables.push_back(name);
    return make(start, Expression::Variable{std::move(name)});
  }

  Ptr environment(std::size_t start) {
    if (at_ >= text_.size() || text_[at_] != ':') fail("expected \":NAME\" after env");
    ++at_;
    const std::string name{identifier()};
    const auto value = scope_.environment ? scope_.environment(name) : std::nullopt;
    if (!value) {
      scope_.missing_env.push_back(name);
      return make(start, Expression::Constant{Missing{"the environment had no " + name + " when the scenario was loaded"}});
    }
    if (!protocol::is_utf8(*value)) fail("the value of " + name + " in the environment is not UTF-8");
    scope_.secrets.push_back(*value);
    return make(start, constant(*value));
  }

  Ptr random(std::size_t start) {
    static constexpr std::array<std::string_view, 2> kinds = {"int", "uuid"};
    if (at_ >= text_.size() || text_[at_] != '.') fail("expected \"random.int(low, high)\" or \"random.uuid\"");
    ++at_;
    const std::string_view kind = identifier();
    if (kind == "uuid") return make(start, Expression::RandomUuid{scope_.randoms++});
    if (kind != "int") fail("unknown random." + std::string{kind} + ", expected int or uuid" + did_you_mean(kind, kinds));
    const std::uint64_t slot = scope_.randoms++;
    const Deeper deeper{*this};
    expect("(");
    Ptr low = coalesce();
    expect(",");
    Ptr high = coalesce();
    expect(")");
    return make(start, Expression::RandomInt{std::move(low), std::move(high), slot});
  }

  // ---------------------------------------------------------------------------------------------------------------- tokens

  static Expression::Constant constant(std::string text) { return {Value{std::in_place_type<std::string>, std::move(text)}}; }

  std::string quoted_text() {
    if (at_ >= text_.size() || text_[at_] != '\'') fail("expected a text in single quotes");
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) fail("the text has no closing quote");
    std::string text{text_.substr(at_ + 1, end - at_ - 1)};
    at_ = end + 1;
    return text;
  }

  std::string_view identifier() {
    const std::size_t start = at_;
    if (at_ >= text_.size() || !is_letter(text_[at_])) fail("expected a name");
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::size_t skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail("expected " + quote(token));
  }

  template <typename Node>
  Ptr make(std::size_t start, Node node) {
    if (++nodes_ > max_nodes) fail("the expression is too long");
    return std::make_shared<const Expression>(Expression{std::string{text_.substr(start, at_ - start)}, std::move(node)});
  }

  struct Deeper {
    explicit Deeper(Parser& of) : parser{of} {
      if (++parser.depth_ > max_depth) parser.fail("the expression is nested too deep");
    }
    ~Deeper() { --parser.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser;
  };

  [[noreturn]] void fail(std::string message) const { throw ExpressionError{std::move(message)}; }
  [[noreturn]] void unknown(std::string_view name) const {
    std::vector<std::string_view> known(scope_.loops.begin(), scope_.loops.end());
    for (const auto& field : fields) known.push_back(field.first);
    known.insert(known.end(), other_names.begin(), other_names.end());
    std::string names;
    for (const std::string_view each : known) names += (names.empty() ? "" : ", ") + std::string{each};
    fail("unknown name " + quote(name) + ", expected one of " + names + did_you_mean(name, known));
  }

  std::string_view text_;
  std::size_t at_;
  CompileScope& scope_;
  int nodes_ = 0;
  int depth_ = 0;
};

}  // namespace

std::variant<Expression::Ptr, ExpressionError> parse_expression(std::string_view text, std::size_t& at, CompileScope& scope) {
  Parser parser{text, at, scope};
  try {
    Ptr expression = parser.whole();
    at = parser.at();
    return expression;
  } catch (ExpressionError& error) {
    return std::move(error);
  }
}

bool is_reserved_name(std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }) ||
         std::find(other_names.begin(), other_names.end(), name) != other_names.end();
}

bool is_identifier(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace procedura::mock
