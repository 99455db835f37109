#include "output_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace procedura::mock {
namespace {

std::string unfinished(const std::string& path) {
  return path + "." + std::to_string(::getpid());
}

bool is_folder(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

// Devices, pipes and links are somebody's, /dev/stdout for one: a rename or an unlink would put an end to them for everybody.
bool written_in_place(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
}

bool write_in_place(const std::string& path, std::string_view text) {
  GrowingFile file;
  return file.open(path) && file.append(text) && file.close();
}

}  // namespace

bool write_atomically(const std::string& path, std::string_view text) {
  if (written_in_place(path)) return write_in_place(path, text);
  std::ofstream file{unfinished(path), std::ios::binary | std::ios::trunc};
  file << text;
  file.close();
  if (file && std::rename(unfinished(path).c_str(), path.c_str()) == 0) return true;
  const int why = errno;
  std::remove(unfinished(path).c_str());
  errno = why;
  return false;
}

void remove_earlier(const std::string& path) {
  if (!written_in_place(path)) ::unlink(path.c_str());
}

bool make_place(const std::string& path) {
  if (is_folder(path)) {
    errno = EISDIR;
    return false;
  }
  if (written_in_place(path)) return true;
  if (!write_atomically(path, {})) return false;
  return ::unlink(path.c_str()) == 0;
}

GrowingFile::~GrowingFile() {
  close();
}

bool GrowingFile::open(const std::string& path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  return fd_ >= 0;
}

bool GrowingFile::append(std::string_view lines) {
  const auto whole = static_cast<std::int64_t>(lines.size());
  while (!lines.empty()) {
    const ssize_t written = ::write(fd_, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      const int why = errno;
      // Half a line would spoil the file for whoever reads it. A pipe cannot be cut.
      if (::ftruncate(fd_, size_) == 0) ::lseek(fd_, size_, SEEK_SET);
      errno = why;
      return false;
    }
  }
  size_ += whole;
  return true;
}

bool GrowingFile::close() {
  if (fd_ < 0) return true;
  const bool closed = ::close(fd_) == 0;
  fd_ = -1;
  return closed;
}

}  // namespace procedura::mock
