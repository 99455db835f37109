#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace procedura::mock {

/// Writes a whole file: who waits for it finds nothing or all of it. What is there already and is no regular file (a device, a
/// pipe, a link) stays, and is written into. False: it cannot be, and `errno` says why.
bool write_atomically(const std::string& path, std::string_view text);

/// Takes away what an earlier run left under this name; nothing that is no regular file.
void remove_earlier(const std::string& path);

/// Makes place for a file that is to be written atomically later: what an earlier run left under its name goes, so that nobody
/// takes it for ours. False: it could not be written, and `errno` says why.
bool make_place(const std::string& path);

/// A file that grows while we run.
class GrowingFile {
 public:
  GrowingFile() = default;
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  /// Begins it anew. False: it cannot be, and `errno` says why.
  bool open(const std::string& path);
  /// Appends whole lines. False: they are not in it, and `errno` says why; nor is a part of them, if that can be had.
  bool append(std::string_view lines);
  /// False: what was appended may not be there.
  bool close();

 private:
  int fd_ = -1;
  std::int64_t size_ = 0;
};

}  // namespace procedura::mock
