#pragma once

#include <procedura/conformance/registry.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Which checks hold which clause against whom, and why some clauses have none. Pure.
namespace procedura::conformance {

struct ClauseMapping {
  const Clause* clause = nullptr;
  std::vector<std::string> checks;  ///< full ids, in the registry's order
  std::string_view excluded;        ///< why there is none; empty where there are some
};

/// Why no case judges `clause` for `subject`: a reason that somebody has thought about, or empty.
std::string_view exclusion_of(Subject subject, std::string_view clause) noexcept;

/// Every clause that binds `subject`, in the protocol's order.
std::vector<ClauseMapping> mapping_of(const Registry& registry, Subject subject);

/// Clauses with neither a check nor a reason, or with both; a sentence each.
std::vector<std::string> lint(const std::vector<ClauseMapping>& mapping);

/// A table of Markdown: clause, level, sources, and its checks by case or the reason why there are none.
std::string render_markdown(const std::vector<ClauseMapping>& mapping);
/// The same for a terminal.
std::string render_text(const std::vector<ClauseMapping>& mapping);

}  // namespace procedura::conformance
