#include "program/shard_choice.hpp"

#include "measure/units.hpp"
#include "program/arguments.hpp"

#include <fmt/format.h>

#include <array>

namespace procedura::bench {
namespace {

constexpr std::uint64_t most_shards = 10'000;
constexpr std::string_view placeholder = "{shard}";

using Env = std::function<std::optional<std::string>(const std::string&)>;

/// What starts many processes, and the variables by which it tells each which one it is.
struct Starter {
  std::string_view name;
  const char* number;
  const char* count;  ///< null: it does not tell
  std::uint64_t first = 0;
};
constexpr std::array starters{
    Starter{"OpenMPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    Starter{"Slurm", "SLURM_PROCID", "SLURM_NTASKS"},
    Starter{"Kubernetes", "JOB_COMPLETION_INDEX", nullptr},
    Starter{"GNU parallel", "PARALLEL_SEQ", nullptr, 1},
};

std::optional<std::uint64_t> number_in(const Env& env, const char* variable, std::uint64_t least) {
  if (variable == nullptr) return std::nullopt;
  const auto text = env(variable);
  if (!text) return std::nullopt;
  const auto number = parse_whole(*text, least, most_shards);
  if (!number) refuse(fmt::format("--shard auto: {}={} is no number of a process", variable, in_quotes(*text)));
  return number;
}

Shard from_starter(std::string_view text, std::optional<std::uint64_t> said, const Env& env) {
  for (const Starter& starter : starters) {
    const auto number = number_in(env, starter.number, starter.first);
    if (!number) continue;
    const auto told = number_in(env, starter.count, 1);
    if (said && told && *said != *told) {
      refuse(fmt::format("--shard {}: {} started {} processes", in_quotes(text), starter.name, *told));
    }
    const auto of = told ? told : said;
    if (!of) {
      refuse(fmt::format("--shard auto: {} does not tell how many processes there are; give --shard auto/N", starter.name));
    }
    const Shard shard{*number - starter.first, *of};
    if (shard.index < shard.of) return shard;
    refuse(fmt::format("--shard {}: {} says that this is process {} (from {}) of {}", in_quotes(text), starter.name, *number,
                       starter.first, *of));
  }
  refuse(
      "--shard auto: neither OpenMPI, Slurm, Kubernetes (an Indexed Job) nor GNU parallel has started this; give --shard I/N");
}

}  // namespace

Shard choose_shard(std::string_view text, const Env& env) {
  const std::size_t slash = text.find('/');
  const std::string_view number = text.substr(0, slash);
  const std::string_view of = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
  if (number == "auto") {
    const auto count = parse_whole(of, 1, most_shards);
    if (slash != std::string_view::npos && !count)
      refuse(fmt::format("--shard {}: give auto or auto/N, such as auto/4", in_quotes(text)));
    return from_starter(text, count, env);
  }
  const auto index = parse_whole(number, 0, most_shards - 1);
  const auto count = parse_whole(of, 1, most_shards);
  if (!index || !count) refuse(fmt::format("--shard {}: give I/N, such as 0/4, or auto", in_quotes(text)));
  if (*index >= *count) {
    refuse(fmt::format("--shard {}: parts are counted from 0, the last of {} is {}/{}", in_quotes(text), *count, *count - 1,
                       *count));
  }
  return {*index, *count};
}

std::string for_shard(std::string_view path, Shard shard) {
  std::string name{path};
  const std::string number = std::to_string(shard.index);
  for (std::size_t at = name.find(placeholder); at != std::string::npos; at = name.find(placeholder, at + number.size())) {
    name.replace(at, placeholder.size(), number);
  }
  return name;
}

}  // namespace procedura::bench
