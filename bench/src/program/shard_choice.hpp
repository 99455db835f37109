#pragma once

#include "load/schedule.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::bench {

/// Reads `--shard`: "1/4"; "auto", where what started the processes tells each its number and how many there are; "auto/4",
/// where it tells the number alone. What started them may be OpenMPI, Slurm, a Kubernetes Indexed Job (`JOB_COMPLETION_INDEX`)
/// or GNU parallel, asked in this order. Throws `UsageError`.
Shard choose_shard(std::string_view text, const std::function<std::optional<std::string>(const std::string&)>& env);

/// "shard-{shard}.json" becomes "shard-1.json": processes that share a folder must not write one file.
std::string for_shard(std::string_view path, Shard shard);

}  // namespace procedura::bench
