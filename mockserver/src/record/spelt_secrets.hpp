#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace procedura::mock::record {

/// A value in a text for people, or in broken JSON, that is a secret by what stands before it.
struct SpeltSecret {
  std::size_t at;
  std::size_t size;
  bool certain;  ///< it may be looked for elsewhere too; else it might be a word such as "expired"
};

/// `password=...`, `"token": "..."`, `Authorization: Bearer ...`; and JSON Web Tokens, wherever they stand. In order, apart
/// from each other. `named` tells of a word whether it is a secret's name.
std::vector<SpeltSecret> spelt_secrets(std::string_view text, const std::function<bool(std::string_view)>& named);

}  // namespace procedura::mock::record
