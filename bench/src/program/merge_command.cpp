#include "program/merge_command.hpp"

#include "program/arguments.hpp"
#include "program/input_files.hpp"
#include "program/output_files.hpp"
#include "program/reports.hpp"
#include "report/merge.hpp"

#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

constexpr std::string_view help = R"(Examples:
  procedura-bench merge shard-0.json shard-1.json shard-2.json
  procedura-bench merge shard-*.json --out run.json --html run.html --hdr run.hlog

Usage: procedura-bench merge FILE... [options]

Puts the reports of a run's shards together: each process of the run wrote one (run --shard ... --out). It is the report of the
whole run, as if one process had made it, and it is judged: --slo was said to the shards, and holds for the whole.

  --out FILE     the report as JSON; - for standard output (the text then goes to standard error)
  --html FILE    the report as one page
  --hdr FILE     the histograms second by second (.hlog), or the percentiles of the response (.hgrm)

All shards have to be there, whole, of one run.
Exit codes: 0 pass, 1 could not merge, 2 usage, 97 an SLO cannot be decided, 98 invalid run, 99 an SLO failed.
)";

struct MergeArguments {
  std::vector<std::string> files;
  Outputs out;
};

MergeArguments parse(std::span<const std::string> words) {
  MergeArguments given;
  Arguments arguments{"merge"};
  arguments.take("--out", given.out.json);
  arguments.take("--html", given.out.html);
  arguments.take("--hdr", given.out.hdr);
  arguments.take_words(given.files);
  arguments.read(words);
  if (given.files.empty()) refuse("merge what? name the files that the shards wrote, for example shard-*.json");
  return given;
}

int merge(std::span<const std::string> words, Process& process) try {
  const MergeArguments given = parse(words);
  std::vector<NamedFile> read;
  for (const std::string& file : given.files) read.push_back({"merge", file});
  check_outputs(given.out, read);

  std::vector<ShardRun> shards;
  for (const std::string& file : given.files) shards.push_back({file, read_run_file(file)});
  auto outcome = merge_shards(std::move(shards));
  if (const auto* error = std::get_if<MergeError>(&outcome)) throw Refused{could_not_run, error->message};
  return write_reports(process, std::get<RunRecord>(std::move(outcome)), given.out, {});
} catch (UsageError& error) {
  throw Refused{bad_usage, std::move(error.message)};
}

}  // namespace

Command merge_command() {
  return {"merge", "put the reports of a run's shards together, and judge the whole", help, merge};
}

}  // namespace procedura::bench
