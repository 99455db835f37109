#pragma once

#include "scenario/expression.hpp"
#include "scenario/template.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::mock {

/// Lays a JSON value flat: the loader walks the value and says what comes next. Used once.
class TemplateBuilder {
 public:
  explicit TemplateBuilder(CompileScope& scope) : scope_{scope} { scope_.randoms = 0; }

  /// JSON text that stays as it is: brackets, keys with their colon, numbers.
  void constant(std::string_view json);
  /// A string that stays as it is.
  void constant_string(std::string_view text);
  /// A string value that may have placeholders in it. Returns what is wrong with them; empty: nothing.
  std::vector<std::string> string(std::string_view text);

  /// The JSON of a file; never looked into.
  void included(std::shared_ptr<const std::string> json) { pieces_.emplace_back(Template::Included{std::move(json)}); }
  /// A JSON string of so many characters.
  void generated(std::uint64_t characters) { pieces_.emplace_back(Template::Generated{characters}); }

  Template build() &&;

 private:
  void hole(Expression::Ptr expression, bool in_string);

  CompileScope& scope_;
  std::vector<Template::Piece> pieces_;
};

}  // namespace procedura::mock
