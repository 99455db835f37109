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
  template <typename Text>
  requires(std::convertible_to<const Text&, std::string_view>) explicit JsonText(const Text& text)
      : text_{std::string_view{text}} {}

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// A number, a text or a boolean, as JSON text.
class Scalar {
 public:
  Scalar(bool value) : text_{value ? "true" : "false"} {}  // NOLINT(google-explicit-constructor): stands for it
  template <std::integral Number>
  Scalar(Number value) : text_{std::to_string(value)} {}               // NOLINT(google-explicit-constructor): stands for it
  Scalar(double value);                                                // NOLINT(google-explicit-constructor): stands for it
  Scalar(std::string_view text);                                       // NOLINT(google-explicit-constructor): stands for it
  Scalar(const char* text) : Scalar{std::string_view{text}} {}         // NOLINT(google-explicit-constructor): stands for it
  Scalar(const std::string& text) : Scalar{std::string_view{text}} {}  // NOLINT(google-explicit-constructor): stands for it

  const std::string& json() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace procedura::mock::script
