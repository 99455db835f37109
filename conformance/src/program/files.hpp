#pragma once

#include "command.hpp"

#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/results.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace procedura::conformance::program {

/// The whole of a file that people wrote or another run did. Throws `Refused` if it cannot be read or is bigger than 1 MiB
/// (or `most`): "the profile NAME cannot be read". A folder is no file.
std::string read_file(const std::string& what, const std::string& path, std::size_t most = std::size_t{1} << 20U);

/// "profile.json: /modules/quick: the member ...", a line for each problem.
std::string told_of_file(const std::string& path, const std::vector<ProfileProblem>& problems);

/// The results of another run, of up to 256 MiB.
Results read_results(const std::string& path);

/// Puts the whole text on stdout. Throws `Refused` if it cannot be written: "the WHAT could not be written to stdout".
void print(Process& process, const std::string& what, const std::string& text);

/// An option that names a file, and the file.
struct NamedFile {
  std::string option;
  std::string path;  ///< empty where the option is not given
};

/// Refuses reports that would be written over one another or over what is read for the run. Devices and pipes are no matter.
void refuse_shared_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written);

/// A file that a report goes to. Opened before the run: to find out after it that a report cannot be written would be a pity.
class ReportFile {
 public:
  /// An empty path: no file, and what is written goes nowhere.
  explicit ReportFile(std::string path);
  bool wanted() const { return !path_.empty(); }
  void write(const std::string& text);

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace procedura::conformance::program
