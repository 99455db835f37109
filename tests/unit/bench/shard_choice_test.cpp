#include "program/shard_choice.hpp"

#include "program/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace procedura::bench {
namespace {

using Variables = std::map<std::string, std::string>;

auto reader_of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional{at->second};
  };
}

std::string chosen(std::string_view text, const Variables& variables) try {
  const Shard shard = choose_shard(text, reader_of(variables));
  return std::to_string(shard.index) + "/" + std::to_string(shard.of);
} catch (const UsageError& error) {
  return error.message;
}

TEST(ShardChoice, IsWhatTheCommandLineSays) {
  EXPECT_EQ(chosen("0/1", {}), "0/1");
  EXPECT_EQ(chosen("3/4", {{"JOB_COMPLETION_INDEX", "1"}}), "3/4");
  for (const char* text : {"", "1", "1/", "/2", "-1/2", "1/2/3", "0/0", "0/10001", "automatic", "x/2"}) {
    EXPECT_THAT(chosen(text, {}), ::testing::HasSubstr("give I/N, such as 0/4, or auto")) << text;
  }
  EXPECT_EQ(chosen("4/4", {}), "--shard '4/4': parts are counted from 0, the last of 4 is 3/4");
}

TEST(ShardChoice, IsWhatStartedTheProcessSays) {
  const Variables open_mpi{{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "5"}};
  const Variables slurm{{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "3"}};
  const Variables kubernetes{{"JOB_COMPLETION_INDEX", "6"}};
  const Variables parallel{{"PARALLEL_SEQ", "1"}};
  EXPECT_EQ(chosen("auto", open_mpi), "2/5");
  EXPECT_EQ(chosen("auto", slurm), "0/3");
  EXPECT_EQ(chosen("auto/7", kubernetes), "6/7");
  EXPECT_EQ(chosen("auto/2", parallel), "0/2") << "it counts from 1";

  Variables both = slurm;
  both.insert(open_mpi.begin(), open_mpi.end());
  EXPECT_EQ(chosen("auto", both), "2/5") << "mpirun in an allocation of Slurm: each rank is a process";
  EXPECT_EQ(chosen("auto/5", open_mpi), "2/5");
}

TEST(ShardChoice, SaysWhatItIsNotTold) {
  EXPECT_EQ(chosen("auto", {}),
            "--shard auto: neither OpenMPI, Slurm, Kubernetes (an Indexed Job) nor GNU parallel has started this; "
            "give --shard I/N");
  EXPECT_EQ(chosen("auto", {{"JOB_COMPLETION_INDEX", "1"}}),
            "--shard auto: Kubernetes does not tell how many processes there are; give --shard auto/N");
  EXPECT_EQ(chosen("auto/2", {{"JOB_COMPLETION_INDEX", "2"}}),
            "--shard 'auto/2': Kubernetes says that this is process 2 (from 0) of 2");
  EXPECT_EQ(chosen("auto/2", {{"PARALLEL_SEQ", "3"}}),
            "--shard 'auto/2': GNU parallel says that this is process 3 (from 1) of 2");
  EXPECT_EQ(chosen("auto/2", {{"PARALLEL_SEQ", "0"}}), "--shard auto: PARALLEL_SEQ='0' is no number of a process");
  EXPECT_EQ(chosen("auto/4", {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "3"}}), "--shard 'auto/4': Slurm started 3 processes");
  EXPECT_EQ(chosen("auto", {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "0"}}),
            "--shard auto: SLURM_NTASKS='0' is no number of a process");
  EXPECT_EQ(chosen("auto", {{"OMPI_COMM_WORLD_RANK", "\x1b"}}),
            "--shard auto: OMPI_COMM_WORLD_RANK='\\x1b' is no number of a process");
  for (const char* text : {"auto/", "auto/0", "auto/x"}) {
    EXPECT_EQ(chosen(text, {{"JOB_COMPLETION_INDEX", "1"}}),
              "--shard '" + std::string{text} + "': give auto or auto/N, such as auto/4");
  }
}

TEST(ShardChoice, NumberStandsInTheNamesOfFiles) {
  EXPECT_EQ(for_shard("run.json", {3, 7}), "run.json");
  EXPECT_EQ(for_shard("{shard}/shard-{shard}.json", {3, 7}), "3/shard-3.json");
  EXPECT_EQ(for_shard("", {3, 7}), "");
}

}  // namespace
}  // namespace procedura::bench
