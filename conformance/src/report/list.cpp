#include <procedura/conformance/render.hpp>

#include <fmt/format.h>

namespace procedura::conformance {

std::string list_text(const Registry& registry) {
  std::string out;
  for (const CaseSpec& spec : registry) {
    std::string needs;
    for (const Need need : spec.needs) {
      needs += (needs.empty() ? "  [" : ", ") + std::string{to_string(need)};
    }
    out += fmt::format("{}  {}{}\n", spec.id, spec.title, needs.empty() ? "" : needs + "]");
    for (const CheckSpec& check : spec.checks) {
      out += fmt::format("  :{:<16} {:<6} {:<6} {:<10}  {}\n", check.slug, check.clause, to_string(check.binding()),
                         to_string(check.source), check.allowed);
    }
  }
  return out;
}

}  // namespace procedura::conformance
