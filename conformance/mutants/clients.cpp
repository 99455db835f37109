#include <procedura/conformance/mutants.hpp>

namespace procedura::conformance {

const std::vector<BrokenClient>& broken_clients() {
  static const std::vector<BrokenClient> catalogue;
  return catalogue;
}

}  // namespace procedura::conformance
