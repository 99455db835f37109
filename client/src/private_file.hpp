#pragma once

#include <procedura/error.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Files that are nobody else's business. All that is POSIX about the token store is behind these functions.
namespace procedura::detail {

struct PrivateFile {
  std::string content;
  bool others_can_read = false;  ///< its mode lets the group or anybody read it
};

/// Nothing if there is no such file. Fails with `token_store` if it is no regular file, cannot be read, or is bigger than
/// `limit`.
Result<std::optional<PrivateFile>> read_private_file(const std::filesystem::path& path, std::size_t limit);

/// Writes the whole file or nothing of it, with mode 0600; makes its folder, with mode 0700, if there is none. A symbolic link
/// is followed to what it points at, and stays one.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view content);

/// With mode 0700, those above it too, unless they are there.
Result<void> make_private_folder(const std::filesystem::path& folder);

/// True if there was one. Of a symbolic link, what it points at is removed: the secret is there.
Result<bool> remove_private_file(const std::filesystem::path& path);

}  // namespace procedura::detail
