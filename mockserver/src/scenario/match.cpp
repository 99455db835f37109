#include "scenario/match.hpp"

#include "scenario/number.hpp"
#include "scenario/suggest.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace procedura::mock {
namespace {

constexpr std::size_t max_subject = 64 * 1024;

/// What a field holds: nothing, a flag, or a text.
struct Found {
  bool there = false;
  const std::string* text = nullptr;  ///< null: a flag without a value

  std::string shown() const {
    if (!there) return "missing";
    return text == nullptr ? "a flag" : quote(*text);
  }
};

Found found(const std::string& text) {
  return {true, &text};
}
Found found(const std::optional<std::string>& text) {
  return {text.has_value(), text ? &*text : nullptr};
}

bool equals(const Condition::Literal& literal, const Found& field) {
  if (std::holds_alternative<Condition::Flag>(literal)) return field.text == nullptr;
  if (field.text == nullptr) return false;
  if (const auto* text = std::get_if<std::string>(&literal)) return *text == *field.text;
  return number_of(*field.text) == std::get<Condition::Number>(literal).value;
}

bool in_range(const Condition& condition, const Found& field) {
  if (!condition.at_least && !condition.at_most) return true;
  const auto number = field.text != nullptr ? number_of(*field.text) : std::nullopt;
  return number && (!condition.at_least || *number >= *condition.at_least) &&
         (!condition.at_most || *number <= *condition.at_most);
}

bool meets(const Condition& condition, const Found& field) {
  if (condition.absent) {
    if (*condition.absent == field.there) return false;
    if (*condition.absent) return true;
  } else if (!field.there) {
    return false;
  }
  if (condition.equal && !equals(*condition.equal, field)) return false;
  if (!condition.one_of.empty() && std::none_of(condition.one_of.begin(), condition.one_of.end(),
                                                [&](const auto& literal) { return equals(literal, field); })) {
    return false;
  }
  if (condition.contains && (field.text == nullptr || field.text->find(*condition.contains) == std::string::npos)) return false;
  if (condition.matches != nullptr &&
      (field.text == nullptr || field.text->size() > max_subject || !re2::RE2::PartialMatch(*field.text, *condition.matches))) {
    return false;
  }
  return in_range(condition, field);
}

/// What a field is called, put together only for those who read it.
struct FieldName {
  std::string_view of;
  std::string_view option = {};
  std::optional<std::size_t> index = {};

  std::string text() const {
    if (index) return std::string{of} + "[" + std::to_string(*index) + "]";
    return option.data() == nullptr ? std::string{of} : std::string{of} + "." + std::string{option};
  }
};

/// Looks at every field that `match` asks for: `report(name, expected, found, met)` returns false to stop. `expected` and
/// `found` are functions that make their texts, since a match that is only tried needs none.
template <typename Report>
class Walk {
 public:
  Walk(const ReceivedRequest& request, Report report) : request_{request}, report_{std::move(report)} {}

  void operator()(const Match& match) {
    if (match.cmd && !field({"cmd"}, *match.cmd, found(request_.cmd))) return;
    if (match.mode && !mode(*match.mode)) return;
    if (match.args && !list("args", *match.args, request_.args)) return;
    if (match.raw_args && !list("raw_args", *match.raw_args, request_.raw_args)) return;
    for (const auto& [name, condition] : match.options) {
      const Option* option = request_.option(name);
      const Found value{option != nullptr, option != nullptr && option->value ? &*option->value : nullptr};
      if (!field({"options", name}, condition, value)) return;
    }
    if (match.user && !field({"user"}, *match.user, found(request_.sender.user))) return;
    if (match.device && !field({"device"}, *match.device, found(request_.sender.device))) return;
    if (match.connection) {
      const std::string ordinal = std::to_string(request_.sender.connection);
      field({"connection"}, *match.connection, found(ordinal));
    }
  }

 private:
  bool field(const FieldName& name, const Condition& condition, const Found& value) {
    return report_(
        name, [&] { return condition.shown; }, [&] { return value.shown(); }, meets(condition, value));
  }

  bool mode(protocol::Mode wanted) {
    return report_(
        FieldName{"mode"}, [&] { return quote(protocol::to_string(wanted)); },
        [&] { return quote(protocol::to_string(request_.mode)); }, request_.mode == wanted);
  }

  bool list(std::string_view name, const ListCondition& condition, const std::vector<std::string>& values) {
    const std::size_t wanted = condition.elements.size();
    if (condition.whole && !report_(
                               FieldName{name}, [&] { return std::to_string(wanted) + " of them"; },
                               [&] { return std::to_string(values.size()); }, values.size() == wanted)) {
      return false;
    }
    for (const auto& [index, element] : condition.elements) {
      const Found value = index < values.size() ? found(values[index]) : Found{};
      if (!field({name, {}, index}, element, value)) return false;
    }
    return true;
  }

  const ReceivedRequest& request_;
  Report report_;
};

}  // namespace

bool matches(const Condition& condition, const std::string& text) {
  return meets(condition, found(text));
}

std::optional<std::vector<std::string>> named_texts(const Condition& condition) {
  std::vector<Condition::Literal> literals = condition.one_of;
  if (condition.equal) literals = {*condition.equal};
  std::vector<std::string> texts;
  for (const auto& literal : literals) {
    const auto* text = std::get_if<std::string>(&literal);
    if (text == nullptr) return std::nullopt;
    if (matches(condition, *text)) texts.push_back(*text);
  }
  return literals.empty() ? std::nullopt : std::optional{std::move(texts)};
}

bool matches(const Match& match, const ReceivedRequest& request) {
  bool all = true;
  Walk walk{request, [&](const auto&, const auto&, const auto&, bool met) { return all = met; }};
  walk(match);
  return all;
}

std::vector<FieldReport> explain(const Match& match, const ReceivedRequest& request) {
  std::vector<FieldReport> reports;
  Walk walk{request, [&](const FieldName& name, const auto& expected, const auto& value, bool met) {
              reports.push_back({name.text(), expected(), value(), met});
              return true;
            }};
  walk(match);
  return reports;
}

}  // namespace procedura::mock
