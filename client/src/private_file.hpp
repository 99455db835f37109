#pragma once

#include <procedura/error.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Files that are nobody else's business. All that is POSIX about the token store and the event log is behind this.
namespace procedura::detail {

struct PrivateFile {
  std::string content;
  bool others_can_read = false;  ///< its mode lets the group or anybody read it
};

/// Nothing if there is no such file. Fails with `token_store` if it is no regular file, cannot be read, or is bigger than
/// `limit`.
Result<std::optional<PrivateFile>> read_private_file(const std::filesystem::path& path, std::size_t limit);

/// Writes the whole file or nothing of it, with mode 0600; makes its folder, with mode 0700, if there is none. A symbolic link
/// is followed to what it points at, and stays one. Of writers at the same time the last one wins; what a killed one left half
/// written, as `<name>.new`, the next one takes away.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view content);

/// With mode 0700, those above it too, unless they are there.
Result<void> make_private_folder(const std::filesystem::path& folder);

/// True if there was one. Of a symbolic link, what it points at is removed: the secret is there.
Result<bool> remove_private_file(const std::filesystem::path& path);

/// Held by a process while it reads, changes and replaces files that others change too. Beside `path`, as `<name>.lock`, and
/// gone again afterwards; one that a killed process left behind holds nobody up.
class FileLock {
 public:
  /// Waits for twenty seconds at most; fails with `token_store`.
  static Result<FileLock> on(const std::filesystem::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept
      : path_{std::exchange(other.path_, {})}, descriptor_{std::exchange(other.descriptor_, -1)} {}
  FileLock& operator=(FileLock&&) = delete;

 private:
  FileLock(std::string path, int descriptor) : path_{std::move(path)}, descriptor_{descriptor} {}
  std::string path_;
  int descriptor_;
};

/// A file that several processes append lines to at once; see `EventLog`.
class AppendedFile {
 public:
  /// Only a regular file: it keeps nobody waiting. Fails with `invalid_request`.
  /// `patience` is how long a lock is waited for.
  static Result<std::unique_ptr<AppendedFile>> open(const std::filesystem::path& path,
                                                    std::chrono::milliseconds patience = std::chrono::seconds{2});
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  /// Appends `line`, which ends in a newline, or nothing of it. Thread-safe.
  Result<void> append(std::string line);

 private:
  AppendedFile(std::filesystem::path path, int descriptor, std::chrono::milliseconds patience)
      : path_{std::move(path)}, descriptor_{descriptor}, patience_{patience} {}
  Result<void> append_locked(std::string line);
  Failure failure(int error) const;

  std::filesystem::path path_;
  int descriptor_;
  std::mutex mutex_;  // the lock of a file is one among processes, not among the threads that share its descriptor
  std::chrono::milliseconds patience_;
  bool patient_ = true;  // waits for the lock: not again while somebody holds it without an end
};

}  // namespace procedura::detail
