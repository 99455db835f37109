#pragma once

#include <procedura/conformance/report.hpp>

namespace procedura::conformance::testing {

/// A run made by hand, with every outcome in it and an agent that writes what no report may show as it stands.
RunReport sample_report();
/// Its cases.
const Registry& sample_registry();

}  // namespace procedura::conformance::testing
