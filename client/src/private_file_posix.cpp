#include "private_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace procedura::detail {
namespace {

namespace fs = std::filesystem;

Failure failure(std::string_view what, const fs::path& path, int error, std::string_view hint = {}) {
  std::string message = std::string{what} + " " + path.string() + ": " + std::generic_category().message(error);
  if (!hint.empty()) message += "; " + std::string{hint};
  return Failure::of(errc::token_store, std::move(message));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_{fd} {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }
  bool ok() const noexcept { return fd_ >= 0; }
  int close() noexcept { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Removes what was half written, unless it was renamed.
struct Unlink {
  std::string path;
  ~Unlink() {
    if (!path.empty()) ::unlink(path.c_str());
  }
};

// What a symbolic link points at, else the path itself: the content is there, whatever its name here.
fs::path behind_link(const fs::path& path) {
  std::error_code not_a_link;
  return fs::is_symlink(path, not_a_link) ? fs::weakly_canonical(path, not_a_link) : path;
}

}  // namespace

Result<void> make_private_folder(const fs::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return {};
  if (auto parent = make_private_folder(folder.parent_path()); !parent) return parent;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failure("cannot make the folder", folder, errno);
  return {};
}

Result<std::optional<PrivateFile>> read_private_file(const fs::path& path, std::size_t limit) {
  // Non-blocking: a fifo would wait for a writer for ever.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file.ok()) {
    if (errno == ENOENT) return std::optional<PrivateFile>{};
    return failure("cannot read", path, errno, errno == EACCES ? "check its owner and mode" : "");
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure("cannot read", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Failure::of(errc::token_store, path.string() + (S_ISDIR(status.st_mode) ? " is a folder" : " is no regular file") +
                                              ": name another file, or move it away");
  }
  if (status.st_size > static_cast<off_t>(limit)) {
    return Failure::of(errc::token_store, path.string() + " has " + std::to_string(status.st_size) + " bytes, more than the " +
                                              std::to_string(limit) + " that are read of it: is it the right file?");
  }
  PrivateFile found;
  found.others_can_read = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
  found.content.resize(limit + 1);
  std::size_t size = 0;
  while (size < found.content.size()) {
    const ssize_t got = ::read(file.get(), found.content.data() + size, found.content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("cannot read", path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) return Failure::of(errc::token_store, path.string() + " grew while it was read: try again");
  found.content.resize(size);
  return std::optional{std::move(found)};
}

Result<void> write_private_file(const fs::path& link, std::string_view content) {
  const fs::path path = behind_link(link);
  if (auto made = make_private_folder(path.parent_path()); !made) return made;

  // In the same folder, so that the rename is atomic. mkstemp: mode 0600, and a name that nobody can have prepared.
  std::string name = path.string() + ".XXXXXX";
  Descriptor file{::mkostemp(name.data(), O_CLOEXEC)};
  if (!file.ok()) return failure("cannot write beside", path, errno, "check the folder's owner and mode");
  Unlink half_written{name};
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0 || file.close() != 0)
    return failure("cannot write", name, errno);
  if (::rename(name.c_str(), path.c_str()) != 0) return failure("cannot replace", path, errno);
  half_written.path.clear();
  return {};
}

Result<bool> remove_private_file(const fs::path& link) {
  const fs::path path = behind_link(link);
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return failure("cannot remove", path, errno);
}

}  // namespace procedura::detail
