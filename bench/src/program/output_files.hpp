#pragma once

#include "load/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The files that commands write. Nothing here is written over another output or over what the command reads, and no report
/// is ever half there.
namespace procedura::bench {

/// An option that names a file, and the file.
struct NamedFile {
  std::string option;
  std::string path;
};

/// What a run reads.
std::vector<NamedFile> inputs_of(const Plan& plan);

/// To be asked before the work, so that no run is lost because its report cannot be written: each can be written, none is the
/// file of another option, whatever links lead there. Devices and pipes are no matter. Throws `Refused`.
void check_outputs(const std::vector<NamedFile>& written, const std::vector<NamedFile>& read);
void check_outputs(const Outputs& out, const std::vector<NamedFile>& read);

/// Puts the whole text into the file: what is read there is the old text or the new one, never a part. A device or a pipe is
/// written to as it is. Throws `Refused`.
void write_file(const std::string& path, std::string_view text);

}  // namespace procedura::bench
