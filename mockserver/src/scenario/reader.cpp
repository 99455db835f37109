#include "scenario/reader.hpp"

#include "scenario/number.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace procedura::mock {
namespace {

std::string comma_list(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string{name};
  return text;
}

std::optional<std::uint64_t> whole_number(const Node& node) {
  std::uint64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  if (node.kind != Node::Kind::number) return std::nullopt;
  const auto read = std::from_chars(node.text.data(), end, value);
  return read.ec == std::errc{} && read.ptr == end ? std::optional{value} : std::nullopt;
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------------- report

void Report::add(Problem::Severity severity, Place place, std::string_view pointer, std::string message) {
  if (severity == Problem::Severity::error) ++errors_;
  if (full()) {
    ++unlisted_;
    return;
  }
  problems_.push_back({severity, place, files_[place.file], protocol::printable(pointer), std::move(message)});
}

void Report::error(Place place, std::string_view pointer, std::string message) {
  add(Problem::Severity::error, place, pointer, std::move(message));
}

void Report::warning(Place place, std::string_view pointer, std::string message) {
  add(Problem::Severity::warning, place, pointer, std::move(message));
}

void Report::expected(const Cursor& at, std::string_view what) {
  error(at, "expected " + std::string{what} + ", found " + describe(*at));
}

Problems Report::take() && {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) { return a.place < b.place; });
  if (unlisted_ > 0) {
    const auto severity = errors_ > 0 ? Problem::Severity::error : Problem::Severity::warning;
    problems_.push_back({severity,
                         {},
                         problems_.empty() ? "scenario" : problems_.back().file,
                         {},
                         "and " + std::to_string(unlisted_) + " more problems"});
  }
  return std::move(problems_);
}

// ------------------------------------------------------------------------------------------------------------------- object

Object::Object(Report& report, const Cursor& at, std::string_view what, const std::vector<std::string_view>& known)
    : report_{report}, at_{at}, valid_{at->kind == Node::Kind::object} {
  if (!valid_) {
    report.expected(at, what);
    return;
  }
  for (const NodeMember& member : at->members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    if (report.full()) {
      report.error(at, {});
      continue;
    }
    report.error(
        member.key_place, pointer_to(at.pointer, member.key),
        "unknown key " + quote(member.key) + ", expected one of " + comma_list(known) + did_you_mean(member.key, known));
  }
}

std::optional<Cursor> Object::find(std::string_view key) const {
  const NodeMember* member = valid_ ? at_->member(key) : nullptr;
  return member != nullptr ? std::optional{at_.member(*member)} : std::nullopt;
}

std::optional<Cursor> Object::require(std::string_view key) const {
  auto found = find(key);
  if (valid_ && !found) report_.error(at_, "expected a key " + quote(key) + ", found none");
  return found;
}

// ------------------------------------------------------------------------------------------------------------------ scalars

std::optional<std::string> read_string(Report& report, const Cursor& at, std::string_view what, bool empty_allowed) {
  if (at->kind == Node::Kind::string && (empty_allowed || !at->text.empty())) return at->text;
  report.expected(at, what);
  return std::nullopt;
}

std::optional<bool> read_bool(Report& report, const Cursor& at) {
  if (at->kind == Node::Kind::boolean) return at->boolean;
  report.expected(at, "true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> read_integer(Report& report, const Cursor& at, std::uint64_t low, std::uint64_t high) {
  const auto value = whole_number(*at);
  if (value && *value >= low && *value <= high) return value;
  const bool bounded = high != std::numeric_limits<std::uint64_t>::max();
  report.expected(at, "a whole number from " + std::to_string(low) + (bounded ? " to " + std::to_string(high) : ""));
  return std::nullopt;
}

std::optional<double> read_number(Report& report, const Cursor& at, double low, double high) {
  if (at->kind == Node::Kind::number) {
    if (const auto value = number_of(at->text); value && *value >= low && *value <= high) return value;
  }
  std::string what = "a number from ";
  append_number(what, low);
  what += " to ";
  append_number(what, high);
  report.expected(at, what);
  return std::nullopt;
}

std::optional<std::size_t> read_word(Report& report, const Cursor& at, std::initializer_list<std::string_view> words) {
  const std::vector<std::string_view> known{words};
  std::string hint;
  if (at->kind == Node::Kind::string) {
    const auto found = std::find(known.begin(), known.end(), at->text);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    hint = did_you_mean(at->text, known);
  }
  report.error(at, "expected " + one_of(known) + ", found " + describe(*at) + hint);
  return std::nullopt;
}

std::optional<Duration> read_duration(Report& report, const Cursor& at, Duration low, Duration high) {
  const std::string bounds = " from " + show_duration(low) + " to " + show_duration(high);
  if (at->kind == Node::Kind::number) {
    report.error(at, "expected a duration" + bounds + ", found " + describe(*at) + " without a unit; did you mean \"" +
                         at->text.substr(0, 20) + "ms\"?");
    return std::nullopt;
  }
  const auto duration = at->kind == Node::Kind::string ? parse_duration(at->text) : std::nullopt;
  if (duration && *duration >= low && *duration <= high) return duration;
  report.expected(at, "a duration" + bounds + " such as \"20ms\" (units: ns, us, ms, s, m, h, d)");
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(Report& report, const Cursor& at, std::uint64_t low, std::uint64_t high) {
  const auto bytes = at->kind == Node::Kind::string ? parse_size(at->text) : whole_number(*at);
  if (bytes && *bytes >= low && *bytes <= high) return bytes;
  report.expected(at, "a size from " + show_size(low) + " to " + show_size(high) +
                          ": a number of bytes, or a text such as \"64KiB\" (units: B, KiB, MiB, GiB)");
  return std::nullopt;
}

bool check_array(Report& report, const Cursor& at, std::string_view what) {
  if (at->kind == Node::Kind::array) return true;
  report.expected(at, what);
  return false;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::boolean:
      return node.boolean ? "true" : "false";
    case Node::Kind::number:
      return node.text.substr(0, 40);
    case Node::Kind::string:
      return node.text.empty() ? "an empty string" : "the string " + quote(node.text);
    default:
      return describe_kind(node);
  }
}

std::string describe_kind(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::boolean:
      return "a boolean";
    case Node::Kind::number:
      return "a number";
    case Node::Kind::string:
      return node.text.empty() ? "an empty string" : "a string";
    case Node::Kind::array:
      return node.items.empty() ? "an empty array" : "an array";
    case Node::Kind::object:
      break;
  }
  return node.members.empty() ? "an empty object" : "an object";
}

// ----------------------------------------------------------------------------------------------------------------- messages

std::string to_string(const Problem& problem) {
  std::string text = protocol::printable(problem.file);
  if (problem.place.line > 0) text += ":" + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column);
  text += ": ";
  if (!problem.pointer.empty()) text += problem.pointer + ": ";
  if (problem.severity == Problem::Severity::warning) text += "warning: ";
  return text + problem.message;
}

}  // namespace procedura::mock
