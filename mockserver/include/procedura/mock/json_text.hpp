#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace procedura::mock::script {

/// JSON as text, where a JSON value is asked for: `finished(JsonText{R"({"n": 1})"})`. Unlike a value of a JSON library it
/// keeps the digits of every number. Checked when it is loaded.
class JsonText {
 public:
  /// Takes a `std::string`, a view or a literal.
  template <typename Text>
  requires(std::convertible_to<const Text&, std::string_view>) explicit JsonText(const Text& text)
      : text_{std::string_view{text}} {}

  const std::string& text() const noexcept { return text_; }  ///< as it was given

 private:
  std::string text_;
};

/// A number, a text or a boolean, as JSON text.
class Scalar {
 public:
  /// `true` or `false`.
  Scalar(bool value) : text_{value ? "true" : "false"} {}  // NOLINT(google-explicit-constructor): stands for it
  /// An integer, with all its digits.
  template <std::integral Number>
  Scalar(Number value) : text_{std::to_string(value)} {}  // NOLINT(google-explicit-constructor): stands for it
  /// A number, as short as it can be read back.
  Scalar(double value);  // NOLINT(google-explicit-constructor): stands for it
  /// A text, valid UTF-8; it is escaped here.
  Scalar(std::string_view text);  // NOLINT(google-explicit-constructor): stands for it
  /// @overload
  Scalar(const char* text) : Scalar{std::string_view{text}} {}  // NOLINT(google-explicit-constructor): stands for it
  /// @overload
  Scalar(const std::string& text) : Scalar{std::string_view{text}} {}  // NOLINT(google-explicit-constructor): stands for it

  /// As JSON.
  const std::string& json() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace procedura::mock::script
