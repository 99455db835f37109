// procedura-bench-mpi: one load of many processes, on one machine or on many, under OpenMPI.
#include "program/command.hpp"
#include "program/ensemble.hpp"

#include <procedura/protocol/redaction.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <mpi.h>
#include <string>
#include <unistd.h>

namespace {

using procedura::bench::Ensemble;
using procedura::bench::Process;
using procedura::bench::Refused;
using procedura::bench::Shard;

/// All processes that mpirun started. OpenMPI ends them all itself when one of these calls fails.
class World final : public Ensemble {
 public:
  World() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  Shard shard() const override { return {static_cast<std::uint64_t>(rank_), static_cast<std::uint64_t>(size_)}; }

  void meet() override { MPI_Barrier(MPI_COMM_WORLD); }

  std::vector<std::uint64_t> sum(const std::vector<std::uint64_t>& numbers) override {
    std::vector<std::uint64_t> sums(rank_ == 0 ? numbers.size() : 0);
    MPI_Reduce(numbers.data(), sums.data(), static_cast<int>(numbers.size()), MPI_UINT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
    return sums;
  }

  // One after the other, so that only two are in the first one's memory twice.
  std::vector<std::string> gather(const std::string& text) override {
    if (rank_ != 0) {
      MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, 0, 0, MPI_COMM_WORLD);
      return {};
    }
    std::vector<std::string> texts{text};
    for (int other = 1; other < size_; ++other) {
      MPI_Status status;
      MPI_Probe(other, 0, MPI_COMM_WORLD, &status);
      int length = 0;
      MPI_Get_count(&status, MPI_CHAR, &length);
      texts.emplace_back(static_cast<std::size_t>(length), '\0');
      MPI_Recv(texts.back().data(), length, MPI_CHAR, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    return texts;
  }

 private:
  int rank_ = 0;
  int size_ = 1;
};

// The others wait for this process and would for ever.
[[noreturn]] void end_all(std::string_view why, int code) {
  std::cerr << "procedura-bench-mpi: " << why << std::endl;
  MPI_Abort(MPI_COMM_WORLD, code);
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const auto env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  Process process{env, std::cout, std::cerr, isatty(STDERR_FILENO) == 1};
  try {
    World world;
    const int code = procedura::bench::run_together({argv + (argc > 0 ? 1 : 0), argv + argc}, process, world);
    MPI_Finalize();
    return code;
  } catch (const Refused& refused) {
    end_all(refused.message, refused.exit_code);
  } catch (const std::exception& trouble) {
    end_all(procedura::protocol::printable(trouble.what()), procedura::bench::could_not_run);
  }
}
