#include "posix_process.hpp"
#include "program.hpp"
#include "split_argv.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
  using namespace procedura::cli;
  secure_standard_streams();
  const std::vector<std::string> words{argv + (argc > 0 ? 1 : 0), argv + argc};
  blot_out(argv + 1, secret_words(words));

  StandardInput in;
  FileOutput out{1};
  FileOutput err{2};
  DiskFiles files;
  Process process{process_variables(), in, out, err, files};
  return run(words, process);
}
