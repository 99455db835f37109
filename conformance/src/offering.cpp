#include <procedura/conformance/offering.hpp>

namespace procedura::conformance {

std::string_view to_string(Need need) noexcept {
  switch (need) {
    case Need::quick:
      return "modules.quick";
    case Need::slow:
      return "modules.slow";
    case Need::streaming:
      return "modules.streaming";
    case Need::failing:
      return "modules.failing";
    case Need::echo:
      return "modules.echo";
    case Need::protected_module:
      return "modules.protected";
    case Need::credential:
      break;
  }
  return "credentials";
}

}  // namespace procedura::conformance
