#pragma once

#include "scenario/document.hpp"
#include "scenario/load.hpp"
#include "scenario/problem.hpp"
#include "scenario/quantity.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The tools of the loader: a value together with its way from the root, problems put beside it, and typed reads that say
/// what they expected.
namespace procedura::mock {

/// A value in a file, and its JSON pointer.
struct Cursor {
  const Node* node;
  std::string pointer;

  const Node& operator*() const { return *node; }
  const Node* operator->() const { return node; }
  Cursor item(std::size_t index) const { return {&node->items[index], pointer + "/" + std::to_string(index)}; }
  Cursor member(const NodeMember& member) const { return {&member.value, pointer_to(pointer, member.key)}; }
};

/// Collects what is wrong, up to a bound.
class Report {
 public:
  Report(const std::vector<std::string>& files, std::size_t max_problems) : files_{files}, max_{max_problems} {}

  void error(Place place, std::string_view pointer, std::string message);
  void error(const Cursor& at, std::string message) { error(at->place, at.pointer, std::move(message)); }
  void warning(Place place, std::string_view pointer, std::string message);
  void warning(const Cursor& at, std::string message) { warning(at->place, at.pointer, std::move(message)); }
  /// `expected <what>, found <what is there>`
  void expected(const Cursor& at, std::string_view what);

  std::size_t errors() const noexcept { return errors_; }
  /// True when further problems are only counted: their messages need not be made.
  bool full() const noexcept { return problems_.size() >= max_; }
  /// In the order of files and lines.
  Problems take() &&;

 private:
  void add(Problem::Severity severity, Place place, std::string_view pointer, std::string message);

  const std::vector<std::string>& files_;
  std::size_t max_;
  std::size_t errors_ = 0;
  std::size_t unlisted_ = 0;
  Problems problems_;
};

/// An object with a known set of keys. Anything else in it is reported at once.
class Object {
 public:
  Object(Report& report, const Cursor& at, std::string_view what, const std::vector<std::string_view>& keys);

  explicit operator bool() const noexcept { return valid_; }
  std::optional<Cursor> find(std::string_view key) const;
  /// Reports that it is missing.
  std::optional<Cursor> require(std::string_view key) const;

 private:
  Report& report_;
  const Cursor& at_;
  bool valid_;
};

// Each read reports what it did not find, and returns nothing then.

std::optional<std::string> read_string(Report& report, const Cursor& at, std::string_view what, bool empty_allowed = false);
std::optional<bool> read_bool(Report& report, const Cursor& at);
std::optional<std::uint64_t> read_integer(Report& report, const Cursor& at, std::uint64_t low, std::uint64_t high);
std::optional<double> read_number(Report& report, const Cursor& at, double low, double high);
/// Which of these words it is.
std::optional<std::size_t> read_word(Report& report, const Cursor& at, std::initializer_list<std::string_view> words);
/// `"20ms"`: a number and one of ns, us, ms, s, m, h, d.
std::optional<Duration> read_duration(Report& report, const Cursor& at, Duration low, Duration high);
/// `"64KiB"`, or a whole number of bytes.
std::optional<std::uint64_t> read_size(Report& report, const Cursor& at, std::uint64_t low, std::uint64_t high);
bool check_array(Report& report, const Cursor& at, std::string_view what);

/// What a value is, for messages: `the string "x"`, `an array`.
std::string describe(const Node& node);
/// The same without its value, for what may be secret.
std::string describe_kind(const Node& node);

}  // namespace procedura::mock
