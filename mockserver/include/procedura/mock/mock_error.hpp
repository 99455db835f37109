#pragma once

#include <stdexcept>
#include <string>

namespace procedura::mock {

/// Why a mock could not be made, or could not do as it was told.
class MockError : public std::runtime_error {
 public:
  /// What went wrong.
  enum class Kind {
    scenario,  ///< its text has mistakes: `what()` lists all of them, each with `file:line:col`
    listen,    ///< its address cannot be had
    usage,     ///< it was asked for what it cannot do: to move a clock that goes by itself
  };
  /// `what`: for people, complete.
  MockError(Kind kind, const std::string& what) : std::runtime_error{what}, kind_{kind} {}
  Kind kind() const noexcept { return kind_; }  ///< what went wrong

 private:
  Kind kind_;
};

}  // namespace procedura::mock
