#pragma once

#include <procedura/conformance/report.hpp>

#include <string>
#include <vector>

/// What the forms of a report have in common. Nothing here may reach a terminal but through `protocol::printable`, unless it
/// says so.
namespace procedura::conformance {

/// What was judged, in one sentence: "31 of 44 applicable clauses judged; 13 not, because", and a line for each reason.
/// Printable.
std::vector<std::string> headline(const RunReport& report);

/// Who was judged by what: "agent at URL, suite V, seed N" and, where known, the hashes, the time and what the agent tells of
/// itself; a line each. Printable.
std::vector<std::string> identity(const RunReport& report);

/// "FAIL SYN-1 (MUST, documented)"
std::string verdict_line(const CheckResult& result);

/// "known failing: the reason (issue), until 2026-12-31". Printable.
std::string excuse_line(const Excuse& excuse);

/// What became of an entry of the baseline, where that is news: "stale: ...". Printable; empty where it is none.
std::string news_of(const BaselineUse& use);

/// The transcript, a line for each entry: "#1 +0.003 s >> text"; of a long one the beginning and the end. Printable.
std::vector<std::string> transcript_lines(const Transcript& transcript);

/// How to repeat by hand what a case did with an agent: commands for bash, which need neither this suite nor a WebSocket
/// client. Secrets are `<redacted>`: who repeats it puts his own in. Empty where there is nothing to repeat. Printable.
std::vector<std::string> by_hand(const RunReport& report, const CaseResult& result);

/// "58 PASS, 1 FAIL, 12 N/A"; outcomes that did not occur are left out.
std::string totals(const RunReport& report);

}  // namespace procedura::conformance
