#pragma once

#include "compare/record.hpp"

#include <string>

/// The parts of the page of a comparison, from top to bottom. As those of a run's: each gives markup.
namespace procedura::bench::html {

/// What a ratio is more or less than the same, in percent: "+10.2 %", "−5.0 %".
std::string change(double ratio);

std::string header_of(const ComparisonRecord& comparison, const ComparisonVerdict& verdict);
std::string sides_of(const ComparisonRecord& comparison);
std::string ratios_of(const ComparisonRecord& comparison);
std::string pairs_of(const ComparisonRecord& comparison);
std::string mirrors_of(const ComparisonRecord& comparison);
std::string compared_of(const ComparisonRecord& comparison);
std::string limits_of(const ComparisonRecord& comparison);
std::string origin_of(const ComparisonRecord& comparison);

}  // namespace procedura::bench::html
