#pragma once

#include "scenario/model.hpp"
#include "scenario/template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::mock::engine {

/// No variable grows beyond this: a script that doubles one ends with an error, not with all memory.
inline constexpr std::size_t max_variable = std::size_t{16} * 1024 * 1024;

/// The variables that a step can see. Looked through from the innermost on; null: there are none.
struct Scopes {
  Variables* instance = nullptr;
  Variables* connection = nullptr;  ///< null too when the connection has ended
  Variables* partition = nullptr;

  /// The value as JSON text; null if there is none of that name.
  const std::string* find(std::string_view name) const;
  /// False: it is too big, and nothing has changed. What is set for a connection that has ended is forgotten at once.
  bool set(step::Set::Scope scope, const std::string& name, std::string json) const;
};

/// Who asks whether a condition holds.
struct Asking {
  std::uint64_t instance = 0;    ///< ordinal among those of its stub in the partition
  std::uint64_t connection = 0;  ///< ordinal in the partition
};

bool holds(const When& when, const Asking& asking, const Scopes& variables);

/// Bytes that variables take.
std::size_t size_of(const Variables& variables) noexcept;

}  // namespace procedura::mock::engine
