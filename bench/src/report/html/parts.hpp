#pragma once

#include "report/html/intervals.hpp"
#include "report/report.hpp"

#include <string>
#include <vector>

/// The parts of the page of a run, from top to bottom. Each gives markup; every word that is not ours goes through `text`.
namespace procedura::bench::html {

/// The run in one sentence, after its verdict. Ours and the SLOs' words alone, not yet markup.
std::string sentence_of(const RunRecord& run, const Verdict& verdict);
/// "open loop, 500 jobs/s, poisson arrivals, 4 connections; part 1 of 3"
std::string load_of(const Plan& plan);

std::string header_of(const RunRecord& run, const Verdict& verdict);
std::string tiles_of(const RunRecord& run, Intervals& intervals);
/// "6620 jobs/s; 6950 is too much"
std::string found(const CapacityReport& search);
std::string capacity_of(const RunRecord& run);  ///< empty: none was looked for
std::string slos_of(const Verdict& verdict);
std::string curves_of(const RunRecord& run, const Verdict& verdict);
std::string heat_of(const RunResult& result);
std::string rates_of(const RunRecord& run);
std::string timelines_of(const TimelineSample& jobs);
std::string latencies_of(const RunRecord& run, Intervals& intervals);
std::string counts_of(const RunRecord& run);
std::string health_of(const RunRecord& run);
std::string limits_of(const RunRecord& run, const Verdict& verdict);
std::string origin_of(const RunRecord& run);

/// What the run cannot support, one sentence each, the gravest first. Not yet markup.
std::vector<std::string> unsupported_by(const RunRecord& run, const Verdict& verdict);

}  // namespace procedura::bench::html
