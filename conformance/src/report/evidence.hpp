#pragma once

#include <procedura/conformance/report.hpp>

#include <string>
#include <vector>

namespace procedura::conformance {

/// What was judged, in one sentence: "31 of 44 applicable clauses judged; 13 not, because:", and a line for each reason.
std::vector<std::string> headline(const RunReport& report);

/// "FAIL SYN-1 (MUST, documented)"
std::string verdict_line(const CheckResult& result);

/// The transcript, a line for each entry: "#1 +0.003 s >> text"; of a long one the beginning and the end.
std::vector<std::string> transcript_lines(const Transcript& transcript);

/// "58 PASS, 1 FAIL, 12 N/A"; outcomes that did not occur are left out.
std::string totals(const RunReport& report);

}  // namespace procedura::conformance
