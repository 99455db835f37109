#include "scenario/could_match.hpp"

#include "scenario/number.hpp"

#include <algorithm>
#include <cmath>

namespace procedura::mock {
namespace {

using Literal = Condition::Literal;

std::vector<Literal> named(const Condition& condition) {
  return condition.equal ? std::vector<Literal>{*condition.equal} : condition.one_of;
}

bool bounded(const Condition& condition) {
  return condition.at_least || condition.at_most;
}
bool in_bounds(const Condition& condition, double value) {
  return (!condition.at_least || value >= *condition.at_least) && (!condition.at_most || value <= *condition.at_most);
}

/// A number as it may be written has no other characters.
bool could_be_in_a_number(const std::string& part) {
  return part.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

/// True when one field could equal both.
bool agree(const Literal& a, const Literal& b) {
  const bool flag = std::holds_alternative<Condition::Flag>(a);
  if (flag || std::holds_alternative<Condition::Flag>(b)) return a.index() == b.index();
  const auto* text_a = std::get_if<std::string>(&a);
  const auto* text_b = std::get_if<std::string>(&b);
  if (text_a != nullptr && text_b != nullptr) return *text_a == *text_b;
  const auto value = [](const Literal& literal) {
    const auto* text = std::get_if<std::string>(&literal);
    return text != nullptr ? number_of(*text) : std::get<Condition::Number>(literal).value;
  };
  return value(a) == value(b);
}

/// True when a field that equals the literal could meet the rest of the condition too.
bool fits(const Condition& condition, const Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal)) return matches(condition, *text);
  if (!condition.one_of.empty() && std::none_of(condition.one_of.begin(), condition.one_of.end(),
                                                [&](const Literal& other) { return agree(literal, other); })) {
    return false;
  }
  if (const auto* number = std::get_if<Condition::Number>(&literal)) {
    return in_bounds(condition, number->value) && (!condition.contains || could_be_in_a_number(*condition.contains));
  }
  return !bounded(condition) && !condition.contains && condition.matches == nullptr;  // a flag has no text
}

}  // namespace

bool could_match(const Condition& condition) {
  if (condition.absent.value_or(false)) return true;
  if (condition.at_least && condition.at_most && *condition.at_least > *condition.at_most) return false;
  if (bounded(condition) && condition.contains && !could_be_in_a_number(*condition.contains)) return false;
  const std::vector<Literal> literals = named(condition);
  return literals.empty() ||
         std::any_of(literals.begin(), literals.end(), [&](const Literal& each) { return fits(condition, each); });
}

bool could_match_ordinal(const Condition& condition) {
  if (condition.absent.value_or(false) || !could_match(condition)) return false;
  const std::vector<Literal> literals = named(condition);
  const auto ordinal = [&](const Literal& literal) {
    const auto* number = std::get_if<Condition::Number>(&literal);
    return number != nullptr && number->value >= 1 && std::trunc(number->value) == number->value && fits(condition, literal);
  };
  if (!literals.empty()) return std::any_of(literals.begin(), literals.end(), ordinal);
  const double low = std::ceil(std::max(condition.at_least.value_or(1), 1.0));
  return !condition.at_most || low <= std::floor(*condition.at_most);
}

}  // namespace procedura::mock
