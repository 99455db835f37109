#include "program/output_files.hpp"

#include "program/command.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace procedura::bench {
namespace {

namespace fs = std::filesystem;

std::string shown(const std::string& path) {
  return protocol::printable(path);
}

// Where the file is, or will be: links are followed, also one that leads to a file that is not there yet. Those to a pipe, as
// /dev/stdout may be one, lead to no name at all.
fs::path place_of(const fs::path& path) {
  std::error_code none;
  if (fs::is_other(path, none)) return path;
  fs::path place = path;
  for (int links = 0; links < 40 && fs::is_symlink(place, none); ++links) {
    const fs::path target = fs::read_symlink(place, none);
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  fs::path whole = fs::weakly_canonical(fs::absolute(place, none), none);
  return whole.empty() ? path : whole;  // nothing can have that name, which who writes there is told
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code none;
  if (fs::exists(a, none) && fs::exists(b, none)) return fs::is_regular_file(a, none) && fs::equivalent(a, b, none);
  return place_of(a) == place_of(b);
}

/// A file descriptor that is closed.
class File {
 public:
  explicit File(int descriptor) : descriptor_{descriptor} {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  /// False with errno.
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  /// What a full disk did not say before.
  bool close() {
    const int descriptor = std::exchange(descriptor_, -1);
    return ::close(descriptor) == 0;
  }

 private:
  int descriptor_;
};

// What goes to the stream would be in a file that has no name any more.
void refuse_file_of_stream(const NamedFile& file, int stream, std::string_view name) {
  struct stat theirs {};
  struct stat ours {};
  if (::stat(file.path.c_str(), &ours) != 0 || ::fstat(stream, &theirs) != 0 || !S_ISREG(ours.st_mode)) return;
  if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino) return;
  throw Refused{bad_usage, fmt::format("{} {} is the file that {} goes to; give each a file of its own", file.option,
                                       shown(file.path), name)};
}

[[noreturn]] void cannot_write(const std::string& path, int exit_code, const std::string& option = {}) {
  const int error = errno;
  throw Refused{exit_code, fmt::format("{}{}cannot write {}: {}", option, option.empty() ? "" : ": ", shown(path),
                                       std::generic_category().message(error))};
}

bool is_there(const fs::path& path, bool& regular) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  regular = S_ISREG(status.st_mode);
  return true;
}

fs::path temporary_beside(const fs::path& place) {
  return place.parent_path() / fmt::format(".{}.{}.part", place.filename().string(), ::getpid());
}

// With the rights of the file that it replaces; of a new one, what the umask leaves. What lies there is left from a process
// that was killed, or put there by somebody who wants it written to.
int make_temporary(const fs::path& temporary, const fs::path& place) {
  ::unlink(temporary.c_str());
  const int made = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  struct stat old {};
  if (made >= 0 && ::stat(place.c_str(), &old) == 0) ::fchmod(made, old.st_mode & 0777U);
  return made;
}

// The ending says what is written; a device or a pipe may be called anything, and gets the log.
bool names_a_format(const std::string& hdr) {
  std::error_code none;
  return hdr.empty() || hdr.ends_with(".hlog") || hdr.ends_with(".hgrm") || fs::is_other(hdr, none);
}

void check_writable(const NamedFile& file) {
  const fs::path place = place_of(file.path);
  bool regular = false;
  if (!is_there(place, regular) || regular) {
    if (regular && ::access(place.c_str(), W_OK) != 0) cannot_write(file.path, bad_usage, file.option);
    const fs::path temporary = temporary_beside(place);
    if (!File{make_temporary(temporary, place)}.is_open()) cannot_write(file.path, bad_usage, file.option);
    ::unlink(temporary.c_str());
  } else if (fs::is_directory(place)) {
    errno = EISDIR;
    cannot_write(file.path, bad_usage, file.option);
  } else if (::access(place.c_str(), W_OK) != 0) {
    cannot_write(file.path, bad_usage, file.option);
  }
}

}  // namespace

std::vector<NamedFile> inputs_of(const Plan& plan) {
  std::vector<NamedFile> read;
  if (plan.token_file) read.push_back({"--token-file", *plan.token_file});
  if (plan.tls.ca) read.push_back({"--ca", *plan.tls.ca});
  return read;
}

void check_outputs(const std::vector<NamedFile>& written, const std::vector<NamedFile>& read) {
  for (auto file = written.begin(); file != written.end(); ++file) {
    if (file->path.empty()) throw Refused{bad_usage, file->option + ": the name of a file is needed"};
    const auto clashes = [&](const NamedFile& other) { return same_file(file->path, other.path); };
    if (const auto input = std::find_if(read.begin(), read.end(), clashes); input != read.end()) {
      throw Refused{bad_usage, fmt::format("{} {} would overwrite what {} reads; name another file", file->option,
                                           shown(file->path), input->option)};
    }
    if (const auto other = std::find_if(written.begin(), file, clashes); other != file) {
      throw Refused{bad_usage, fmt::format("{} {} is the file of {} too; give each a file of its own", file->option,
                                           shown(file->path), other->option)};
    }
    refuse_file_of_stream(*file, STDOUT_FILENO, "standard output");
    refuse_file_of_stream(*file, STDERR_FILENO, "standard error");
    check_writable(*file);
  }
}

void check_outputs(const Outputs& out, const std::vector<NamedFile>& read) {
  std::vector<NamedFile> written;
  if (out.json && *out.json != "-") written.push_back({"--out", *out.json});
  if (out.html) written.push_back({"--html", *out.html});
  if (out.hdr) {
    if (!names_a_format(*out.hdr)) {
      throw Refused{bad_usage, fmt::format("--hdr {}: its name has to end in .hlog (second by second) or .hgrm (percentiles)",
                                           shown(*out.hdr))};
    }
    written.push_back({"--hdr", *out.hdr});
  }
  if (out.jobs) written.push_back({"--jobs", *out.jobs});
  check_outputs(written, read);
}

void write_file(const std::string& path, std::string_view text) {
  const fs::path place = place_of(path);
  bool regular = false;
  if (is_there(place, regular) && !regular) {
    File file{::open(place.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file.is_open() || !file.write(text) || !file.close()) cannot_write(path, could_not_run);
    return;
  }
  const fs::path temporary = temporary_beside(place);
  File file{make_temporary(temporary, place)};
  if (!file.is_open()) cannot_write(path, could_not_run);
  if (!file.write(text) || !file.close() || ::rename(temporary.c_str(), place.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    errno = error;
    cannot_write(path, could_not_run);
  }
}

}  // namespace procedura::bench
