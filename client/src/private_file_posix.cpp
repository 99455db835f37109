#include "log_tail.hpp"
#include "private_file.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <thread>
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
  int close() noexcept { return ::close(release()); }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// How much of it was written; less than all: `errno` says why.
std::size_t write_all(int fd, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

/// Locks among processes, within `patience`. A process that is stopped may hold a lock for ever. True as well where the file
/// system knows no locks: better unguarded than not at all.
bool lock_within(int fd, std::chrono::milliseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return true;
    if (std::chrono::steady_clock::now() >= give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
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

// What a symbolic link points at, else the path itself: the content is there, or will be, whatever its name here.
fs::path behind_link(fs::path path) {
  constexpr int longest_chain = 40;
  std::error_code not_a_link;
  for (int i = 0; i < longest_chain && fs::is_symlink(path, not_a_link); ++i) {
    const fs::path target = fs::read_symlink(path, not_a_link);
    if (not_a_link) break;
    path = path.parent_path() / target;  // an absolute one replaces what is before it
  }
  return path;
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

  // In the same folder, so that the rename is atomic. The name is always the same, so that writers who are killed leave one
  // file and not one each; it is new (O_EXCL), so that nobody can have prepared it, and nobody else writes to this one.
  const std::string name = path.string() + ".new";
  ::unlink(name.c_str());
  Descriptor file{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
  if (!file.ok()) return failure("cannot write beside", path, errno, "check the folder's owner and mode");
  Unlink half_written{name};
  if (write_all(file.get(), content) < content.size() || ::fsync(file.get()) != 0 || file.close() != 0)
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

// --- for several processes at once ----------------------------------------------------------------------------------------

Result<FileLock> FileLock::on(const fs::path& link) {
  constexpr std::chrono::seconds patience{20};  // a slow disk times a crowd; who holds it for longer is stopped
  const fs::path path = behind_link(link);
  if (auto made = make_private_folder(path.parent_path()); !made) return made.error();
  const std::string name = path.string() + ".lock";
  while (true) {
    Descriptor file{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR)};
    if (!file.ok()) return failure("cannot lock", name, errno, "check the owner and mode of it and of its folder");
    if (!lock_within(file.get(), patience)) {
      return Failure::of(errc::token_store, "another process has held " + name + " for 20 s: end it, and try again");
    }
    // Whoever held it may have removed it meanwhile, and it is no lock any more.
    struct stat held {};
    struct stat named {};
    if (::fstat(file.get(), &held) == 0 && ::lstat(name.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
        held.st_dev == named.st_dev) {
      return FileLock{name, file.release()};
    }
  }
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

Failure AppendedFile::failure(int error) const {
  return Failure::of(errc::invalid_request,
                     "cannot write the event log " + path_.string() + ": " + std::generic_category().message(error));
}

Result<std::unique_ptr<AppendedFile>> AppendedFile::open(const fs::path& path, std::chrono::milliseconds patience) {
  // Non-blocking: a fifo would wait for a reader for ever. To be read too: what stands at its end is looked at.
  Descriptor file{::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, S_IRUSR | S_IWUSR)};
  struct stat status {};
  std::string why;
  if (!file.ok() || ::fstat(file.get(), &status) != 0) {
    why = std::generic_category().message(errno);
  } else if (!S_ISREG(status.st_mode)) {
    why = "it is no regular file";
  } else {
    return std::unique_ptr<AppendedFile>{new AppendedFile{path, file.release(), patience}};
  }
  return Failure::of(errc::invalid_request, "cannot open the event log " + path.string() + ": " + why + "; name another file");
}

AppendedFile::~AppendedFile() {
  ::close(descriptor_);
}

Result<void> AppendedFile::append(std::string line) {
  const std::lock_guard among_threads{mutex_};
  patient_ = lock_within(descriptor_, patient_ ? patience_ : std::chrono::milliseconds{0});
  if (!patient_) {
    return Failure::of(errc::invalid_request,
                       "cannot write the event log " + path_.string() + ": another process holds its lock without an end");
  }
  auto appended = append_locked(std::move(line));
  ::flock(descriptor_, LOCK_UN);
  return appended;
}

// A write to a local file is one piece for other processes, but it may end early: at a full disk, or with the process.
Result<void> AppendedFile::append_locked(std::string line) {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return failure(errno);
  off_t end = status.st_size;
  char last = '\n';
  if (end > 0 && ::pread(descriptor_, &last, 1, end - 1) != 1) return failure(errno);
  if (last != '\n') {
    std::string tail(std::min(longest_record, static_cast<std::size_t>(end)), '\0');
    const ssize_t got = ::pread(descriptor_, tail.data(), tail.size(), end - static_cast<off_t>(tail.size()));
    if (got != static_cast<ssize_t>(tail.size())) return failure(got < 0 ? errno : EIO);
    const Mending mending = mending_of(tail);
    end -= static_cast<off_t>(mending.cut);
    if (mending.cut > 0 && ::ftruncate(descriptor_, end) != 0) return failure(errno);
    if (mending.newline) line.insert(line.begin(), '\n');
  }
  const std::size_t written = write_all(descriptor_, line);
  if (written == line.size()) return {};
  const int error = errno;
  // Nothing but our own part of a line is taken back.
  if (::fstat(descriptor_, &status) == 0 && status.st_size == end + static_cast<off_t>(written) &&
      ::ftruncate(descriptor_, end) != 0) {
    return failure(errno);
  }
  return failure(error);
}

}  // namespace procedura::detail
